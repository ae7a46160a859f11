//! The entries of the statement: one immutable entry for each version of a balance.
//!
//! An entry contains all effects of its change. So the entries alone determine the balance: see
//! [`Balance::fold`](crate::Balance::fold).

use crate::{
    lot::{Lot, Source},
    terms::AccountTerms,
    unpaid::UnpaidEnd,
};
use kernel::{Credits, GenerationId, MicroDollars, Note, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A lot was added. Its credits covered the debt first.
    Grant,
    /// Credits were reserved for a generation.
    Hold,
    /// A generation was delivered, or was canceled at a cost. Its hold became the cost; the rest went
    /// back.
    Settle,
    /// A generation ended without a cost. Its hold went back.
    Release,
    /// Lots expired, and their rest is gone. Booked before the next change.
    Expire,
    /// A payment was taken back, and with it the credits that it bought.
    Clawback,
    /// Credits that were granted by mistake were taken out of their lot.
    Correction,
    /// The account was frozen. Changes no amount.
    Freeze,
    /// A frozen account was made active again. Changes no amount.
    Thaw,
    /// A lot was frozen: it cannot be spent until it is thawed.
    FreezeLot,
    /// A frozen lot can be spent again.
    ThawLot,
    /// An operator ended all sessions of the account. Access tokens of before never spend again. Changes
    /// no amount.
    EndSessions,
    /// The account was opened without a lot, because its person had a welcome lot before.
    Open,
    /// The deletion of the account began. Changes no amount.
    Close,
    /// The deletion of the account was canceled. Changes no amount.
    Reopen,
}

/// The reason why a payment was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClawbackCause {
    /// We refunded the payment.
    Refund,
    /// The person's bank took the payment back.
    Dispute,
}

/// A place where credits can be. A double-entry book calls it an account; here that word means the
/// person's account.
///
/// The balance has lots at `Free`, `Frozen`, `Held` and `Due`. The other places are where credits
/// come from and go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Outside the balance: the lot that the entry grants.
    Granted,
    /// In a lot that is not frozen, and not held.
    Free,
    /// In a frozen lot, and not held.
    Frozen,
    /// Pinned by a hold.
    Held,
    /// Pinned by a hold, and taken back when it ends.
    Due,
    /// Outside the balance: the cost of a generation.
    Spent,
    /// Gone with the lot's expiry. For paid lots the balance remembers the amount, so that a clawback
    /// does not make it a debt.
    Expired,
    /// Outside the balance: taken back by a clawback or a correction.
    TakenBack,
    /// The debt. A move from here increases it; a move to here reduces it.
    Debt,
}

impl Place {
    /// The place of the credits of a lot that no hold pins.
    pub(crate) fn of(lot: &Lot) -> Self {
        if lot.is_frozen() { Self::Frozen } else { Self::Free }
    }
}

/// A move of credits of one lot from one place to another. No move makes or destroys credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The id of the lot.
    pub lot: String,
    /// Whether the credits belong to the late part of the lot (see [`Lot::prolonged_until`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// The credits that moved.
    pub amount: Credits,
    /// The place that they left.
    pub from: Place,
    /// The place that they reached.
    pub to: Place,
    /// The new expiry of credits that come back late.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Timestamp>,
    /// The generation of the hold, where it is not the generation of the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationId>,
}

/// One entry of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the balance after this entry, from 1 on.
    pub version: u64,
    /// The time of the change.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The kind of the change.
    pub kind: EntryKind,
    /// The moves, in the order in which they happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// The generation of a hold, a settlement or a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationId>,
    /// Of a hold: the deadline of the generation.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub deadline: Option<Timestamp>,
    /// Of a hold: the provider's cost of the job.
    #[serde(default, skip_serializing_if = "MicroDollars::is_zero")]
    pub provider_cost: MicroDollars,
    /// Of the end of a hold: why the job, which the provider had, delivered nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaid: Option<UnpaidEnd>,
    /// Of a settlement: the model of the generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Of a grant: the lot as it was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Of the freeze or the thaw of a lot: the id of the lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot_id: Option<String>,
    /// Of a clawback: its cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<ClawbackCause>,
    /// Of an adjustment: who made it and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// The new terms of the account, where the entry changed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<AccountTerms>,
}

impl Entry {
    /// An entry without effects. The balance gives it its version.
    pub(crate) fn new(kind: EntryKind, at: Timestamp) -> Self {
        Self {
            version: 0,
            at,
            kind,
            moves: Vec::new(),
            generation: None,
            deadline: None,
            provider_cost: MicroDollars::ZERO,
            unpaid: None,
            model: None,
            lot: None,
            lot_id: None,
            cause: None,
            note: None,
            terms: None,
        }
    }

    /// The change of the free credits in lots. Frozen credits are not free.
    #[must_use]
    pub fn free_delta(&self) -> i64 {
        self.delta(|place| place == Place::Free)
    }

    /// The change of the frozen credits in lots.
    #[must_use]
    pub fn frozen_delta(&self) -> i64 {
        self.delta(|place| place == Place::Frozen)
    }

    /// The change of the held credits.
    #[must_use]
    pub fn held_delta(&self) -> i64 {
        self.delta(|place| matches!(place, Place::Held | Place::Due))
    }

    /// The change of the debt, in credits.
    #[must_use]
    pub fn debt_delta(&self) -> i64 {
        -self.delta(|place| place == Place::Debt)
    }

    /// The origin of the granted lot.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        self.lot.as_ref().map(|lot| lot.source)
    }

    fn delta(&self, within: impl Fn(Place) -> bool) -> i64 {
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
    /// Adds a move of a part of a lot. `None` for a part of zero credits, which makes no move.
    pub(crate) fn add(&mut self, lot: &Lot, amount: Credits, from: Place, to: Place) -> Option<&mut Move> {
        let step = self.named(&lot.id, amount, from, to)?;
        step.late = lot.late();
        Some(step)
    }

    /// Adds a move of credits of a lot that is not in the balance any more. `None` for zero credits,
    /// which make no move.
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

/// An amount as a signed number. No balance comes near 2^63.
fn signed(amount: Credits) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}
