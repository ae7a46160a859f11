//! The fold: entries change a balance.
//!
//! No other code changes a balance. So a balance can differ from the sum of its entries only by a
//! fault of the store.

use crate::{
    balance::{Balance, ExpiredLot, Hold},
    entry::{Entry, EntryKind, Move, Place},
    lot::{Lot, LotFreeze},
    terms::AccountTerms,
};
use kernel::{Credits, GenerationId};
use std::fmt;

/// Most expired paid lots that a balance remembers: two years of monthly periods, which is longer
/// than any bank accepts disputes. A clawback of an older lot would become debt in full.
const EXPIRED_MAX: usize = 24;

/// An entry that cannot follow the entries before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldError {
    /// The version of the entry.
    pub version: u64,
    /// The problem, as the predicate of a sentence about the entry.
    pub problem: &'static str,
}

impl fmt::Display for FoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} {}", self.version, self.problem)
    }
}

impl std::error::Error for FoldError {}

impl Balance {
    /// The sum of entries, which must start with the oldest. `None` when there are none.
    ///
    /// # Errors
    /// The first entry that cannot follow the entries before it.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Option<Self>, FoldError> {
        let mut balance = Self::empty();
        for entry in entries {
            balance.apply(entry)?;
        }
        Ok((balance.version > 0).then_some(balance))
    }

    /// Applies an entry.
    ///
    /// # Errors
    /// The problem of an entry that cannot follow. The balance may then be half changed and must not
    /// be used any more.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.follow(entry).map_err(|problem| FoldError { version: entry.version, problem })
    }

    fn follow(&mut self, entry: &Entry) -> Result<(), &'static str> {
        if entry.version != self.version + 1 {
            return Err("does not follow the one before it: an entry is missing, or is there twice");
        }
        if self.version == 0 && entry.terms.is_none() {
            return Err("is the first one and does not open the account");
        }
        self.version = entry.version;
        if let Some(terms) = entry.terms {
            let AccountTerms { status, valid_from, parallel_limit, free_cancels_daily } = terms;
            (self.status, self.valid_from, self.parallel_limit) = (status, valid_from, parallel_limit);
            self.free_cancels_daily = free_cancels_daily;
        }
        match entry.kind {
            EntryKind::Freeze => self.freeze_note.clone_from(&entry.note),
            EntryKind::Thaw => self.freeze_note = None,
            EntryKind::FreezeLot | EntryKind::ThawLot => self.mark_pinned_parts(entry)?,
            _ => {}
        }
        if entry.kind == EntryKind::Hold {
            self.begin_hold(entry)?;
        }
        for step in &entry.moves {
            self.make_move(entry, step).ok_or("moves credits that are not where it takes them from")?;
        }
        if matches!(entry.kind, EntryKind::Settle | EntryKind::Release) {
            self.end_hold(entry)?;
        }
        if matches!(entry.kind, EntryKind::FreezeLot | EntryKind::ThawLot) {
            self.check_one_mark(entry)?;
        }
        if entry.kind == EntryKind::Settle {
            let spent = entry.moves.iter().filter(|step| step.to == Place::Spent).map(|step| step.amount).sum();
            self.usage.count(entry.model.as_deref().ok_or("settles without a model")?, spent, entry.at);
        }
        self.lots.retain(|lot| !lot.remaining.is_zero());
        self.lots.sort_by(Lot::order);
        Ok(())
    }

    /// Marks the pinned parts of a lot that is frozen or thawed. They make no move.
    fn mark_pinned_parts(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let id = entry.lot_id.as_ref().ok_or("freezes or thaws no lot")?;
        let freeze = freeze_of(entry);
        if freeze.is_none() && entry.kind == EntryKind::FreezeLot {
            return Err("freezes a lot without a note");
        }
        let pinned = self.holds.iter_mut().flat_map(|hold| hold.parts.iter_mut().chain(&mut hold.due));
        pinned.filter(|part| part.id == *id).for_each(|part| part.frozen.clone_from(&freeze));
        Ok(())
    }

    /// Checks that all parts of a lot have the mark of the entry that froze or thawed the lot.
    fn check_one_mark(&self, entry: &Entry) -> Result<(), &'static str> {
        let freeze = freeze_of(entry);
        let mut parts = self.parts().filter(|part| Some(&part.id) == entry.lot_id.as_ref()).peekable();
        if parts.peek().is_none() {
            return Err("freezes or thaws a lot that is not there");
        }
        if parts.all(|part| part.frozen == freeze) { Ok(()) } else { Err("freezes or thaws only a part of a lot") }
    }

    fn begin_hold(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let generation = entry.generation.ok_or("holds for no generation")?;
        let expires_at = entry.deadline.ok_or("holds without a deadline")?;
        if self.hold_of(generation).is_some() {
            return Err("holds for a generation that holds already");
        }
        let provider_cost = entry.provider_cost;
        self.holds.push(Hold { generation, parts: Vec::new(), due: Vec::new(), expires_at, provider_cost });
        Ok(())
    }

    fn end_hold(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let at = self.holds.iter().position(|hold| Some(hold.generation) == entry.generation);
        #[cfg(feature = "planted-faults")]
        if at.is_none() && super::planted::is_here() {
            return Ok(());
        }
        let hold = self.holds.remove(at.ok_or("ends a hold that is not there")?);
        if let Some(end) = entry.unpaid {
            self.unpaid.count(end, hold.provider_cost, entry.at);
        }
        if hold.amount().is_zero() { Ok(()) } else { Err("ends a hold and leaves something in it") }
    }

    /// Makes one move. `None` when the credits are not at the place that they leave.
    fn make_move(&mut self, entry: &Entry, step: &Move) -> Option<()> {
        let generation = step.generation.or(entry.generation);
        let part = match step.from {
            Place::Granted => Some(entry.lot.as_ref().filter(|lot| lot.id == step.lot)?.part(step.amount)),
            Place::Free | Place::Frozen => {
                Some(take(&mut self.lots, step).filter(|part| Place::of(part) == step.from)?)
            }
            Place::Held => Some(take(&mut self.hold_mut(generation)?.parts, step)?),
            Place::Due => Some(take(&mut self.hold_mut(generation)?.due, step)?),
            Place::Expired => {
                let expired = self.expired.iter_mut().find(|expired| expired.lot == step.lot)?;
                expired.amount = expired.amount.checked_sub(step.amount)?;
                self.expired.retain(|expired| !expired.amount.is_zero());
                None
            }
            Place::Debt => {
                self.debt = self.debt.checked_add(step.amount)?;
                None
            }
            Place::Spent | Place::TakenBack => return None,
        };
        match step.to {
            Place::Free | Place::Frozen => {
                let part = part?;
                let part = Lot { prolonged_until: step.until.or(part.prolonged_until), ..part };
                put(&mut self.lots, at_rest(entry, step, part)?)?;
            }
            Place::Held => put(&mut self.hold_mut(generation)?.parts, part?)?,
            Place::Due => put(&mut self.hold_mut(generation)?.due, part?)?,
            Place::Expired => self.remember_expired(&part?)?,
            Place::Debt => self.debt = self.debt.checked_sub(step.amount)?,
            Place::Spent | Place::TakenBack => {}
            Place::Granted => return None,
        }
        Some(())
    }

    fn hold_mut(&mut self, generation: Option<GenerationId>) -> Option<&mut Hold> {
        self.holds.iter_mut().find(|hold| Some(hold.generation) == generation)
    }

    /// Remembers the rest of an expired lot, if it was paid.
    fn remember_expired(&mut self, part: &Lot) -> Option<()> {
        if !part.source.paid() {
            return Some(());
        }
        match self.expired.iter_mut().find(|expired| expired.lot == part.id) {
            Some(expired) => expired.amount = expired.amount.checked_add(part.remaining)?,
            None => self.expired.push(ExpiredLot { lot: part.id.clone(), amount: part.remaining }),
        }
        if self.expired.len() > EXPIRED_MAX {
            self.expired.remove(0);
        }
        Some(())
    }
}

/// The freeze that an entry gives to its lot. `None` unless the entry freezes one.
fn freeze_of(entry: &Entry) -> Option<LotFreeze> {
    let note = entry.note.clone().filter(|_| entry.kind == EntryKind::FreezeLot)?;
    Some(LotFreeze { at: entry.at, note })
}

/// A part that goes to a lot. Only a freeze or a thaw changes its mark; any other entry brings frozen
/// credits to `Frozen` and the others to `Free`. `None` when the entry does not.
fn at_rest(entry: &Entry, step: &Move, part: Lot) -> Option<Lot> {
    match (entry.kind, step.from, step.to) {
        (EntryKind::FreezeLot, Place::Free, Place::Frozen) | (EntryKind::ThawLot, Place::Frozen, Place::Free) => {
            Some(Lot { frozen: freeze_of(entry), ..part })
        }
        (EntryKind::FreezeLot | EntryKind::ThawLot, ..) => None,
        _ => Some(part).filter(|part| Place::of(part) == step.to),
    }
}

/// Takes a part out of its lot. `None` when the lot has too few credits.
fn take(lots: &mut Vec<Lot>, step: &Move) -> Option<Lot> {
    let at = lots.iter().position(|lot| lot.id == step.lot && lot.late() == step.late)?;
    let lot = lots.get_mut(at)?;
    lot.remaining = lot.remaining.checked_sub(step.amount)?;
    let part = lot.part(step.amount);
    if lot.remaining == Credits::ZERO {
        lots.remove(at);
    }
    Some(part)
}

/// Adds a part to its lot. The late part of a lot has the latest expiry of all that joined it.
/// `None` when one of the two is frozen and the other is not.
fn put(lots: &mut Vec<Lot>, part: Lot) -> Option<()> {
    match lots.iter_mut().find(|lot| lot.id == part.id && lot.late() == part.late()) {
        Some(lot) if lot.frozen != part.frozen => return None,
        Some(lot) => {
            lot.remaining = lot.remaining.checked_add(part.remaining)?;
            lot.prolonged_until = lot.prolonged_until.max(part.prolonged_until);
        }
        None => lots.push(part),
    }
    Some(())
}
