//! The statement: one immutable entry for each version of a balance.

use crate::Source;
use kernel::{GenerationId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A lot was added.
    Grant,
    /// Credits were reserved for a generation.
    Hold,
    /// A generation was delivered: the hold became its cost.
    Settle,
    /// A generation was not delivered: the hold went back.
    Release,
    /// The account was opened without a lot: this person had their welcome before.
    Open,
    /// The account is being deleted. Changes no amount.
    Close,
    /// The deletion was taken back. Changes no amount.
    Reopen,
}

/// One entry. The sum of all entries' changes is the balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the balance that it led to, from 1 on.
    pub version: u64,
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// What happened.
    pub kind: Kind,
    /// How what is in lots changed, in credits.
    pub free_change: i64,
    /// How what is held changed, in credits.
    pub held_change: i64,
    /// The generation that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationId>,
    /// The origin of a granted lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl Entry {
    /// What entries add up to: in lots, and held.
    #[must_use]
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Self>) -> (i64, i64) {
        entries.into_iter().fold((0, 0), |(free, held), entry| (free + entry.free_change, held + entry.held_change))
    }
}
