//! The rules of the book: which changes a balance allows, and which entries they make.
//!
//! Each rule decides whole entries or refuses. A refused change leaves the balance as it was. When
//! lots have expired since the last change, the rule first books their rest, as an entry of its
//! own.

use crate::{
    balance::{Balance, Hold},
    entry::{ClawbackCause, Entry, EntryKind, Moves, Place},
    lot::{Lot, Source},
    terms::{AccountTerms, BalanceStatus},
    unpaid::UnpaidEnd,
};
use kernel::{Credits, Error, GenerationId, MicroDollars, Note, Result, Timestamp, limits};

/// The part of a clawback that concerns one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotClawback {
    /// The id of the lot that the payment made.
    pub lot: String,
    /// The credits to take back. All clawbacks of a lot together may take at most the credits that
    /// it was granted with; the caller, who keeps the payments, guarantees that.
    pub amount: Credits,
}

impl Balance {
    /// The balance of a new account with its first lot, and its first entry.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn opened_with(lot: Lot, now: Timestamp) -> Result<(Self, Entry)> {
        Self::opened_on(AccountTerms::of_new(now), Some(lot), now)
    }

    /// The balance of a new account without a lot, and its first entry. For a person who had a
    /// welcome lot before.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn opened(now: Timestamp) -> Result<(Self, Entry)> {
        Self::opened_on(AccountTerms::of_new(now), None, now)
    }

    /// The balance of a new account on these terms, and its first entry.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn opened_on(terms: AccountTerms, lot: Option<Lot>, now: Timestamp) -> Result<(Self, Entry)> {
        let mut balance = Self::empty();
        let entry = match lot {
            Some(lot) => balance.grant_entry(lot, None, now),
            None => Entry::new(EntryKind::Open, now),
        };
        let entry = balance.book(Entry { terms: Some(terms), ..entry })?;
        Ok((balance, entry))
    }

    /// Adds a lot. Its credits cover the debt first, unless it is frozen from its grant on. A frozen
    /// account gets paid lots too: its status stops spending, and the money is ours already. A given
    /// lot joins an open lot with the same source, priority and expiry. A paid lot stays separate,
    /// because a refund names it; a frozen lot too, because a thaw names it.
    ///
    /// The rule does not recognise repetitions: the caller guarantees that a grant happens once.
    ///
    /// # Errors
    /// `account_not_active` for a closing account, and for a given lot of a frozen one;
    /// `too_many_lots` when as many lots are open as the balance's item may have; `internal` when a
    /// lot with this id is open already.
    pub fn grant(&mut self, lot: Lot, now: Timestamp) -> Result<Vec<Entry>> {
        self.add(lot, None, now)
    }

    /// Reserves `amount` for a generation, whose job costs us `provider_cost`.
    ///
    /// # Errors
    /// In this order: `account_not_active`, `insufficient_credits`, `too_many_refused`,
    /// `too_many_failed`, `too_many_generations`.
    pub fn hold(
        &mut self,
        generation: GenerationId,
        amount: Credits,
        provider_cost: MicroDollars,
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
        self.unpaid.admit(now)?;
        let limit = self.parallel_limit.min(limits::PARALLEL_GENERATIONS_MAX);
        if self.holds.len() >= limit as usize {
            return Err(Error::TooManyGenerations { limit });
        }
        let (mut moves, mut missing) = (Moves::default(), amount);
        for lot in self.spendable(now) {
            moves.add(lot, take(&mut missing, lot.remaining), Place::Free, Place::Held);
        }
        let entry =
            Entry { moves: moves.0, deadline: Some(deadline), provider_cost, ..Entry::new(EntryKind::Hold, now) };
        self.change(Entry { generation: Some(generation), ..entry }, now)
    }

    /// Ends a hold at a cost. The cost counts as use of the model; the rest of the hold goes back to
    /// its lots. `None` when the generation has no hold.
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
        let entry = Entry { model: Some(model.to_owned()), ..end_entry(EntryKind::Settle, hold, cost, now) };
        #[cfg(feature = "planted-faults")]
        let entry = self.settle_above_hold(entry);
        let entries = self.change(entry, now)?;
        #[cfg(feature = "planted-faults")]
        let entries = self.end_twice(entries)?;
        Ok(Some(entries))
    }

    /// Ends a hold without a cost. All of it goes back to its lots. `unpaid` is the reason where the
    /// provider had the job; such an end is counted. `None` when the generation has no hold.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn release(
        &mut self,
        generation: GenerationId,
        unpaid: Option<UnpaidEnd>,
        now: Timestamp,
    ) -> Result<Option<Vec<Entry>>> {
        let Some(hold) = self.hold_of(generation) else { return Ok(None) };
        let entry = Entry { unpaid, ..end_entry(EntryKind::Release, hold, Credits::ZERO, now) };
        self.change(entry, now).map(Some)
    }

    /// Ends the hold of a job that the provider had and that the person canceled. It is free within
    /// the day's allowance; beyond that it costs the whole hold, which counts as use of the model.
    /// Answers the cost. `None` when the generation has no hold.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn cancel(
        &mut self,
        generation: GenerationId,
        model: &str,
        now: Timestamp,
    ) -> Result<Option<(Credits, Vec<Entry>)>> {
        let Some(hold) = self.hold_of(generation) else { return Ok(None) };
        let (cost, kind) = match self.unpaid.cancels_free(hold.provider_cost, self.free_cancels_daily, now) {
            true => (Credits::ZERO, EntryKind::Release),
            false => (hold.amount(), EntryKind::Settle),
        };
        let entry = Entry { unpaid: Some(UnpaidEnd::Canceled), ..end_entry(kind, hold, cost, now) };
        let entry = Entry { model: (kind == EntryKind::Settle).then(|| model.to_owned()), ..entry };
        self.change(entry, now).map(|entries| Some((cost, entries)))
    }

    /// Takes back the credits that a payment bought, from the lots that it made and from no others.
    /// It counts, in this order:
    ///
    /// 1. free and frozen credits, which are taken back at once: a freeze only stops spending, and the
    ///    person gets the money of the lot back;
    /// 2. credits that expired unspent, where nothing is left to take;
    /// 3. held credits, which become due and are taken back when their hold ends;
    /// 4. the rest, which was spent and becomes debt.
    ///
    /// A clawback is possible in every status of the account. After a wrong one (a dispute that we
    /// won, a refund that failed), the caller grants a new lot, which covers the debt first.
    ///
    /// # Errors
    /// `internal` when `clawbacks` has no credits.
    pub fn claw_back(&mut self, cause: ClawbackCause, clawbacks: &[LotClawback], now: Timestamp) -> Result<Vec<Entry>> {
        let mut entries = self.expire(now)?;
        let mut moves = Moves::default();
        for LotClawback { lot: id, amount } in clawbacks {
            let mut left = *amount;
            for lot in self.lots.iter().filter(|lot| lot.id == *id) {
                moves.add(lot, take(&mut left, lot.remaining), Place::of(lot), Place::TakenBack);
            }
            for expired in self.expired.iter().filter(|expired| expired.lot == *id) {
                moves.named(id, take(&mut left, expired.amount), Place::Expired, Place::TakenBack);
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

    /// Closes the account, because it is being deleted. Access tokens that were issued before never
    /// spend again. `None` when the account is closing already.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn close(&mut self, now: Timestamp) -> Result<Option<Vec<Entry>>> {
        if self.status == BalanceStatus::Closing {
            return Ok(None);
        }
        let terms =
            AccountTerms { status: BalanceStatus::Closing, valid_from: self.valid_from.max(now), ..self.terms() };
        self.change(Entry { terms: Some(terms), ..Entry::new(EntryKind::Close, now) }, now).map(Some)
    }

    /// Reopens a closing account with the status that it had before. `None` when the account is not
    /// closing.
    ///
    /// # Errors
    /// `internal` when the entry breaks a rule of the book.
    pub fn reopen(&mut self, before: BalanceStatus, now: Timestamp) -> Result<Option<Vec<Entry>>> {
        if self.status != BalanceStatus::Closing {
            return Ok(None);
        }
        let terms = AccountTerms { status: before, ..self.terms() };
        self.change(Entry { terms: Some(terms), ..Entry::new(EntryKind::Reopen, now) }, now).map(Some)
    }

    pub(super) fn add(&mut self, lot: Lot, note: Option<Note>, now: Timestamp) -> Result<Vec<Entry>> {
        self.require_receiving(lot.source)?;
        let lot = match self.lots.iter().find(|known| known.can_merge(&lot, now) && !known.expired(now)) {
            Some(twin) => Lot { id: twin.id.clone(), effective_at: twin.effective_at, ..lot },
            None => {
                self.require_room(now)?;
                if self.open_lots(now).contains(lot.id.as_str()) {
                    return Err(Error::internal("a lot of this name is open already"));
                }
                lot
            }
        };
        let mut entries = self.expire(now)?;
        let entry = self.grant_entry(lot, note, now);
        entries.push(self.book(entry)?);
        Ok(entries)
    }

    /// Checks that the status allows a lot of this source.
    fn require_receiving(&self, source: Source) -> Result<()> {
        match self.status {
            BalanceStatus::Active => Ok(()),
            BalanceStatus::Frozen if source.paid() => Ok(()),
            BalanceStatus::Frozen | BalanceStatus::Closing => Err(Error::AccountNotActive),
        }
    }

    /// The entry of a grant. The lot covers the debt first. A frozen lot covers none, because that
    /// would spend it.
    fn grant_entry(&self, lot: Lot, note: Option<Note>, now: Timestamp) -> Entry {
        let (mut moves, mut left) = (Moves::default(), lot.remaining);
        let covered = if lot.is_frozen() { Credits::ZERO } else { self.debt };
        moves.add(&lot, take(&mut left, covered), Place::Granted, Place::Debt);
        moves.add(&lot, left, Place::Granted, Place::of(&lot));
        Entry { moves: moves.0, lot: Some(lot), note, ..Entry::new(EntryKind::Grant, now) }
    }

    /// Books the rest of the lots that have expired.
    fn expire(&mut self, now: Timestamp) -> Result<Vec<Entry>> {
        let mut moves = Moves::default();
        for lot in self.lots.iter().filter(|lot| lot.expired(now)) {
            moves.add(lot, lot.remaining, Place::of(lot), Place::Expired);
        }
        if moves.0.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![self.book(Entry { moves: moves.0, ..Entry::new(EntryKind::Expire, now) })?])
    }

    /// Books the rest of the lots that have expired, then an entry.
    pub(super) fn change(&mut self, entry: Entry, now: Timestamp) -> Result<Vec<Entry>> {
        let mut entries = self.expire(now)?;
        entries.push(self.book(entry)?);
        Ok(entries)
    }

    /// Gives an entry the next version and applies it.
    pub(super) fn book(&mut self, entry: Entry) -> Result<Entry> {
        let entry = Entry { version: self.version + 1, ..entry };
        self.apply(&entry).map_err(Error::internal)?;
        Ok(entry)
    }
}

/// The entry that ends a hold. The cost uses the parts in spending order, and the due parts last.
/// The rest of the due parts is taken back; the rest of the others goes back to its lots. A hold of
/// before a freeze settles as any other; what it gives back to a frozen lot is frozen.
fn end_entry(kind: EntryKind, hold: &Hold, cost: Credits, now: Timestamp) -> Entry {
    let (mut moves, mut cost) = (Moves::default(), cost);
    for part in &hold.parts {
        let spent = take(&mut cost, part.remaining);
        moves.add(part, spent, Place::Held, Place::Spent);
        if let Some(step) = moves.add(part, part.remaining.saturating_sub(spent), Place::Held, Place::of(part)) {
            step.until = part.release_expiry(now);
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

/// Takes `amount`, but at most what is still `missing`.
pub(super) fn take(missing: &mut Credits, amount: Credits) -> Credits {
    let taken = amount.min(*missing);
    *missing = missing.saturating_sub(taken);
    taken
}
