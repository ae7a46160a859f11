//! The rules. Each decides whole entries or refuses; a refused change leaves the balance as
//! it was. What lots have left at their end is booked first, as an entry of its own.

use super::{Balance, BalanceStatus, Hold};
use crate::{Cause, Entry, EntryKind, Lot, Note, Place, Source, Terms, entry::Moves};
use kernel::{Credits, Error, GenerationId, Result, Timestamp, limits};

/// What a clawback asks for: so much of one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The lot that the payment made.
    pub lot: String,
    /// How much of it. With what was demanded of this lot before, at most what it was
    /// granted with: whoever keeps the payments sees to that.
    pub amount: Credits,
}

/// A change by hand, or by a rule that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adjustment {
    /// Credits to make good.
    Compensation {
        /// Names the new lot.
        lot: String,
        /// How many.
        credits: Credits,
        /// When they expire, if they do.
        expires_at: Option<Timestamp>,
    },
    /// Credits to win somebody.
    Promotion {
        /// Names the new lot.
        lot: String,
        /// How many.
        credits: Credits,
        /// When they expire, if they do.
        expires_at: Option<Timestamp>,
    },
    /// Takes what should not have been there out of the lot that has it, and out of no other.
    Correction {
        /// The lot.
        lot: String,
        /// How many.
        credits: Credits,
    },
    /// Ends everything new of an active account. What is under way goes on.
    Freeze,
    /// Makes a frozen account active again.
    Thaw,
}

impl Balance {
    /// Adds a lot. It covers the debt first. A lot that was given and equals one that is
    /// there (source, priority, expiry) joins it; one that was paid for stays by itself,
    /// because a refund names it. Whoever grants sees to it that it happens once.
    ///
    /// # Errors
    /// `account_not_active`; `too_many_lots` when so many are open that the balance would
    /// outgrow its item; `internal` when a lot of this name is open already.
    pub fn grant(&mut self, lot: Lot, now: Timestamp) -> Result<Vec<Entry>> {
        self.add(lot, None, now)
    }

    /// Reserves `amount` for a generation. Credits are judged before the parallel limit.
    ///
    /// # Errors
    /// `account_not_active`, `insufficient_credits`, `too_many_generations`.
    pub fn hold(
        &mut self,
        generation: GenerationId,
        amount: Credits,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Entry>> {
        if self.status != BalanceStatus::Active {
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
        let (mut moves, mut wanted) = (Moves::default(), amount);
        for lot in self.spendable(now) {
            moves.add(lot, take(&mut wanted, lot.remaining), Place::Free, Place::Held);
        }
        let entry = Entry { moves: moves.0, deadline: Some(deadline), ..Entry::new(EntryKind::Hold, now) };
        self.change(Entry { generation: Some(generation), ..entry }, now)
    }

    /// Ends a hold at its cost, which counts as use of the model; what was held above it goes
    /// back. `None` when the generation holds nothing (any more).
    ///
    /// # Errors
    /// `internal` when the cost is above the hold.
    pub fn settle(
        &mut self,
        generation: GenerationId,
        model: &str,
        cost: Credits,
        now: Timestamp,
    ) -> Result<Option<Vec<Entry>>> {
        let Some(hold) = self.hold_of(generation) else { return Ok(None) };
        if cost > hold.amount() {
            return Err(Error::internal("a cost above its hold"));
        }
        let entry = Entry { model: Some(model.to_owned()), ..ended(EntryKind::Settle, hold, cost, now) };
        #[cfg(feature = "planted-faults")]
        let entry = self.dearer(entry);
        let entries = self.change(entry, now)?;
        #[cfg(feature = "planted-faults")]
        let entries = self.once_more(entries)?;
        Ok(Some(entries))
    }

    /// Ends a hold without cost; all of it goes back. `None` when the generation holds
    /// nothing (any more).
    ///
    /// # Errors
    /// `internal` when a rule of ours is broken.
    pub fn release(&mut self, generation: GenerationId, now: Timestamp) -> Result<Option<Vec<Entry>>> {
        let Some(hold) = self.hold_of(generation) else { return Ok(None) };
        let entry = ended(EntryKind::Release, hold, Credits::ZERO, now);
        self.change(entry, now).map(Some)
    }

    /// Takes back what a payment had bought, from the lots that it made and from no other:
    /// what is free now, then what expired unused (nothing is left to take), then what is
    /// held, when its hold ends. The rest was spent and becomes debt. Whatever the account's
    /// status.
    ///
    /// A clawback that turns out wrong (a dispute that was won, a refund that failed) is made
    /// good by granting a lot anew, which covers the debt first.
    ///
    /// # Errors
    /// `internal` when nothing is demanded.
    pub fn claw_back(&mut self, cause: Cause, demands: &[Demand], now: Timestamp) -> Result<Vec<Entry>> {
        let mut entries = self.expire(now)?;
        let mut moves = Moves::default();
        for Demand { lot: id, amount } in demands {
            let mut left = *amount;
            for lot in self.lots.iter().filter(|lot| lot.id == *id) {
                moves.add(lot, take(&mut left, lot.remaining), Place::Free, Place::TakenBack);
            }
            for lapsed in self.lapsed.iter().filter(|lapsed| lapsed.lot == *id) {
                moves.named(id, take(&mut left, lapsed.amount), Place::Expired, Place::TakenBack);
            }
            for hold in &self.holds {
                for part in hold.parts.iter().filter(|part| part.id == *id) {
                    let due = take(&mut left, part.remaining);
                    if let Some(step) = moves.add(part, due, Place::Held, Place::Due) {
                        step.generation = Some(hold.generation);
                    }
                }
            }
            moves.named(id, left, Place::Debt, Place::TakenBack);
        }
        if moves.0.is_empty() {
            return Err(Error::internal("a clawback of nothing"));
        }
        let entry = Entry { moves: moves.0, cause: Some(cause), ..Entry::new(EntryKind::Clawback, now) };
        entries.push(self.book(entry)?);
        Ok(entries)
    }

    /// Changes the balance by hand. What is given is a grant like any other; a correction
    /// takes free credits of its lot, whatever the account's status, and never makes debt.
    ///
    /// # Errors
    /// `account_not_active`, `too_many_lots`; `wrong_state` when the lot has less left, or the
    /// account is not active to be frozen, or not frozen to be thawed.
    pub fn adjust(&mut self, adjustment: Adjustment, note: Note, now: Timestamp) -> Result<Vec<Entry>> {
        match adjustment {
            Adjustment::Compensation { lot, credits, expires_at } => {
                self.add(Lot::given(lot, Source::Compensation, credits, expires_at, now), Some(note), now)
            }
            Adjustment::Promotion { lot, credits, expires_at } => {
                self.add(Lot::given(lot, Source::Promotion, credits, expires_at, now), Some(note), now)
            }
            Adjustment::Correction { lot: id, credits } => {
                let (mut moves, mut wanted) = (Moves::default(), credits);
                for lot in self.lots.iter().filter(|lot| lot.id == id && !lot.expired(now)) {
                    moves.add(lot, take(&mut wanted, lot.remaining), Place::Free, Place::TakenBack);
                }
                if !wanted.is_zero() || moves.0.is_empty() {
                    return Err(Error::WrongState { detail: "That lot has not so much left." });
                }
                let entry = Entry { moves: moves.0, note: Some(note), ..Entry::new(EntryKind::Correction, now) };
                self.change(entry, now)
            }
            Adjustment::Freeze => {
                self.turn(EntryKind::Freeze, [BalanceStatus::Active, BalanceStatus::Frozen], note, now)
            }
            Adjustment::Thaw => self.turn(EntryKind::Thaw, [BalanceStatus::Frozen, BalanceStatus::Active], note, now),
        }
    }

    /// Ends everything new: the account is being deleted. Tokens that were issued before
    /// never spend again. `None` when it is closing already.
    ///
    /// # Errors
    /// `internal` when a rule of ours is broken.
    pub fn close(&mut self, now: Timestamp) -> Result<Option<Vec<Entry>>> {
        if self.status == BalanceStatus::Closing {
            return Ok(None);
        }
        let terms = Terms { status: BalanceStatus::Closing, valid_from: self.valid_from.max(now), ..self.terms() };
        self.change(Entry { terms: Some(terms), ..Entry::new(EntryKind::Close, now) }, now).map(Some)
    }

    /// Takes a closing back: the account is again what it was before. `None` when it is
    /// not closing.
    ///
    /// # Errors
    /// `internal` when a rule of ours is broken.
    pub fn reopen(&mut self, before: BalanceStatus, now: Timestamp) -> Result<Option<Vec<Entry>>> {
        if self.status != BalanceStatus::Closing {
            return Ok(None);
        }
        let terms = Terms { status: before, ..self.terms() };
        self.change(Entry { terms: Some(terms), ..Entry::new(EntryKind::Reopen, now) }, now).map(Some)
    }

    fn turn(
        &mut self,
        kind: EntryKind,
        [from, to]: [BalanceStatus; 2],
        note: Note,
        now: Timestamp,
    ) -> Result<Vec<Entry>> {
        if self.status != from {
            return Err(Error::WrongState { detail: "The account is in another state." });
        }
        let terms = Terms { status: to, ..self.terms() };
        self.change(Entry { terms: Some(terms), note: Some(note), ..Entry::new(kind, now) }, now)
    }

    fn add(&mut self, lot: Lot, note: Option<Note>, now: Timestamp) -> Result<Vec<Entry>> {
        let lot = match self.lots.iter().find(|known| known.equals(&lot, now) && !known.expired(now)) {
            Some(_) if self.status != BalanceStatus::Active => return Err(Error::AccountNotActive),
            Some(twin) => Lot { id: twin.id.clone(), effective_at: twin.effective_at, ..lot },
            None => {
                self.can_take_a_lot(now)?;
                if self.open_lots(now).contains(lot.id.as_str()) {
                    return Err(Error::internal("a lot of this name is open already"));
                }
                lot
            }
        };
        let mut entries = self.expire(now)?;
        let entry = self.granted(lot, note, now);
        entries.push(self.book(entry)?);
        Ok(entries)
    }

    /// The entry of a grant. The lot covers the debt first.
    pub(super) fn granted(&self, lot: Lot, note: Option<Note>, now: Timestamp) -> Entry {
        let (mut moves, mut left) = (Moves::default(), lot.remaining);
        moves.add(&lot, take(&mut left, self.debt), Place::Granted, Place::Debt);
        moves.add(&lot, left, Place::Granted, Place::Free);
        Entry { moves: moves.0, lot: Some(lot), note, ..Entry::new(EntryKind::Grant, now) }
    }

    /// Books what lots had left at their end.
    fn expire(&mut self, now: Timestamp) -> Result<Vec<Entry>> {
        let mut moves = Moves::default();
        for lot in self.lots.iter().filter(|lot| lot.expired(now)) {
            moves.add(lot, lot.remaining, Place::Free, Place::Expired);
        }
        if moves.0.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![self.book(Entry { moves: moves.0, ..Entry::new(EntryKind::Expire, now) })?])
    }

    /// Books an entry after what lots had left at their end.
    fn change(&mut self, entry: Entry, now: Timestamp) -> Result<Vec<Entry>> {
        let mut entries = self.expire(now)?;
        entries.push(self.book(entry)?);
        Ok(entries)
    }

    /// Gives an entry the next version and does what it says.
    pub(super) fn book(&mut self, entry: Entry) -> Result<Entry> {
        let entry = Entry { version: self.version + 1, ..entry };
        self.apply(&entry).map_err(Error::internal)?;
        Ok(entry)
    }
}

/// The entry of a hold's end. The cost takes the first parts, and parts that are due last;
/// of what is left, those that are due are taken back and the others go back to their lots.
fn ended(kind: EntryKind, hold: &Hold, cost: Credits, now: Timestamp) -> Entry {
    let (mut moves, mut cost) = (Moves::default(), cost);
    for part in &hold.parts {
        let spent = take(&mut cost, part.remaining);
        moves.add(part, spent, Place::Held, Place::Spent);
        if let Some(step) = moves.add(part, part.remaining.saturating_sub(spent), Place::Held, Place::Free) {
            step.until = part.prolonged(now);
        }
    }
    for part in &hold.due {
        let spent = take(&mut cost, part.remaining);
        moves.add(part, spent, Place::Due, Place::Spent);
        moves.named(&part.id, spent, Place::Debt, Place::TakenBack);
        moves.add(part, part.remaining.saturating_sub(spent), Place::Due, Place::TakenBack);
    }
    Entry { moves: moves.0, generation: Some(hold.generation), ..Entry::new(kind, now) }
}

/// Takes what is there, at most what is wanted.
fn take(wanted: &mut Credits, there: Credits) -> Credits {
    let taken = there.min(*wanted);
    *wanted = wanted.saturating_sub(taken);
    taken
}
