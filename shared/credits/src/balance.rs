//! The balance of one account and every rule about it. Pure: time is an argument, and a
//! rule that does not hold leaves the balance as it was.

use crate::{Entry, Kind, Lot};
use kernel::{Credits, Error, GenerationId, Result, Timestamp, limits};
use serde::{Deserialize, Serialize};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
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
    /// When the generation must be over. Shown to the person; only the generation's own
    /// transition ends the hold.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub expires_at: Timestamp,
}

impl Hold {
    /// How much is held.
    #[must_use]
    pub fn amount(&self) -> Credits {
        self.parts.iter().map(|part| part.remaining).sum()
    }
}

/// What was used in one month (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// The month as `yyyy-mm`.
    pub month: String,
    /// Generations delivered.
    pub generations: u64,
    /// Credits they cost.
    pub credits: Credits,
}

/// The balance of one account: one item, many writers, one version a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What the account may do.
    pub status: Status,
    /// Counts the changes; every writer demands the version it read.
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
    /// Holds of the generations under way.
    pub holds: Vec<Hold>,
    /// The running month.
    #[serde(default)]
    pub usage: Usage,
}

impl Balance {
    /// The balance of a new account, with its first entry.
    #[must_use]
    pub fn born(lot: Lot, now: Timestamp) -> (Self, Entry) {
        let mut balance = Self::empty(now);
        let entry = balance.add(lot, now);
        (balance, entry)
    }

    /// The balance of a new account whose person had their welcome before, with its first
    /// entry.
    #[must_use]
    pub fn opened(now: Timestamp) -> (Self, Entry) {
        let mut balance = Self::empty(now);
        let entry = balance.entry(Kind::Open, 0, 0, None, now);
        (balance, entry)
    }

    fn empty(now: Timestamp) -> Self {
        Self {
            status: Status::Active,
            version: 0,
            // Tokens carry whole seconds, so the token of this very sign-in must pass.
            valid_from: Timestamp::from_second(now.as_second()).unwrap_or(now),
            parallel_limit: limits::PARALLEL_GENERATIONS,
            debt: Credits::ZERO,
            lots: Vec::new(),
            holds: Vec::new(),
            usage: Usage { month: month(now), ..Usage::default() },
        }
    }

    /// Ends everything new: the account is being deleted. Tokens that were issued before
    /// never spend again. `None` when it is closing already.
    #[must_use = "the account is closed by storing what this answers"]
    pub fn close(&mut self, now: Timestamp) -> Option<Entry> {
        if self.status == Status::Closing {
            return None;
        }
        self.status = Status::Closing;
        self.valid_from = self.valid_from.max(now);
        Some(self.entry(Kind::Close, 0, 0, None, now))
    }

    /// Takes a closing back: the account is again what it was before. `None` when it is
    /// not closing.
    #[must_use = "the account is reopened by storing what this answers"]
    pub fn reopen(&mut self, before: Status, now: Timestamp) -> Option<Entry> {
        if self.status != Status::Closing {
            return None;
        }
        self.status = before;
        Some(self.entry(Kind::Reopen, 0, 0, None, now))
    }

    /// Adds a lot.
    ///
    /// # Errors
    /// `account_not_active`; `wrong_state` when so many lots are open that the balance
    /// would outgrow its item.
    pub fn grant(&mut self, lot: Lot, now: Timestamp) -> Result<Entry> {
        self.can_take_a_lot()?;
        Ok(self.add(lot, now))
    }

    /// Whether a lot can be added now: asked before somebody is let pay for one.
    ///
    /// # Errors
    /// As of [`Self::grant`].
    pub fn can_take_a_lot(&self) -> Result<()> {
        if self.status != Status::Active {
            return Err(Error::AccountNotActive);
        }
        if self.lots.len() >= limits::LOTS_MAX {
            return Err(Error::WrongState { detail: "Spend some of the credits that you have first." });
        }
        Ok(())
    }

    /// What can be spent now.
    #[must_use]
    pub fn available(&self, now: Timestamp) -> Credits {
        if self.debt > Credits::ZERO {
            return Credits::ZERO;
        }
        self.lots.iter().filter(|lot| lot.spendable(now)).map(|lot| lot.remaining).sum()
    }

    /// What is reserved for generations under way.
    #[must_use]
    pub fn held(&self) -> Credits {
        self.holds.iter().map(Hold::amount).sum()
    }

    /// Reserves `amount` for a generation. Credits are judged before the parallel limit.
    ///
    /// # Errors
    /// `account_not_active`, `insufficient_credits`, `too_many_generations`.
    pub fn hold(
        &mut self,
        generation: GenerationId,
        amount: Credits,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Entry> {
        if self.status != Status::Active {
            return Err(Error::AccountNotActive);
        }
        let available = self.available(now);
        if amount > available {
            return Err(Error::InsufficientCredits { needed: amount, available });
        }
        let limit = self.parallel_limit.min(limits::PARALLEL_GENERATIONS_MAX);
        if self.holds.len() >= limit as usize {
            return Err(Error::TooManyGenerations { limit });
        }
        let parts = self.take(amount, now);
        self.holds.push(Hold { generation, parts, expires_at });
        Ok(self.entry(Kind::Hold, -signed(amount), signed(amount), Some(generation), now))
    }

    /// Ends a hold at its cost; what was held above it goes back. `None` when the
    /// generation holds nothing (any more), or holds less than the cost.
    #[must_use = "the hold is ended by storing what this answers"]
    pub fn settle(&mut self, generation: GenerationId, cost: Credits, now: Timestamp) -> Option<Entry> {
        let held = self.holds.iter().find(|hold| hold.generation == generation)?.amount();
        let mut rest = held.checked_sub(cost)?;
        let change = signed(rest);
        // The parts stand in spending order: the cost takes the first ones, so what goes
        // back are the last.
        for part in self.end(generation).into_iter().rev() {
            let back = rest.min(part.remaining);
            rest = rest.saturating_sub(back);
            self.give_back(part.part(back), now);
        }
        self.count(cost, now);
        Some(self.entry(Kind::Settle, change, -signed(held), Some(generation), now))
    }

    /// Ends a hold without cost; all of it goes back. `None` when the generation holds
    /// nothing (any more).
    #[must_use = "the hold is ended by storing what this answers"]
    pub fn release(&mut self, generation: GenerationId, now: Timestamp) -> Option<Entry> {
        let held = self.holds.iter().find(|hold| hold.generation == generation)?.amount();
        for part in self.end(generation) {
            self.give_back(part, now);
        }
        Some(self.entry(Kind::Release, signed(held), -signed(held), Some(generation), now))
    }

    fn add(&mut self, lot: Lot, now: Timestamp) -> Entry {
        let (source, amount) = (lot.source, lot.remaining);
        self.lots.push(lot);
        self.lots.sort_by(Lot::order);
        let entry = self.entry(Kind::Grant, signed(amount), 0, None, now);
        Entry { source: Some(source), ..entry }
    }

    /// Takes `amount`, which is available, out of the lots.
    fn take(&mut self, amount: Credits, now: Timestamp) -> Vec<Lot> {
        let mut wanted = amount;
        let mut parts = Vec::new();
        self.lots.sort_by(Lot::order);
        for lot in self.lots.iter_mut().filter(|lot| lot.spendable(now)) {
            let taken = wanted.min(lot.remaining);
            if !taken.is_zero() {
                wanted = wanted.saturating_sub(taken);
                lot.remaining = lot.remaining.saturating_sub(taken);
                parts.push(lot.part(taken));
            }
        }
        self.lots.retain(|lot| !lot.remaining.is_zero());
        parts
    }

    fn end(&mut self, generation: GenerationId) -> Vec<Lot> {
        let at = self.holds.iter().position(|hold| hold.generation == generation);
        at.map_or_else(Vec::new, |at| self.holds.remove(at).parts)
    }

    fn give_back(&mut self, part: Lot, now: Timestamp) {
        if part.remaining.is_zero() {
            return;
        }
        let part = part.released(now);
        match self.lots.iter_mut().find(|lot| lot.id == part.id && lot.expires_at == part.expires_at) {
            Some(lot) => lot.remaining = lot.remaining.saturating_add(part.remaining),
            None => self.lots.push(part),
        }
        self.lots.sort_by(Lot::order);
    }

    fn count(&mut self, cost: Credits, now: Timestamp) {
        let month = month(now);
        if self.usage.month != month {
            self.usage = Usage { month, ..Usage::default() };
        }
        self.usage.generations += 1;
        self.usage.credits = self.usage.credits.saturating_add(cost);
    }

    fn entry(
        &mut self,
        kind: Kind,
        free_change: i64,
        held_change: i64,
        generation: Option<GenerationId>,
        at: Timestamp,
    ) -> Entry {
        self.version += 1;
        Entry { version: self.version, at, kind, free_change, held_change, generation, source: None }
    }
}

fn month(time: Timestamp) -> String {
    time.strftime("%Y-%m").to_string()
}

/// An amount as a change. No balance comes near 2^63.
fn signed(amount: Credits) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
