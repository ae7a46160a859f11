//! Whether models take new generations, and why not. Pure.

use crate::catalogue::{
    health::ModelHealth,
    models::Model,
    paused::Paused,
    spend::{DailySpend, SpendCaps},
};
use kernel::{Result, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// The reason for which a model takes no new generations. It does not tell a decision of the operator from a cap: how
/// much we spend is nobody's concern, and an attack on a cap gets no gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnavailableReason {
    /// We have switched it off for a while.
    Paused,
    /// Its last jobs failed. It is tried again within the hour, by itself.
    Failing,
}

/// A model on offer, and the reason for which it takes no new generations.
#[derive(Debug, Clone, Copy)]
pub struct ModelAvailability<'a> {
    /// The model.
    pub model: &'a Model,
    /// `None` while it takes new generations with the default settings.
    pub reason: Option<UnavailableReason>,
}

/// The stored state on which the availability of a model depends.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoredState {
    /// The spend at its provider today.
    pub(crate) spent: Option<DailySpend>,
    /// Its health.
    pub(crate) health: ModelHealth,
}

/// The reason for which a request for this model with the default settings is refused at `now`. Dearer settings may
/// exceed a cap that is nearly reached.
///
/// # Errors
/// `internal` when the catalogue is inconsistent. A test of the catalogue excludes that.
pub(crate) fn unavailable(
    model: &Model,
    paused: &Paused,
    caps: &SpendCaps,
    stored: &StoredState,
    now: Timestamp,
) -> Result<Option<UnavailableReason>> {
    let is_paused =
        !paused.admits(model) || caps.admit(model.provider, stored.spent, model.default_cost()?, now).is_err();
    let is_failing = stored.health.admit(now).is_err();
    Ok(match (is_paused, is_failing) {
        (true, _) => Some(UnavailableReason::Paused),
        (false, true) => Some(UnavailableReason::Failing),
        (false, false) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::models::Catalogue;
    use kernel::later;
    use std::time::Duration;

    fn now() -> Timestamp {
        "2026-12-01T12:00:00Z".parse().unwrap()
    }

    fn failing(until: Timestamp) -> StoredState {
        let health = ModelHealth { failures: 6, pauses: 1, paused_until: Some(until), ..ModelHealth::default() };
        StoredState { health, ..StoredState::default() }
    }

    #[test]
    fn a_model_says_why_it_takes_nothing_and_no_more() {
        let catalogue = Catalogue::built_in().unwrap();
        let model = catalogue.model("flux-schnell").unwrap();
        let caps = SpendCaps::parse(&[("bfl", "1"), ("fal", "1"), ("replicate", "1")]).unwrap();
        let spent = |micro_dollars| StoredState {
            spent: Some(DailySpend { micro_dollars, jobs: 1 }),
            ..StoredState::default()
        };
        let minute = Duration::from_secs(60);
        for (paused, stored, reason) in [
            ("none", StoredState::default(), None),
            ("none", spent(997_000), None),
            ("none", spent(997_001), Some(UnavailableReason::Paused)),
            ("flux-schnell", StoredState::default(), Some(UnavailableReason::Paused)),
            ("replicate", StoredState::default(), Some(UnavailableReason::Paused)),
            ("fal", StoredState::default(), None),
            ("none", failing(later(now(), minute)), Some(UnavailableReason::Failing)),
            ("none", failing(now()), None),
            ("replicate", failing(later(now(), minute)), Some(UnavailableReason::Paused)),
        ] {
            let paused = Paused::parse(paused, &catalogue).unwrap();
            assert_eq!(unavailable(model, &paused, &caps, &stored, now()).unwrap(), reason, "{paused:?} {stored:?}");
        }
        let of_a_person = serde_json::to_string(&[UnavailableReason::Paused, UnavailableReason::Failing]).unwrap();
        assert_eq!(of_a_person, r#"["paused","failing"]"#);
    }
}
