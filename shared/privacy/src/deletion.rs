//! A deletion: what was promised, how far it is, and what is to be done next. Pure.

use crate::{code::DeletionCode, everything::Inventory, receipt::SignedReceipt};
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a deletion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionStatus {
    /// Nothing new can be started; the person can take it back until the purge begins.
    Scheduled,
    /// The purge has begun. From here on there is no way back.
    Erasing,
    /// Everything is gone, and is looked for again after a day.
    Settling,
    /// Nothing was found again. Final.
    Erased,
    /// The person took it back in time. Final.
    Canceled,
}

impl DeletionStatus {
    /// The word that is stored and answered.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Erasing => "erasing",
            Self::Settling => "settling",
            Self::Erased => "erased",
            Self::Canceled => "canceled",
        }
    }
}

/// A deletion as anybody with its code may see it. No personal data, no id of the account:
/// this is all that is left in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// What it is looked up by.
    #[serde(rename = "pk")]
    pub code: DeletionCode,
    /// How far it is.
    pub status: DeletionStatus,
    /// When it was asked for.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub requested_at: Timestamp,
    /// When the purge begins.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub purge_at: Timestamp,
    /// When everything is gone at the latest.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub due_at: Timestamp,
    /// When the last of it was erased.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub purged_at: Option<Timestamp>,
    /// When it was looked for again, and nothing was there.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub verified_at: Option<Timestamp>,
    /// What is said and signed about it in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedReceipt>,
}

/// How much of a slice was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// Items of tables.
    pub items: u64,
    /// Versions, delete markers and open uploads of buckets.
    pub objects: u64,
}

/// Counts by slice.
pub(crate) type Counts = BTreeMap<String, Count>;

/// The sum of two counts, slice by slice.
pub(crate) fn sum(mut counts: Counts, more: &Counts) -> Counts {
    for (slice, count) in more {
        let so_far = counts.entry(slice.clone()).or_default();
        so_far.items += count.items;
        so_far.objects += count.objects;
    }
    counts
}

/// A deletion that is under way, with what the purge must know. Stripped to the
/// [`Deletion`] at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Work {
    #[serde(flatten)]
    pub(crate) deletion: Deletion,
    pub(crate) account: AccountId,
    /// The shard of the index `due`.
    pub(crate) due: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) next_check: Timestamp,
    /// How often an erasure was begun: once, and once more each time that something was
    /// found again.
    pub(crate) round: u32,
    /// What all rounds together were begun for.
    pub(crate) counts: Counts,
    /// The partitions that led to the account. Its own items named them, and are gone.
    pub(crate) reverse: Vec<String>,
    /// When everything is looked for again.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) verify_at: Option<Timestamp>,
}

/// What is to be done with a deletion now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: it is over, or its time has not come.
    Nothing,
    /// See that nothing goes on in the account, and wait for the end of the grace period.
    Close,
    /// Take stock and begin.
    Begin,
    /// Erase what was taken stock of.
    Erase,
    /// Look for it again.
    Verify,
}

impl Work {
    /// A deletion that is asked for now.
    pub(crate) fn new(deletion: Deletion, account: AccountId, shard: u64, next_check: Timestamp) -> Self {
        Self {
            deletion,
            account,
            due: shard.to_string(),
            next_check,
            round: 0,
            counts: Counts::new(),
            reverse: Vec::new(),
            verify_at: None,
        }
    }

    /// The next round, for what was found.
    pub(crate) fn next_round(&self, found: &Inventory) -> Self {
        let new = found.reverse.iter().filter(|partition| !self.reverse.contains(partition));
        Self {
            deletion: Deletion { status: DeletionStatus::Erasing, purged_at: None, ..self.deletion.clone() },
            round: self.round + 1,
            counts: sum(self.counts.clone(), &found.counts),
            reverse: self.reverse.iter().chain(new).cloned().collect(),
            verify_at: None,
            ..self.clone()
        }
    }

    /// What is to be done at `now`. The times of the promise decide, and not who asks: a
    /// message that comes early, late or again changes nothing.
    pub(crate) fn step(&self, now: Timestamp) -> Step {
        match self.deletion.status {
            DeletionStatus::Scheduled if now < self.deletion.purge_at => Step::Close,
            DeletionStatus::Scheduled => Step::Begin,
            DeletionStatus::Erasing => Step::Erase,
            DeletionStatus::Settling if self.verify_at.is_some_and(|verify_at| now < verify_at) => Step::Nothing,
            DeletionStatus::Settling => Step::Verify,
            DeletionStatus::Erased | DeletionStatus::Canceled => Step::Nothing,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    pub(crate) fn work(status: DeletionStatus) -> Work {
        let deletion = Deletion {
            code: DeletionCode::fresh(&kernel::Ids::new(kernel::Fixed(1))),
            status,
            requested_at: at(0),
            purge_at: at(7),
            due_at: at(30),
            purged_at: None,
            verified_at: None,
            receipt: None,
        };
        let account = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        Work { verify_at: Some(at(8)), ..Work::new(deletion, account, 2, at(7)) }
    }

    #[test]
    fn nothing_is_erased_before_its_time_whoever_asks() {
        for (status, day, step) in [
            (DeletionStatus::Scheduled, 6, Step::Close),
            (DeletionStatus::Scheduled, 7, Step::Begin),
            (DeletionStatus::Erasing, 7, Step::Erase),
            (DeletionStatus::Settling, 7, Step::Nothing),
            (DeletionStatus::Settling, 8, Step::Verify),
            (DeletionStatus::Erased, 9, Step::Nothing),
            (DeletionStatus::Canceled, 9, Step::Nothing),
        ] {
            assert_eq!(work(status).step(at(day)), step, "{status:?} on day {day}");
        }
    }

    #[test]
    fn counts_add_up_slice_by_slice() {
        let counts = |items| Counts::from([("media".to_owned(), Count { items, objects: 2 })]);
        let both = sum(sum(Counts::new(), &counts(1)), &counts(3));
        assert_eq!(both["media"], Count { items: 4, objects: 4 });
    }

    #[test]
    fn the_stored_word_is_the_answered_word() {
        for status in [
            DeletionStatus::Scheduled,
            DeletionStatus::Erasing,
            DeletionStatus::Settling,
            DeletionStatus::Erased,
            DeletionStatus::Canceled,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
