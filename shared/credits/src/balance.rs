//! The balance of one account: its state, and what can be read from it. Every change of it
//! is an entry: the rules decide entries, and only [`Balance::apply`] changes anything.

mod fold;
#[cfg(feature = "planted-faults")]
mod planted;
mod rules;

pub use fold::FoldError;
pub use rules::{Adjustment, Demand};

use crate::{Entry, EntryKind, Lot, Terms, Usage};
use kernel::{Credits, Error, GenerationId, Result, Timestamp, limits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceStatus {
    /// Everything.
    Active,
    /// Nothing new, after suspicion of abuse.
    Frozen,
    /// Nothing new: the account is being deleted.
    Closing,
}

/// Credits reserved for one generation: parts of lots, pinned. A pinned part outlives
/// its lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The generation. It has one hold.
    pub generation: GenerationId,
    /// The parts, in spending order.
    pub parts: Vec<Lot>,
    /// Parts whose payment was taken back meanwhile: taken back too when the hold ends. The
    /// cost takes them last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<Lot>,
    /// When the generation must be over. Shown to the person; only the generation's own
    /// transition ends the hold.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub expires_at: Timestamp,
}

impl Hold {
    /// How much is held.
    #[must_use]
    pub fn amount(&self) -> Credits {
        self.parts.iter().chain(&self.due).map(|part| part.remaining).sum()
    }
}

/// What a lot that was paid had left at its end. Of the newest such lots, because a payment
/// can be taken back after its credits expired, and what was never spent is no debt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lapsed {
    /// The lot.
    pub lot: String,
    /// What it had left.
    pub amount: Credits,
}

/// The balance of one account: one item, many writers, one version a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What the account may do.
    pub status: BalanceStatus,
    /// Counts the entries; every writer demands the version it read.
    pub version: u64,
    /// Access tokens issued before this do not spend.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub valid_from: Timestamp,
    /// How many generations may be under way at once.
    pub parallel_limit: u32,
    /// What was clawed back after it was spent. Blocks spending until it is covered.
    #[serde(default)]
    pub debt: Credits,
    /// Lots with something left, in spending order.
    pub lots: Vec<Lot>,
    /// Holds of the generations under way, oldest first.
    pub holds: Vec<Hold>,
    /// What paid lots had left at their end, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<Lapsed>,
    /// What was used, by month and model.
    #[serde(default)]
    pub usage: Usage,
}

impl Balance {
    /// The balance of a new account, with its first entry.
    ///
    /// # Errors
    /// `internal` when a rule of ours is broken.
    pub fn born(lot: Lot, now: Timestamp) -> Result<(Self, Entry)> {
        Self::begun(Terms::of_new(now), Some(lot), now)
    }

    /// The balance of a new account whose person had their welcome before, with its first
    /// entry.
    ///
    /// # Errors
    /// `internal` when a rule of ours is broken.
    pub fn opened(now: Timestamp) -> Result<(Self, Entry)> {
        Self::begun(Terms::of_new(now), None, now)
    }

    /// A balance on these terms, with its first entry.
    ///
    /// # Errors
    /// `internal` when a rule of ours is broken.
    pub fn begun(terms: Terms, lot: Option<Lot>, now: Timestamp) -> Result<(Self, Entry)> {
        let mut balance = Self::nothing();
        let entry = match lot {
            Some(lot) => balance.granted(lot, None, now),
            None => Entry::new(EntryKind::Open, now),
        };
        let entry = balance.book(Entry { terms: Some(terms), ..entry })?;
        Ok((balance, entry))
    }

    /// Before the first entry.
    fn nothing() -> Self {
        Self {
            status: BalanceStatus::Closing,
            version: 0,
            valid_from: Timestamp::MAX,
            parallel_limit: 0,
            debt: Credits::ZERO,
            lots: Vec::new(),
            holds: Vec::new(),
            lapsed: Vec::new(),
            usage: Usage::default(),
        }
    }

    /// What can be spent now.
    #[must_use]
    pub fn available(&self, now: Timestamp) -> Credits {
        if self.debt > Credits::ZERO {
            return Credits::ZERO;
        }
        self.spendable(now).map(|lot| lot.remaining).sum()
    }

    /// The lots that can be spent now, in spending order.
    pub fn spendable(&self, now: Timestamp) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |lot| lot.spendable(now))
    }

    /// What is reserved for generations under way.
    #[must_use]
    pub fn held(&self) -> Credits {
        self.holds.iter().map(Hold::amount).sum()
    }

    /// The hold of a generation.
    #[must_use]
    pub fn hold_of(&self, generation: GenerationId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.generation == generation)
    }

    /// Whether any lot can be added now: asked before somebody is let pay for one.
    ///
    /// # Errors
    /// `account_not_active`; `too_many_lots` when so many are open, pinned ones included,
    /// that the balance would outgrow its item.
    pub fn can_take_a_lot(&self, now: Timestamp) -> Result<()> {
        if self.status != BalanceStatus::Active {
            return Err(Error::AccountNotActive);
        }
        if self.open_lots(now).len() >= limits::LOTS_MAX {
            return Err(Error::TooManyLots { limit: limits::LOTS_MAX });
        }
        Ok(())
    }

    /// The names of the lots that have something left, or something that may come back.
    fn open_lots(&self, now: Timestamp) -> BTreeSet<&str> {
        let living = self.lots.iter().filter(|lot| !lot.expired(now));
        let pinned = self.holds.iter().flat_map(|hold| hold.parts.iter().chain(&hold.due));
        living.chain(pinned).map(|lot| lot.id.as_str()).collect()
    }

    pub(crate) fn terms(&self) -> Terms {
        Terms { status: self.status, valid_from: self.valid_from, parallel_limit: self.parallel_limit }
    }
}

impl Terms {
    /// Those of a new account.
    #[must_use]
    pub fn of_new(now: Timestamp) -> Self {
        Self {
            status: BalanceStatus::Active,
            // Tokens carry whole seconds, so the token of this very sign-in must pass.
            valid_from: Timestamp::from_second(now.as_second()).unwrap_or(now),
            parallel_limit: limits::PARALLEL_GENERATIONS,
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
