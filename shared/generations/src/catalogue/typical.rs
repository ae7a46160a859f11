//! The typical time of a work, by model. Pure.

use crate::catalogue::models::Catalogue;
use kernel::Timestamp;
use std::{collections::BTreeMap, time::Duration};

/// The works of a model from which on its median is typical.
const ENOUGH: u64 = 20;

/// A work that was delivered: nothing about its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkTime {
    pub(crate) model: String,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Timestamp,
}

/// The times of the works of one model, from the request to the stored output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypicalTime {
    /// The model's id.
    pub model: String,
    /// The number of works.
    pub works: u64,
    /// The time within which half of them were there.
    pub median: Duration,
    /// The time within which nine of ten were there.
    pub ninetieth: Duration,
    /// Whether the catalogue has the model.
    pub is_known: bool,
}

impl TypicalTime {
    /// Computes the times of each model, in the order of the catalogue. Models that it no longer has come last.
    #[must_use]
    pub fn of(works: &[WorkTime], catalogue: &Catalogue) -> Vec<Self> {
        let mut by_model: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        for WorkTime { model, created_at, finished_at } in works {
            let took = Duration::try_from(finished_at.duration_since(*created_at)).unwrap_or_default();
            by_model.entry(model).or_default().push(took);
        }
        let place = |model: &str| catalogue.models().iter().position(|known| known.id == model);
        let mut times: Vec<Self> = by_model
            .into_iter()
            .map(|(model, mut took)| {
                took.sort_unstable();
                Self {
                    model: model.to_owned(),
                    works: took.len() as u64,
                    median: within(&took, 50),
                    ninetieth: within(&took, 90),
                    is_known: place(model).is_some(),
                }
            })
            .collect();
        times.sort_by_key(|time| place(&time.model).unwrap_or(usize::MAX));
        times
    }

    /// `typical_seconds` of the model in the catalogue: the median in whole seconds, rounded up. `None` with fewer than
    /// 20 works, or when the catalogue no longer has the model.
    #[must_use]
    pub fn typical_seconds(&self) -> Option<u64> {
        let rounded = self.median.as_secs() + u64::from(self.median.subsec_nanos() > 0);
        (self.is_known && self.works >= ENOUGH).then_some(rounded.max(1))
    }
}

/// The least of the sorted times within which this share of all lies, in percent (nearest rank).
fn within(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::later;

    fn works(model: &str, millis: impl IntoIterator<Item = u64>) -> Vec<WorkTime> {
        let created_at: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        let work = |millis| {
            let finished_at = later(created_at, Duration::from_millis(millis));
            WorkTime { model: model.to_owned(), created_at, finished_at }
        };
        millis.into_iter().map(work).collect()
    }

    #[test]
    fn half_of_the_works_take_the_typical_time_and_nine_of_ten_the_long_one() {
        let catalogue = Catalogue::built_in().unwrap();
        let mixed = [
            works("dropped-model", 1..=30),
            works("flux-schnell-fal", [9_000]),
            works("flux-schnell", (1..=20).rev().map(|n| n * 1_000 + 1)),
        ]
        .concat();
        let times = TypicalTime::of(&mixed, &catalogue);
        let models: Vec<_> = times.iter().map(|time| time.model.as_str()).collect();
        assert_eq!(models, ["flux-schnell", "flux-schnell-fal", "dropped-model"]);
        let [enough, one, dropped] = &times[..] else { panic!("three models") };
        assert_eq!((enough.median, enough.ninetieth), (Duration::from_millis(10_001), Duration::from_millis(18_001)));
        assert_eq!((enough.works, enough.typical_seconds()), (20, Some(11)));
        assert_eq!((one.median, one.ninetieth), (Duration::from_secs(9), Duration::from_secs(9)));
        assert_eq!((one.works, one.typical_seconds()), (1, None), "one work is not typical");
        assert_eq!((dropped.works, dropped.typical_seconds()), (30, None));
        let quick = TypicalTime::of(&works("flux-schnell", [0; 20]), &catalogue);
        assert_eq!(quick[0].typical_seconds(), Some(1), "the catalogue has whole seconds from 1 on");
        assert!(TypicalTime::of(&[], &catalogue).is_empty());
    }

    #[test]
    fn a_clock_that_ran_backwards_makes_no_time() {
        let mut works = works("flux-schnell", [5_000]);
        let WorkTime { created_at, finished_at, .. } = &mut works[0];
        std::mem::swap(created_at, finished_at);
        assert_eq!(TypicalTime::of(&works, &Catalogue::built_in().unwrap())[0].median, Duration::ZERO);
    }
}
