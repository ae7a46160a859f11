//! The use of models, by month (UTC).

use kernel::{Credits, Timestamp, limits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A total of use. It counts the settled generations: those that were delivered, and those that
/// were canceled at a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UsageTotal {
    /// The settled generations.
    pub generations: u64,
    /// The credits that they cost.
    pub credits: Credits,
}

impl UsageTotal {
    fn and(self, other: Self) -> Self {
        Self { generations: self.generations + other.generations, credits: self.credits.saturating_add(other.credits) }
    }
}

/// The use of the newest [`limits::USAGE_MONTHS`] months that have any. The statement has the
/// settlements of older months.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usage(BTreeMap<String, BTreeMap<String, UsageTotal>>);

impl Usage {
    /// The months (`yyyy-mm`), newest first, each with the totals by model. Months without use are
    /// left out.
    pub fn months(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, UsageTotal>)> {
        self.0.iter().rev().map(|(month, models)| (month.as_str(), models))
    }

    /// The total of all models in a month (`yyyy-mm`).
    #[must_use]
    pub fn month_total(&self, month: &str) -> UsageTotal {
        self.0.get(month).into_iter().flat_map(BTreeMap::values).copied().fold(UsageTotal::default(), UsageTotal::and)
    }

    /// Counts a settlement at the time `at`. The oldest month is dropped when there are too many.
    pub(crate) fn count(&mut self, model: &str, credits: Credits, at: Timestamp) {
        let month = self.0.entry(at.strftime("%Y-%m").to_string()).or_default();
        let used = month.entry(model.to_owned()).or_default();
        *used = used.and(UsageTotal { generations: 1, credits });
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
        assert_eq!(usage.month_total("2027-01"), UsageTotal { generations: 1, credits: Credits(4) });
        assert_eq!(usage.month_total("2027-02"), UsageTotal { generations: 3, credits: Credits(29) });
        assert_eq!(usage.month_total("2027-03"), UsageTotal::default());
        let (newest, models) = usage.months().next().unwrap();
        assert_eq!((newest, models["a"]), ("2027-02", UsageTotal { generations: 2, credits: Credits(9) }));
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
