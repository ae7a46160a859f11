//! Adjustments: the changes that an operator makes, or a rule such as that of an outage.

use crate::{
    balance::{Balance, rules::take},
    entry::{Entry, EntryKind, Moves, Place},
    lot::{Lot, Source},
    terms::{AccountTerms, BalanceStatus},
};
use kernel::{Credits, Error, Note, Result, Timestamp, limits};

/// A change by an operator, or by a rule such as that of an outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adjustment {
    /// Grants credits that make good for a failure of ours.
    Compensation {
        /// The id of the new lot.
        lot: String,
        /// The credits to grant.
        credits: Credits,
        /// Their expiry; `None` is never.
        expires_at: Option<Timestamp>,
    },
    /// Grants credits that promote the service.
    Promotion {
        /// The id of the new lot.
        lot: String,
        /// The credits to grant.
        credits: Credits,
        /// Their expiry; `None` is never.
        expires_at: Option<Timestamp>,
    },
    /// Takes credits that were granted by mistake out of their lot, and out of no other.
    Correction {
        /// The id of the lot.
        lot: String,
        /// The credits to take.
        credits: Credits,
    },
    /// Freezes an active account. Generations under way go on.
    Freeze,
    /// Makes a frozen account active again.
    Thaw,
    /// Makes access tokens of before spend nothing, because an operator ends all sessions.
    EndSessions,
    /// Freezes an open lot. Its credits cannot be spent until the lot is thawed. Generations under
    /// way that hold some of them go on.
    FreezeLot {
        /// The id of the lot.
        lot: String,
    },
    /// Makes a frozen lot spendable again.
    ThawLot {
        /// The id of the lot.
        lot: String,
    },
}

impl Balance {
    /// Makes an adjustment.
    ///
    /// - Compensation and promotion follow the rules of [`Self::grant`].
    /// - A correction takes free or frozen credits of its lot, in every status of the account, and
    ///   never makes debt. A freeze does not stop it, because the credits were granted by mistake.
    /// - A lot can be frozen and thawed in every status of the account. So the freeze of a lot
    ///   outlasts the thaw of the account and a canceled deletion.
    /// - The end of sessions is possible in every status of the account.
    /// - A frozen lot expires as any other, and stays in the number of open lots.
    ///
    /// # Errors
    /// The errors of [`Self::grant`] for compensation and promotion. `wrong_state` when the lot of
    /// a correction has too few credits, when an account to freeze is not active, when an account to
    /// thaw is not frozen, when a lot to freeze is frozen already or when
    /// [`limits::FROZEN_LOTS_MAX`] lots are, when a lot to thaw is not frozen, and when the lot of
    /// either is not open.
    pub fn adjust(&mut self, adjustment: Adjustment, note: Note, now: Timestamp) -> Result<Vec<Entry>> {
        match adjustment {
            Adjustment::Compensation { lot, credits, expires_at } => {
                self.add(Lot::given(lot, Source::Compensation, credits, expires_at, now), Some(note), now)
            }
            Adjustment::Promotion { lot, credits, expires_at } => {
                self.add(Lot::given(lot, Source::Promotion, credits, expires_at, now), Some(note), now)
            }
            Adjustment::Correction { lot, credits } => self.correct(&lot, credits, note, now),
            Adjustment::Freeze => {
                self.set_status(EntryKind::Freeze, [BalanceStatus::Active, BalanceStatus::Frozen], note, now)
            }
            Adjustment::Thaw => {
                self.set_status(EntryKind::Thaw, [BalanceStatus::Frozen, BalanceStatus::Active], note, now)
            }
            Adjustment::EndSessions => {
                let terms = AccountTerms { valid_from: self.valid_from.max(now), ..self.terms() };
                let entry = Entry::new(EntryKind::EndSessions, now);
                self.change(Entry { terms: Some(terms), note: Some(note), ..entry }, now)
            }
            Adjustment::FreezeLot { lot } => {
                self.require_open(&lot, now)?;
                let frozen = self.lot_freezes();
                if frozen.contains_key(lot.as_str()) {
                    return Err(Error::WrongState {
                        detail: "The lot is frozen already, for another reason. Thaw it first.",
                    });
                }
                if frozen.len() >= limits::FROZEN_LOTS_MAX {
                    return Err(Error::WrongState { detail: "The account has 20 frozen lots. Freeze the account." });
                }
                self.switch_lot(EntryKind::FreezeLot, [Place::Free, Place::Frozen], lot, note, now)
            }
            Adjustment::ThawLot { lot } => {
                self.require_open(&lot, now)?;
                if !self.lot_freezes().contains_key(lot.as_str()) {
                    return Err(Error::WrongState { detail: "The lot is not frozen." });
                }
                self.switch_lot(EntryKind::ThawLot, [Place::Frozen, Place::Free], lot, note, now)
            }
        }
    }

    fn correct(&mut self, id: &str, credits: Credits, note: Note, now: Timestamp) -> Result<Vec<Entry>> {
        let (mut moves, mut missing) = (Moves::default(), credits);
        for lot in self.lots.iter().filter(|lot| lot.id == id && !lot.expired(now)) {
            moves.add(lot, take(&mut missing, lot.remaining), Place::of(lot), Place::TakenBack);
        }
        if !missing.is_zero() || moves.0.is_empty() {
            return Err(Error::WrongState { detail: "That lot has not so much left." });
        }
        let entry = Entry { moves: moves.0, note: Some(note), ..Entry::new(EntryKind::Correction, now) };
        self.change(entry, now)
    }

    fn set_status(
        &mut self,
        kind: EntryKind,
        [from, to]: [BalanceStatus; 2],
        note: Note,
        now: Timestamp,
    ) -> Result<Vec<Entry>> {
        if self.status != from {
            return Err(Error::WrongState { detail: "The account is in another state." });
        }
        let terms = AccountTerms { status: to, ..self.terms() };
        self.change(Entry { terms: Some(terms), note: Some(note), ..Entry::new(kind, now) }, now)
    }

    fn require_open(&self, lot: &str, now: Timestamp) -> Result<()> {
        match self.open_lots(now).contains(lot) {
            true => Ok(()),
            false => Err(Error::WrongState { detail: "The account has no open lot with this id." }),
        }
    }

    /// Freezes or thaws a lot. The parts that holds pin make no move: the fold marks them, so that
    /// their release knows where they belong.
    fn switch_lot(
        &mut self,
        kind: EntryKind,
        [from, to]: [Place; 2],
        id: String,
        note: Note,
        now: Timestamp,
    ) -> Result<Vec<Entry>> {
        let mut moves = Moves::default();
        for lot in self.lots.iter().filter(|lot| lot.id == id && !lot.expired(now)) {
            moves.add(lot, lot.remaining, from, to);
        }
        self.change(Entry { moves: moves.0, lot_id: Some(id), note: Some(note), ..Entry::new(kind, now) }, now)
    }
}
