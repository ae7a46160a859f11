//! The holds of one day, for an operator. Entries outlive the generations that they are about.

use crate::{
    entry::EntryKind,
    keys,
    store::{AFTER_ENTRIES, CreditStore},
    unpaid::UnpaidEnd,
};
use aws::{Condition, ScanProgress, all, millis, not};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{AccountId, Error, GenerationId, MicroDollars, Result, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;

/// A hold, with its end if it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHold {
    /// The account.
    pub account: AccountId,
    /// The generation. It may have been deleted since.
    pub generation: GenerationId,
    /// The provider's cost of the job.
    pub provider_cost: MicroDollars,
    /// Its end. `None` while the generation is under way.
    pub end: Option<HoldEnd>,
}

/// The end of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldEnd {
    /// Whether the provider had the job, or may have had it, and may bill it.
    pub was_sent: bool,
    /// The model, if the end had a cost.
    pub model: Option<String>,
}

/// The part of an entry that matters here.
#[derive(Deserialize)]
struct StoredEntry {
    #[serde(rename = "pk")]
    account: AccountId,
    kind: EntryKind,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    at: Timestamp,
    generation: Option<GenerationId>,
    #[serde(default)]
    provider_cost: MicroDollars,
    unpaid: Option<UnpaidEnd>,
    model: Option<String>,
}

impl StoredEntry {
    const ATTRIBUTES: [&'static str; 7] = ["pk", "kind", "at", "generation", "provider_cost", "unpaid", "model"];

    fn end(&self) -> HoldEnd {
        let was_sent = self.kind == EntryKind::Settle || self.unpaid.is_some();
        HoldEnd { was_sent, model: self.model.clone() }
    }
}

impl CreditStore {
    /// The holds that were made on a day (UTC), each with its end. It reads the whole table, and calls
    /// `progress` after each page. The reads are eventually consistent.
    ///
    /// # Errors
    /// `invalid` for a day out of range; `unavailable` when AWS does not answer.
    pub async fn holds_of_day(&self, day: Date, progress: impl FnMut(&ScanProgress)) -> Result<Vec<DayHold>> {
        let begin = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        let end = day.tomorrow().ok().and_then(begin);
        let (begin, end) = begin(day).zip(end).ok_or_else(|| Error::invalid("day", "There is no such day."))?;
        let about_holds = all([
            Condition::Between("sk", keys::ENTRY.to_owned(), AFTER_ENTRIES.to_owned()),
            Condition::one_of("kind", &["hold", "settle", "release"]),
            // A hold ends after it began.
            not(Condition::at_most("at", millis(begin) - 1)),
        ]);
        let entries: Vec<StoredEntry> = self.table().scan(about_holds, &StoredEntry::ATTRIBUTES).all(progress).await?;
        Ok(holds(&entries, end))
    }
}

/// The holds of before `end`, with their ends.
fn holds(entries: &[StoredEntry], end: Timestamp) -> Vec<DayHold> {
    let ended = entries.iter().filter(|entry| entry.kind != EntryKind::Hold);
    let ends: HashMap<GenerationId, HoldEnd> =
        ended.filter_map(|entry| Some((entry.generation?, entry.end()))).collect();
    let begun = entries.iter().filter(|entry| entry.kind == EntryKind::Hold && entry.at < end);
    let holds = begun.filter_map(|entry| {
        let (generation, provider_cost) = (entry.generation?, entry.provider_cost);
        Some(DayHold { account: entry.account, generation, provider_cost, end: ends.get(&generation).cloned() })
    });
    holds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";

    fn entry(n: u8, kind: &str, at: &str, more: serde_json::Value) -> StoredEntry {
        let at: Timestamp = at.parse().unwrap();
        let mut entry = json!({
            "pk": ACCOUNT, "kind": kind, "at": at.as_millisecond(),
            "generation": format!("01929e6b-6c00-7000-8000-0000000000{n:02}"),
        });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn each_hold_of_the_day_has_its_end() {
        let (noon, late, next) = ("2026-11-30T12:00:00Z", "2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00Z");
        let cost = |cost: u64| json!({ "provider_cost": cost });
        let entries = [
            entry(1, "hold", noon, cost(7)),
            entry(1, "settle", noon, json!({ "model": "flux-schnell" })),
            entry(2, "hold", late, cost(8)),
            entry(2, "release", next, json!({ "unpaid": "failed" })),
            entry(3, "hold", noon, json!({})),
            entry(3, "release", noon, json!({})),
            entry(4, "hold", noon, cost(9)),
            entry(5, "hold", next, cost(10)),
            entry(6, "settle", noon, json!({ "model": "flux-schnell" })),
        ];
        let found = holds(&entries, next.parse().unwrap());
        let ends: Vec<_> = found
            .iter()
            .map(|hold| (hold.provider_cost.0, hold.end.as_ref().map(|end| (end.was_sent, end.model.is_some()))))
            .collect();
        let wanted = [(7, Some((true, true))), (8, Some((true, false))), (0, Some((false, false))), (9, None)];
        assert_eq!(ends, wanted, "a hold of the next day, and an end without a hold of this day, are left out");
    }
}
