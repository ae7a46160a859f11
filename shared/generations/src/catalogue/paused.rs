//! The switch by which an operator pauses providers and models.

use crate::catalogue::models::{Catalogue, Model};
use kernel::{Error, Result};
use providers::ProviderName;
use std::collections::BTreeSet;

/// The value for "nothing is paused", because an environment variable cannot be empty.
const NONE: &str = "none";

/// The providers and models that take no new generations. Generations under way continue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paused(BTreeSet<String>);

impl Paused {
    /// Reads a comma-separated list of providers and model ids, or `none`.
    ///
    /// # Errors
    /// `internal` for an unknown name: with a typing error in it the switch would do nothing.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self> {
        if text == NONE {
            return Ok(Self::default());
        }
        let names: BTreeSet<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let known = |name: &String| name.parse::<ProviderName>().is_ok() || catalogue.model(name).is_ok();
        match names.iter().find(|name| !known(name)) {
            None => Ok(Self(names)),
            Some(name) => Err(Error::internal(format!("there is no provider and no model {name} to pause"))),
        }
    }

    /// Whether a model takes new generations.
    #[must_use]
    pub fn admits(&self, model: &Model) -> bool {
        !self.0.contains(&model.id) && !self.0.contains(model.provider.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_or_a_model_is_paused_by_name() {
        let catalogue = Catalogue::built_in().unwrap();
        let off = |text: &str| {
            let paused = Paused::parse(text, &catalogue).unwrap();
            let off = catalogue.models().iter().filter(|model| !paused.admits(model));
            off.map(|model| model.id.clone()).collect::<Vec<_>>()
        };
        assert!(off("none").is_empty());
        assert_eq!(off("flux-schnell"), ["flux-schnell"]);
        assert_eq!(off("bfl, wan-2.2-t2v-fast"), ["wan-2.2-t2v-fast", "flux-1.1-pro-ultra", "flux-kontext-pro"]);
        for wrong in ["", "fla", "fal,", "none,fal"] {
            assert!(Paused::parse(wrong, &catalogue).is_err(), "{wrong:?} must fail the cold start");
        }
    }
}
