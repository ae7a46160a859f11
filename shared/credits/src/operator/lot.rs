//! The freezes and thaws of single lots by operators.

use crate::{
    balance::{Balance, adjustment::Adjustment},
    entry::{Entry, EntryKind},
    operator::OperatorOutcome,
    store::CreditStore,
};
use kernel::{AccountId, Ids, Note, Result, Timestamp};

/// A freeze or a thaw of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotSwitch {
    /// The credits of the lot cannot be spent.
    Freeze,
    /// The credits of a frozen lot can be spent again.
    Thaw,
}

impl LotSwitch {
    /// The adjustment of this lot.
    #[must_use]
    pub fn adjustment(self, lot: &str) -> Adjustment {
        let lot = lot.to_owned();
        match self {
            Self::Freeze => Adjustment::FreezeLot { lot },
            Self::Thaw => Adjustment::ThawLot { lot },
        }
    }

    /// Whether the last freeze or thaw of the lot was this one.
    fn was_made(self, lot: &str, balance: &Balance, entries: &[Entry], note: &Note) -> bool {
        match (self, balance.lot_freezes().get(lot)) {
            (Self::Freeze, Some(freeze)) => freeze.note == *note,
            (Self::Freeze, None) | (Self::Thaw, Some(_)) => false,
            (Self::Thaw, None) => {
                let last = entries.iter().find(|entry| entry.lot_id.as_deref() == Some(lot));
                last.is_some_and(|last| last.kind == EntryKind::ThawLot && last.note.as_ref() == Some(note))
            }
        }
    }
}

impl CreditStore {
    /// Freezes or thaws one lot. Two requests. The same change again changes nothing.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` when the lot is not open, when a lot to freeze is frozen already for
    /// another reason, when the account has as many frozen lots as it may have, or when a lot to thaw
    /// is not frozen; `unavailable`.
    pub async fn switch_lot(
        &self,
        account: AccountId,
        lot: &str,
        switch: LotSwitch,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<OperatorOutcome> {
        let was_made = |balance: &Balance, entries: &[Entry]| switch.was_made(lot, balance, entries, note);
        self.switch(account, switch.adjustment(lot), was_made, note, ids, now).await
    }
}
