//! Checks of frozen accounts and lots, computed a second time from the entries alone.

use credits::{Balance, BalanceStatus, Entry, EntryKind, Lot, Place};
use kernel::AccountId;
use std::collections::BTreeSet;

/// Checks that an account that is not active holds and is given nothing. A frozen one still gets what
/// it has paid for, and one that is being deleted gets nothing at all.
pub(crate) fn check_status(account: AccountId, balance: &Balance, entries: &[Entry]) {
    let mut status = BalanceStatus::Active;
    for entry in entries {
        status = entry.terms.map_or(status, |terms| terms.status);
        let may = match (entry.kind, status) {
            (EntryKind::Hold, status) => status == BalanceStatus::Active,
            (EntryKind::Grant, BalanceStatus::Frozen) => entry.source().is_some_and(credits::Source::paid),
            (EntryKind::Grant, BalanceStatus::Closing) => false,
            _ => true,
        };
        assert!(may, "{account}: the account is {status}: {entry:?}");
    }
    assert_eq!(balance.status, status, "{account}: the status must be as the entries left it");
}

/// Checks three rules. No entry spends from a lot that is frozen at its version: a hold takes
/// nothing of it, and it covers no debt. Credits that come back to a frozen lot are frozen. The
/// balance has the marks that its entries left, on each part of a lot.
pub(crate) fn check_frozen(account: AccountId, balance: &Balance, entries: &[Entry]) {
    let mut frozen = BTreeSet::<&str>::new();
    for entry in entries {
        for step in &entry.moves {
            let is_frozen = frozen.contains(step.lot.as_str());
            assert!(
                entry.kind != EntryKind::Hold || !is_frozen,
                "{account}: credits of the frozen lot {} were held: {entry:?}",
                step.lot
            );
            let comes_back = matches!(entry.kind, EntryKind::Settle | EntryKind::Release)
                && step.from == Place::Held
                && step.to == Place::Free;
            assert!(!comes_back || !is_frozen, "{account}: credits of a frozen lot came back free: {entry:?}");
        }
        switch(account, entry, &mut frozen);
    }
    let pinned = balance.holds.iter().flat_map(|hold| hold.parts.iter().chain(&hold.due));
    for part in balance.lots.iter().chain(pinned) {
        let wanted = frozen.contains(part.id.as_str());
        assert_eq!(part.frozen.is_some(), wanted, "{account}: the lot must be as its entries left it: {part:?}");
    }
}

/// Adds a lot that the entry froze, or removes one that it thawed.
fn switch<'a>(account: AccountId, entry: &'a Entry, frozen: &mut BTreeSet<&'a str>) {
    let id = entry.lot_id.as_deref();
    match (entry.kind, &entry.lot) {
        (EntryKind::Grant, Some(Lot { id, frozen: freeze, .. })) => {
            assert!(!frozen.contains(id.as_str()), "{account}: a grant joined a frozen lot: {entry:?}");
            if freeze.is_some() {
                let covers = entry.moves.iter().any(|step| step.to == Place::Debt);
                assert!(!covers, "{account}: a frozen lot covered a debt: {entry:?}");
                frozen.insert(id);
            }
        }
        (EntryKind::FreezeLot, _) => {
            let is_new = frozen.insert(id.expect("a freeze names its lot"));
            assert!(is_new, "{account}: a lot was frozen twice: {entry:?}");
        }
        (EntryKind::ThawLot, _) => {
            let was_frozen = frozen.remove(id.expect("a thaw names its lot"));
            assert!(was_frozen, "{account}: a lot was thawed that was not frozen: {entry:?}");
        }
        _ => {}
    }
}
