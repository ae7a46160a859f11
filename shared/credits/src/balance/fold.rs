//! Entries make the balance. This is the only code that changes one, so that a balance and
//! the fold of its entries cannot differ but by a fault of the store.

use super::{Balance, Hold, Lapsed};
use crate::{Entry, EntryKind, Lot, Place, entry::Move};
use kernel::{Credits, GenerationId};
use std::fmt;

/// How many paid lots are remembered that had something left at their end: two years of
/// monthly periods, and more than any bank lets a payment be disputed. What is older would
/// become debt in full.
const LAPSED_MAX: usize = 24;

/// An entry that cannot follow the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldError {
    /// The entry's version.
    pub version: u64,
    /// What is wrong with it: the end of a sentence about the entry.
    pub what: &'static str,
}

impl fmt::Display for FoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} {}", self.version, self.what)
    }
}

impl std::error::Error for FoldError {}

impl Balance {
    /// The balance that these entries make, oldest first; `None` when there are none.
    ///
    /// # Errors
    /// The first entry that cannot follow the ones before it.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Option<Self>, FoldError> {
        let mut balance = Self::nothing();
        for entry in entries {
            balance.apply(entry)?;
        }
        Ok((balance.version > 0).then_some(balance))
    }

    /// Does what an entry says.
    ///
    /// # Errors
    /// What is wrong with it; the balance is then of no use any more.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.follow(entry).map_err(|what| FoldError { version: entry.version, what })
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
            (self.status, self.valid_from, self.parallel_limit) =
                (terms.status, terms.valid_from, terms.parallel_limit);
        }
        if entry.kind == EntryKind::Hold {
            self.begin_hold(entry)?;
        }
        for step in &entry.moves {
            self.shift(entry, step).ok_or("moves credits that are not where it takes them from")?;
        }
        if matches!(entry.kind, EntryKind::Settle | EntryKind::Release) {
            self.end_hold(entry)?;
        }
        if entry.kind == EntryKind::Settle {
            let spent = entry.moves.iter().filter(|step| step.to == Place::Spent).map(|step| step.amount).sum();
            self.usage.count(entry.model.as_deref().ok_or("settles without a model")?, spent, entry.at);
        }
        self.lots.retain(|lot| !lot.remaining.is_zero());
        self.lots.sort_by(Lot::order);
        Ok(())
    }

    fn begin_hold(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let generation = entry.generation.ok_or("holds for no generation")?;
        let expires_at = entry.deadline.ok_or("holds without a deadline")?;
        if self.hold_of(generation).is_some() {
            return Err("holds for a generation that holds already");
        }
        self.holds.push(Hold { generation, parts: Vec::new(), due: Vec::new(), expires_at });
        Ok(())
    }

    fn end_hold(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let at = self.holds.iter().position(|hold| Some(hold.generation) == entry.generation);
        #[cfg(feature = "planted-faults")]
        if at.is_none() && super::planted::is_here() {
            return Ok(());
        }
        let hold = self.holds.remove(at.ok_or("ends a hold that is not there")?);
        if hold.amount().is_zero() { Ok(()) } else { Err("ends a hold and leaves something in it") }
    }

    /// Moves credits. `None` when they are not there.
    fn shift(&mut self, entry: &Entry, step: &Move) -> Option<()> {
        let generation = step.generation.or(entry.generation);
        let part = match step.from {
            Place::Granted => Some(entry.lot.as_ref().filter(|lot| lot.id == step.lot)?.part(step.amount)),
            Place::Free => Some(take(&mut self.lots, step)?),
            Place::Held => Some(take(&mut self.hold_mut(generation)?.parts, step)?),
            Place::Due => Some(take(&mut self.hold_mut(generation)?.due, step)?),
            Place::Expired => {
                let lapsed = self.lapsed.iter_mut().find(|lapsed| lapsed.lot == step.lot)?;
                lapsed.amount = lapsed.amount.checked_sub(step.amount)?;
                self.lapsed.retain(|lapsed| !lapsed.amount.is_zero());
                None
            }
            Place::Debt => {
                self.debt = self.debt.checked_add(step.amount)?;
                None
            }
            Place::Spent | Place::TakenBack => return None,
        };
        match step.to {
            Place::Free => {
                let part = part?;
                put(&mut self.lots, Lot { prolonged_until: step.until.or(part.prolonged_until), ..part })?;
            }
            Place::Held => put(&mut self.hold_mut(generation)?.parts, part?)?,
            Place::Due => put(&mut self.hold_mut(generation)?.due, part?)?,
            Place::Expired => self.lapse(&part?)?,
            Place::Debt => self.debt = self.debt.checked_sub(step.amount)?,
            Place::Spent | Place::TakenBack => {}
            Place::Granted => return None,
        }
        Some(())
    }

    fn hold_mut(&mut self, generation: Option<GenerationId>) -> Option<&mut Hold> {
        self.holds.iter_mut().find(|hold| Some(hold.generation) == generation)
    }

    /// Remembers what a lot that was paid had left.
    fn lapse(&mut self, part: &Lot) -> Option<()> {
        if !part.source.paid() {
            return Some(());
        }
        match self.lapsed.iter_mut().find(|lapsed| lapsed.lot == part.id) {
            Some(lapsed) => lapsed.amount = lapsed.amount.checked_add(part.remaining)?,
            None => self.lapsed.push(Lapsed { lot: part.id.clone(), amount: part.remaining }),
        }
        if self.lapsed.len() > LAPSED_MAX {
            self.lapsed.remove(0);
        }
        Some(())
    }
}

/// Takes a part out of the lots that are there.
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

/// Puts a part to what is there of its lot; what is late lives as long as the latest of it.
fn put(lots: &mut Vec<Lot>, part: Lot) -> Option<()> {
    match lots.iter_mut().find(|lot| lot.id == part.id && lot.late() == part.late()) {
        Some(lot) => {
            lot.remaining = lot.remaining.checked_add(part.remaining)?;
            lot.prolonged_until = lot.prolonged_until.max(part.prolonged_until);
        }
        None => lots.push(part),
    }
    Some(())
}
