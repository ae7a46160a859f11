//! Faults in settling, on purpose: see [`kernel::planted`].

use crate::{
    balance::Balance,
    entry::{Entry, EntryKind, Moves, Place},
    lot::Lot,
};
use kernel::{
    Credits, Result,
    planted::{Planted, planted},
};

/// Whether the fold accepts the end of a hold that does not exist.
pub(super) fn is_here() -> bool {
    planted(Planted::SettleTwice) || planted(Planted::ReleaseAfterSettle)
}

impl Balance {
    /// A settlement that takes one credit more than was held.
    pub(super) fn settle_above_hold(&self, mut entry: Entry) -> Entry {
        if let Some(lot) = self.first_free().filter(|_| planted(Planted::SettleAboveHold)) {
            let mut moves = Moves(std::mem::take(&mut entry.moves));
            moves.add(lot, Credits(1), Place::Free, Place::Spent);
            entry.moves = moves.0;
        }
        entry
    }

    /// The first lot that is not frozen.
    fn first_free(&self) -> Option<&Lot> {
        self.lots.iter().find(|lot| !lot.is_frozen())
    }

    /// A settlement, and a second end of the same hold.
    pub(super) fn end_twice(&mut self, mut entries: Vec<Entry>) -> Result<Vec<Entry>> {
        let Some((settled, lot)) = entries.last().cloned().zip(self.first_free().cloned()).filter(|_| is_here()) else {
            return Ok(entries);
        };
        let (mut moves, twice) = (Moves::default(), planted(Planted::SettleTwice));
        let (kind, from, to) = match twice {
            true => (EntryKind::Settle, Place::Free, Place::Spent),
            false => (EntryKind::Release, Place::Granted, Place::Free),
        };
        moves.add(&lot, Credits(1), from, to);
        let again = Entry { kind, moves: moves.0, lot: (!twice).then_some(lot), ..settled };
        entries.push(self.book(again)?);
        Ok(entries)
    }
}
