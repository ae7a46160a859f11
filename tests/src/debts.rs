//! Where the credits of every lot went, and that nobody spends who owes.

use crate::app::App;
use credits::{Balance, Entry, EntryKind, Move, Place};
use kernel::AccountId;
use std::collections::BTreeMap;

/// What became of one lot, in credits.
#[derive(Debug, Default)]
struct Fate {
    /// Granted, and not gone: free, held, or held and due.
    inside: i64,
    /// Spent, used to cover a debt, or taken out by hand.
    used: i64,
    /// The debt that it made when its payment was taken back.
    owed: i64,
}

impl Fate {
    fn follow(&mut self, entry: &Entry, step: &Move) {
        let amount = i64::try_from(step.amount.0).expect("no lot is that large");
        let is_inside = |place| matches!(place, Place::Free | Place::Held | Place::Due);
        self.inside += (i64::from(is_inside(step.to)) - i64::from(is_inside(step.from))) * amount;
        let is_used = match step.to {
            Place::Spent => true,
            Place::Debt => step.from == Place::Granted,
            Place::TakenBack => entry.kind == EntryKind::Correction,
            _ => false,
        };
        self.used += i64::from(is_used) * amount;
        self.owed += i64::from(step.from == Place::Debt) * amount;
    }
}

impl App {
    /// What is in a balance of each lot is what its entries left there; a debt is no more than
    /// was used of the lots whose payments were taken back; and who owes can spend nothing, and
    /// never could.
    pub(crate) fn check_debts(&self, account: AccountId, balance: &Balance, entries: &[Entry]) {
        let (mut lots, mut debt) = (BTreeMap::<&str, Fate>::new(), 0);
        for entry in entries {
            assert!(
                entry.kind != EntryKind::Hold || debt == 0,
                "{account} owed {debt} and held all the same: {entry:?}"
            );
            debt += entry.debt_delta();
            assert!(debt >= 0, "{account}: nobody owes less than nothing: {entry:?}");
            for step in &entry.moves {
                lots.entry(&step.lot).or_default().follow(entry, step);
            }
        }
        assert_eq!(i64::try_from(balance.debt.0), Ok(debt), "{account}: the debt is what its entries made");
        let available = balance.available(self.world().now());
        assert!(debt == 0 || available.is_zero(), "{account} owes {debt} and could spend {available}");
        let pinned = balance.holds.iter().flat_map(|hold| hold.parts.iter().chain(&hold.due));
        let mut there = BTreeMap::<&str, i64>::new();
        for part in balance.lots.iter().chain(pinned) {
            *there.entry(&part.id).or_default() += i64::try_from(part.remaining.0).expect("no lot is that large");
        }
        for (id, fate) in lots {
            let there = there.get(id).copied().unwrap_or_default();
            assert_eq!(fate.inside, there, "{account}, lot {id}: the balance has what the entries left");
            assert!(fate.owed <= fate.used, "{account}, lot {id}: only what was used can be owed: {fate:?}");
        }
    }
}
