//! What was used, by month (UTC) and model.

use kernel::{Credits, Timestamp, limits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Generations that cost something, and what they cost: those that were delivered, and those
/// that were called off where that costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Used {
    /// Generations that cost something.
    pub generations: u64,
    /// Credits they cost.
    pub credits: Credits,
}

impl Used {
    fn and(self, other: Self) -> Self {
        Self { generations: self.generations + other.generations, credits: self.credits.saturating_add(other.credits) }
    }
}

/// What was used in the newest [`limits::USAGE_MONTHS`] months in which anything was. What is
/// older is in the statement, settlement by settlement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usage(BTreeMap<String, BTreeMap<String, Used>>);

impl Usage {
    /// Months as `yyyy-mm` with what each model was used, newest first. Months without use
    /// are not there.
    pub fn months(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Used>)> {
        self.0.iter().rev().map(|(month, models)| (month.as_str(), models))
    }

    /// What all models together were used in a month (`yyyy-mm`).
    #[must_use]
    pub fn of(&self, month: &str) -> Used {
        self.0.get(month).into_iter().flat_map(BTreeMap::values).copied().fold(Used::default(), Used::and)
    }

    /// Counts a generation that cost something, at `at`. A month too many makes the oldest leave.
    pub(crate) fn count(&mut self, model: &str, credits: Credits, at: Timestamp) {
        let month = self.0.entry(at.strftime("%Y-%m").to_string()).or_default();
        let used = month.entry(model.to_owned()).or_default();
        *used = used.and(Used { generations: 1, credits });
        while self.0.len() > limits::USAGE_MONTHS {
            self.0.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_generation_counts_for_its_month_in_utc_and_its_model() {
        let mut usage = Usage::default();
        usage.count("a", Credits(4), at("2027-01-31T23:59:59.999Z"));
        usage.count("a", Credits(4), at("2027-02-01T00:00:00Z"));
        usage.count("b", Credits(20), at("2027-02-28T12:00:00Z"));
        usage.count("a", Credits(5), at("2027-02-28T12:00:00Z"));
        assert_eq!(usage.of("2027-01"), Used { generations: 1, credits: Credits(4) });
        assert_eq!(usage.of("2027-02"), Used { generations: 3, credits: Credits(29) });
        assert_eq!(usage.of("2027-03"), Used::default());
        let (newest, models) = usage.months().next().unwrap();
        assert_eq!((newest, models["a"]), ("2027-02", Used { generations: 2, credits: Credits(9) }));
    }

    #[test]
    fn the_newest_months_stay() {
        let mut usage = Usage::default();
        for year in 2025..2028 {
            for month in 1..=12 {
                usage.count("a", Credits(1), at(&format!("{year}-{month:02}-15T00:00:00Z")));
            }
        }
        let months: Vec<&str> = usage.months().map(|(month, _)| month).collect();
        assert_eq!((months.len(), months[0], months[12]), (13, "2027-12", "2026-12"));
    }
}
