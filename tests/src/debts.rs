//! Checks of lots and debts: the credits of every lot add up, and an account with a debt cannot
//! spend.

use crate::app::App;
use credits::{Balance, Entry, EntryKind, Move, Place};
use kernel::AccountId;
use std::collections::BTreeMap;

/// The credits of one lot: remaining, used, and owed.
#[derive(Debug, Default)]
struct LotTotals {
    /// Credits that are still in the balance: free, frozen, held, or held and due.
    inside: i64,
    /// Credits that were spent, covered a debt, or were taken out by a correction.
    used: i64,
    /// The debt that arose when the lot's payment was taken back.
    owed: i64,
}

impl LotTotals {
    fn add(&mut self, entry: &Entry, step: &Move) {
        let amount = i64::try_from(step.amount.0).expect("no lot is that large");
        let is_inside = |place| matches!(place, Place::Free | Place::Frozen | Place::Held | Place::Due);
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
    /// Checks three rules. A balance has as many credits of each lot as its entries left. A debt is
    /// at most what was used of the lots whose payments were taken back. An account with a debt can
    /// spend nothing, now and at any time before.
    pub(crate) fn check_debts(&self, account: AccountId, balance: &Balance, entries: &[Entry]) {
        let (mut lots, mut debt) = (BTreeMap::<&str, LotTotals>::new(), 0);
        for entry in entries {
            assert!(
                entry.kind != EntryKind::Hold || debt == 0,
                "{account} had a debt of {debt}, and credits were held: {entry:?}"
            );
            debt += entry.debt_delta();
            assert!(debt >= 0, "{account}: a debt is never negative: {entry:?}");
            for step in &entry.moves {
                lots.entry(&step.lot).or_default().add(entry, step);
            }
        }
        assert_eq!(i64::try_from(balance.debt.0), Ok(debt), "{account}: the debt must be the sum of its entries");
        let available = balance.available(self.world().now());
        assert!(
            debt == 0 || available.is_zero(),
            "{account} has a debt of {debt}, and {available} credits are available"
        );
        let pinned = balance.holds.iter().flat_map(|hold| hold.parts.iter().chain(&hold.due));
        let mut there = BTreeMap::<&str, i64>::new();
        for part in balance.lots.iter().chain(pinned) {
            *there.entry(&part.id).or_default() += i64::try_from(part.remaining.0).expect("no lot is that large");
        }
        for (id, totals) in lots {
            let there = there.get(id).copied().unwrap_or_default();
            assert_eq!(totals.inside, there, "{account}, lot {id}: the balance must have what the entries left");
            assert!(totals.owed <= totals.used, "{account}, lot {id}: only used credits can become a debt: {totals:?}");
        }
    }
}
