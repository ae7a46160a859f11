//! The vendors that may train models with the inputs of people, and that an operator allows all the same.

use kernel::{Error, Result};
use providers::ProviderName;
use register::vendors::vendor;
use std::collections::BTreeSet;

/// The value for "none of them is allowed", because an environment variable cannot be empty.
const NONE: &str = "none";

/// The AI providers whose models an operator offers although their terms allow training with inputs, or it is not
/// known whether they do. The page of vendors states them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrainingVendors(BTreeSet<ProviderName>);

impl TrainingVendors {
    /// Reads a comma-separated list of providers, or `none`.
    ///
    /// # Errors
    /// `internal` for an unknown name: with a typing error in it the models would be missing without a word.
    pub fn parse(text: &str) -> Result<Self> {
        if text == NONE {
            return Ok(Self::default());
        }
        let provider = |name: &str| {
            let unknown = |_| Error::internal(format!("there is no AI provider {name} whose training can be allowed"));
            name.parse::<ProviderName>().map_err(unknown)
        };
        text.split(',').map(str::trim).map(provider).collect::<Result<_>>().map(Self)
    }

    /// The allowed providers, in the order of their names.
    pub fn allowed(&self) -> impl Iterator<Item = ProviderName> {
        self.0.iter().copied()
    }

    /// Whether the models of a provider may be offered: it is allowed, or the register knows that it trains nothing
    /// with inputs.
    #[must_use]
    pub fn admits(&self, provider: ProviderName) -> bool {
        self.0.contains(&provider) || vendor(provider.as_str()).is_some_and(|vendor| vendor.training.is_excluded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_in_the_register() {
        for provider in ProviderName::ALL {
            assert!(vendor(provider.as_str()).is_some(), "{provider}: add it to shared/register/src/vendors.rs");
        }
    }

    #[test]
    fn a_provider_that_may_train_is_offered_only_if_it_is_named() {
        let admitted = |text: &str| {
            let vendors = TrainingVendors::parse(text).unwrap();
            ProviderName::ALL.iter().copied().filter(|it| vendors.admits(*it)).collect::<Vec<_>>()
        };
        let trains_nothing =
            |it: &ProviderName| vendor(it.as_str()).is_some_and(|vendor| vendor.training.is_excluded());
        let excluded: Vec<_> = ProviderName::ALL.iter().copied().filter(trains_nothing).collect();
        assert_eq!(admitted("none"), excluded);
        assert_eq!(admitted("replicate, fal,bfl"), ProviderName::ALL);
        let named = admitted("fal");
        assert!(named.contains(&ProviderName::Fal) && named.len() <= excluded.len() + 1, "{named:?}");
    }

    #[test]
    fn an_unknown_name_fails_the_cold_start() {
        for wrong in ["", "fla", "fal,", "none,fal", "stripe", "FAL"] {
            assert!(TrainingVendors::parse(wrong).is_err(), "{wrong:?} must fail the cold start");
        }
    }
}
