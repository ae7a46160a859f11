//! The statement: one immutable entry for each version of a balance. An entry says all that
//! its change did, so that the entries alone make the balance: see [`Balance::fold`](crate::Balance::fold).

use crate::{BalanceStatus, Lot, Note, Source};
use kernel::{Credits, GenerationId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A lot was added; what it covered of the debt first is gone.
    Grant,
    /// Credits were reserved for a generation.
    Hold,
    /// A generation was delivered, or called off where that costs something: the hold became
    /// its cost.
    Settle,
    /// A generation was not delivered and costs nothing: the hold went back.
    Release,
    /// What lots had left at their end is gone. Booked before the next change.
    Expire,
    /// A payment was taken back, and with it the credits that it had bought.
    Clawback,
    /// Credits that should not have been there were taken out of their lot.
    Correction,
    /// The account may start nothing new any more. Changes no amount.
    Freeze,
    /// A frozen account is active again. Changes no amount.
    Thaw,
    /// The account was opened without a lot: this person had their welcome before.
    Open,
    /// The account is being deleted. Changes no amount.
    Close,
    /// The deletion was taken back. Changes no amount.
    Reopen,
}

/// Why a payment was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// We gave the money back.
    Refund,
    /// The person's bank took it back.
    Dispute,
}

/// Where credits can be. Only `Free`, `Held` and `Due` are places in the balance that lots
/// have; the rest is where they come from and go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Outside: the lot that the entry grants.
    Granted,
    /// In a lot, and not held.
    Free,
    /// Pinned by a hold.
    Held,
    /// Pinned by a hold, and taken back when the hold ends.
    Due,
    /// Outside: became the cost of a generation.
    Spent,
    /// Gone at the lot's end. For lots that were paid, the balance remembers how much, so
    /// that a clawback does not ask for it again.
    Expired,
    /// Outside: taken back by a clawback or a correction.
    TakenBack,
    /// The debt. Credits that come from here make it larger, those that go here smaller.
    Debt,
}

/// An amount that went from one place to another, as in any double-entry book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The lot that it is a part of.
    pub lot: String,
    /// Whether it is of the part of that lot that had come back late.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// How much.
    pub amount: Credits,
    /// Where it was.
    pub from: Place,
    /// Where it is now.
    pub to: Place,
    /// Until when it lives from now on, where it comes back late.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Timestamp>,
    /// Whose hold it is in, where that is not the entry's generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationId>,
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What it may do at all.
    pub status: BalanceStatus,
    /// Access tokens issued before this do not spend.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub valid_from: Timestamp,
    /// How many generations may be under way at once.
    pub parallel_limit: u32,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the balance that it led to, from 1 on.
    pub version: u64,
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// What went where, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// The generation that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationId>,
    /// Of a hold: when the generation must be over.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub deadline: Option<Timestamp>,
    /// Of a settlement: the model whose use it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Of a grant: the lot as it was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Of a clawback: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Of an adjustment: who made it and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// What the account may do from now on, where this changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

impl Entry {
    /// An entry that says nothing yet. The balance gives it its version.
    pub(crate) fn new(kind: EntryKind, at: Timestamp) -> Self {
        Self {
            version: 0,
            at,
            kind,
            moves: Vec::new(),
            generation: None,
            deadline: None,
            model: None,
            lot: None,
            cause: None,
            note: None,
            terms: None,
        }
    }

    /// How what is free in lots changed, in credits.
    #[must_use]
    pub fn free_change(&self) -> i64 {
        self.change(|place| place == Place::Free)
    }

    /// How what is held changed, in credits.
    #[must_use]
    pub fn held_change(&self) -> i64 {
        self.change(|place| matches!(place, Place::Held | Place::Due))
    }

    /// How the debt changed, in credits.
    #[must_use]
    pub fn debt_change(&self) -> i64 {
        -self.change(|place| place == Place::Debt)
    }

    /// The origin of a granted lot.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        self.lot.as_ref().map(|lot| lot.source)
    }

    fn change(&self, within: impl Fn(Place) -> bool) -> i64 {
        self.moves
            .iter()
            .map(|step| (i64::from(within(step.to)) - i64::from(within(step.from))) * signed(step.amount))
            .sum()
    }
}

/// The moves of an entry while it is decided.
#[derive(Debug, Default)]
pub(crate) struct Moves(pub(crate) Vec<Move>);

impl Moves {
    /// Moves a part of a lot, unless it is none.
    pub(crate) fn add(&mut self, lot: &Lot, amount: Credits, from: Place, to: Place) -> Option<&mut Move> {
        let step = self.named(&lot.id, amount, from, to)?;
        step.late = lot.late();
        Some(step)
    }

    /// Moves an amount of a lot that has no place in the balance any more, unless it is none.
    pub(crate) fn named(&mut self, lot: &str, amount: Credits, from: Place, to: Place) -> Option<&mut Move> {
        if amount.is_zero() {
            return None;
        }
        self.0.push(Move { lot: lot.to_owned(), late: false, amount, from, to, until: None, generation: None });
        self.0.last_mut()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// An amount as a change. No balance comes near 2^63.
fn signed(amount: Credits) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}
