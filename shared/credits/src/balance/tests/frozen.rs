//! Freezes of single lots.

use super::*;
use crate::{entry::Place, lot::WAITING_WELCOME_REASON};
use serde_json::json;

fn freeze(lot: &str) -> Adjustment {
    Adjustment::FreezeLot { lot: lot.into() }
}

fn thaw(lot: &str) -> Adjustment {
    Adjustment::ThawLot { lot: lot.into() }
}

/// Credits in frozen lots.
fn frozen(book: &Book, second: i64) -> u64 {
    book.balance.frozen_credits(at(second)).0
}

fn moves(entry: &Entry) -> Vec<(&str, u64, Place, Place)> {
    entry.moves.iter().map(|step| (step.lot.as_str(), step.amount.0, step.from, step.to)).collect()
}

#[test]
fn a_frozen_lot_is_not_spent_until_it_is_thawed() {
    let mut book = Book::new(vec![lot("a", 10, Some(1_000)), lot("b", 5, None)]);
    let entries = book.adjust(freeze("a"), 1).unwrap();
    assert_eq!(moves(&entries[0]), [("a", 10, Place::Free, Place::Frozen)]);
    assert_eq!((entries[0].kind, entries[0].lot_id.as_deref()), (EntryKind::FreezeLot, Some("a")));
    assert_eq!(
        (entries[0].note.as_ref(), entries[0].free_delta(), entries[0].frozen_delta()),
        (Some(&note()), -10, 10)
    );
    assert_eq!((book.sums(1), frozen(&book, 1)), ((5, 0, 0), 10));
    let lots: Vec<_> = book.balance.valid_lots(at(1)).map(|lot| (lot.id.as_str(), lot.frozen.is_some())).collect();
    assert_eq!(lots, [("a", true), ("b", false)], "a frozen lot is still shown");
    assert_eq!(book.balance.lot_freezes()["a"], &LotFreeze { at: at(1), note: note() });

    let refused = book.hold(1, 6, 2).unwrap_err();
    assert!(matches!(refused, Error::InsufficientCredits { available: Credits(5), .. }), "{refused:?}");
    book.hold(1, 5, 2).unwrap();
    assert_eq!(book.parts(), [("b", 5)], "the first lot in spending order is left out");
    let entries = book.adjust(thaw("a"), 3).unwrap();
    assert_eq!(
        (entries[0].kind, moves(&entries[0])),
        (EntryKind::ThawLot, vec![("a", 10, Place::Frozen, Place::Free)])
    );
    assert_eq!((book.sums(3), frozen(&book, 3), book.balance.lot_freezes().len()), ((10, 5, 0), 0, 0));
    book.hold(2, 10, 4).unwrap();
}

#[test]
fn a_hold_of_before_the_freeze_settles_and_gives_back_to_the_frozen_lot() {
    let start = || {
        let mut book = Book::new(vec![lot("a", 10, None)]);
        book.hold(1, 6, 1).unwrap();
        book.adjust(freeze("a"), 2).unwrap();
        assert_eq!((book.sums(2), frozen(&book, 2)), ((0, 6, 0), 4));
        book
    };
    let mut book = start();
    let settled = book.settle(1, 4, 3);
    assert_eq!(moves(&settled[0]), [("a", 4, Place::Held, Place::Spent), ("a", 2, Place::Held, Place::Frozen)]);
    assert_eq!((book.sums(3), frozen(&book, 3)), ((0, 0, 0), 6));
    book.adjust(thaw("a"), 4).unwrap();
    assert_eq!(book.sums(4), (6, 0, 0));

    let mut book = start();
    book.release(1, 3);
    assert_eq!((book.sums(3), frozen(&book, 3)), ((0, 0, 0), 10));
    let mut book = start();
    assert_eq!(book.cancel(1, 3), Credits::ZERO);
    assert_eq!((book.sums(3), frozen(&book, 3)), ((0, 0, 0), 10));
    let mut book = start();
    book.adjust(thaw("a"), 3).unwrap();
    book.release(1, 4);
    assert_eq!((book.sums(4), frozen(&book, 4)), ((10, 0, 0), 0), "a thaw frees the held part too");
}

#[test]
fn a_lot_whose_credits_are_all_held_can_be_frozen() {
    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.hold(1, 10, 1).unwrap();
    let entries = book.adjust(freeze("a"), 2).unwrap();
    assert_eq!((entries[0].moves.len(), book.balance.lot_freezes().len()), (0, 1));
    book.release(1, 3);
    assert_eq!((book.sums(3), frozen(&book, 3)), ((0, 0, 0), 10));
}

#[test]
fn a_frozen_lot_expires_and_so_do_credits_that_come_back_late() {
    let mut book = Book::new(vec![period("a", 0, 100)]);
    book.hold(1, 30, 1).unwrap();
    book.adjust(freeze("a"), 2).unwrap();
    assert_eq!((frozen(&book, 99), frozen(&book, 100)), (70, 0), "an expired lot is no longer frozen");
    let released = book.release(1, 150);
    assert_eq!(kinds(&released), [EntryKind::Expire, EntryKind::Release]);
    assert_eq!(moves(&released[0]), [("a", 70, Place::Frozen, Place::Expired)]);
    assert_eq!((released[0].free_delta(), released[0].frozen_delta()), (0, -70));
    assert_eq!((book.sums(150), frozen(&book, 150)), ((0, 0, 0), 30), "the late part is frozen too");
    book.adjust(thaw("a"), 160).unwrap();
    assert_eq!(book.sums(160), (30, 0, 0));
    book.adjust(freeze("a"), 170).unwrap();
    assert_eq!(frozen(&book, 149 + DAY), 30);
    let gone = book.adjust(thaw("a"), 150 + DAY).unwrap_err();
    assert_eq!(gone.code(), "wrong_state", "an expired lot is not open");
    book.grant(lot("b", 1, None), 150 + DAY).unwrap();
    assert_eq!((book.sums(150 + DAY), book.balance.lot_freezes().len()), ((1, 0, 0), 0));
    assert_eq!(book.balance.expired[0].amount, Credits(100), "a clawback makes no debt of them");
}

#[test]
fn a_lot_with_a_late_part_is_frozen_whole() {
    let mut book = Book::new(vec![lot("a", 9, Some(1_000))]);
    book.hold(1, 4, 500).unwrap();
    book.release(1, 600);
    assert_eq!(book.balance.lots.len(), 2, "a regular and a late part");
    let entries = book.adjust(freeze("a"), 700).unwrap();
    let (regular, late) = (&entries[0].moves[0], &entries[0].moves[1]);
    assert_eq!((regular.amount, regular.late, late.amount, late.late), (Credits(5), false, Credits(4), true));
    assert_eq!((book.sums(700), frozen(&book, 700), frozen(&book, 1_000)), ((0, 0, 0), 9, 4));
    book.adjust(thaw("a"), 701).unwrap();
    assert_eq!(book.sums(701), (9, 0, 0));
}

#[test]
fn clawbacks_and_corrections_take_frozen_credits() {
    let mut book = Book::new(vec![pack("p")]);
    book.hold(1, 100, 1).unwrap();
    book.adjust(freeze("p"), 2).unwrap();
    let entries = book.claw_back("p", 450, 3);
    let wanted = [("p", 400, Place::Frozen, Place::TakenBack), ("p", 50, Place::Held, Place::Due)];
    assert_eq!(moves(&entries[0]), wanted);
    assert_eq!((book.sums(3), frozen(&book, 3)), ((0, 100, 0), 0), "a freeze makes no debt");
    book.release(1, 4);
    assert_eq!((book.sums(4), frozen(&book, 4)), ((0, 0, 0), 50), "what was not clawed back is frozen");
    book.claw_back("p", 50, 5);
    assert_eq!((book.sums(5), frozen(&book, 5), book.balance.lots.len()), ((0, 0, 0), 0, 0));

    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.adjust(freeze("a"), 1).unwrap();
    book.adjust(Adjustment::Correction { lot: "a".into(), credits: Credits(7) }, 2).unwrap();
    assert_eq!((book.sums(2), frozen(&book, 2)), ((0, 0, 0), 3));
}

#[test]
fn a_new_lot_never_joins_a_frozen_one() {
    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.adjust(freeze("a"), 1).unwrap();
    book.grant(lot("b", 5, None), 2).unwrap();
    book.grant(lot("c", 3, None), 3).unwrap();
    let lots: Vec<_> = book.balance.lots.iter().map(|lot| (lot.id.as_str(), lot.remaining.0)).collect();
    assert_eq!(lots, [("a", 10), ("b", 8)], "equal lots that are not frozen still join");
    assert_eq!((book.sums(3), frozen(&book, 3)), ((8, 0, 0), 10));
    let waiting = Lot { frozen: Some(LotFreeze { at: at(4), note: note() }), ..lot("d", 2, None) };
    book.grant(waiting, 4).unwrap();
    assert_eq!((book.balance.lots.len(), book.sums(4), frozen(&book, 4)), (3, (8, 0, 0), 12));
}

#[test]
fn a_welcome_lot_can_wait_from_its_grant_on() {
    let waiting = Lot::waiting_welcome(at(0)).unwrap();
    assert_eq!(waiting.frozen.as_ref().map(|freeze| freeze.note.reason()), Some(WAITING_WELCOME_REASON));
    let (balance, first) = Balance::opened_with(waiting, at(0)).unwrap();
    assert_eq!((first.free_delta(), first.frozen_delta(), first.source()), (0, 50, Some(Source::Welcome)));
    let mut book = Book { balance, entries: vec![first] };
    assert_eq!((book.sums(0), frozen(&book, 0)), ((0, 0, 0), 50));
    assert_eq!(book.hold(1, 1, 1).unwrap_err().code(), "insufficient_credits");
    book.adjust(thaw("welcome"), 2).unwrap();
    assert_eq!((book.sums(2), frozen(&book, 2)), ((50, 0, 0), 0));
    book.hold(1, 50, 3).unwrap();
}

#[test]
fn a_frozen_lot_covers_no_debt() {
    let mut book = Book::new(vec![pack("p")]);
    book.hold(1, 500, 1).unwrap();
    book.settle(1, 500, 2);
    book.claw_back("p", 30, 3);
    let waiting = Lot { frozen: Some(LotFreeze { at: at(4), note: note() }), ..lot("a", 40, None) };
    book.grant(waiting, 4).unwrap();
    assert_eq!((book.sums(4), frozen(&book, 4)), ((0, 0, 30), 40));
    book.adjust(thaw("a"), 5).unwrap();
    assert_eq!(book.sums(5), (0, 0, 30), "a debt blocks open lots and takes none of them");
}

#[test]
fn a_switch_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut book = Book::new(vec![lot("a", 10, Some(100)), pack("p")]);
    book.adjust(freeze("p"), 1).unwrap();
    let before = book.balance.clone();
    for (adjustment, second, wanted) in [
        (freeze("b"), 2, "no open lot"),
        (thaw("b"), 2, "no open lot"),
        (freeze("a"), 100, "no open lot"),
        (freeze("p"), 2, "frozen already"),
        (thaw("a"), 2, "is not frozen"),
    ] {
        let refused = book.adjust(adjustment.clone(), second).unwrap_err();
        assert_eq!(refused.code(), "wrong_state", "{adjustment:?}");
        assert!(refused.to_string().contains(wanted), "{adjustment:?}: {refused}");
    }
    assert_eq!(book.balance, before);
}

#[test]
fn only_so_many_lots_are_frozen_at_once() {
    let mut book = Book::new((0..=limits::FROZEN_LOTS_MAX).map(|n| pack(&n.to_string())).collect());
    (0..limits::FROZEN_LOTS_MAX).for_each(|n| drop(book.adjust(freeze(&n.to_string()), 1).unwrap()));
    let last = limits::FROZEN_LOTS_MAX.to_string();
    let refused = book.adjust(freeze(&last), 2).unwrap_err().to_string();
    assert!(refused.contains(&format!("{} frozen lots", limits::FROZEN_LOTS_MAX)), "{refused}");
    book.adjust(thaw("0"), 3).unwrap();
    book.adjust(freeze(&last), 4).unwrap();
}

#[test]
fn the_freeze_of_a_lot_is_independent_of_the_status_of_the_account() {
    let mut book = Book::new(vec![lot("a", 10, None), pack("p")]);
    book.adjust(Adjustment::Freeze, 1).unwrap();
    book.adjust(freeze("a"), 2).unwrap();
    book.adjust(Adjustment::Thaw, 3).unwrap();
    assert_eq!((book.sums(3), frozen(&book, 3)), ((500, 0, 0), 10));
    let close = book.balance.close(at(4)).unwrap().unwrap();
    book.keep(close);
    book.adjust(freeze("p"), 5).unwrap();
    let reopen = book.balance.reopen(BalanceStatus::Active, at(6)).unwrap().unwrap();
    book.keep(reopen);
    assert_eq!((book.sums(6), frozen(&book, 6)), ((0, 0, 0), 510));
}

#[test]
fn the_fold_refuses_an_entry_that_spends_a_frozen_lot_or_freezes_a_part() {
    let mut book = Book::new(vec![lot("a", 9, Some(1_000))]);
    book.hold(1, 4, 500).unwrap();
    book.release(1, 600);
    book.hold(2, 1, 650).unwrap();
    book.adjust(freeze("a"), 700).unwrap();
    let Book { balance, entries } = book;
    let before = Balance::fold(&entries[..entries.len() - 1]).unwrap().unwrap();
    let frozen = entries.last().unwrap();
    let problem = |balance: &Balance, entry: Entry| balance.clone().apply(&entry).unwrap_err().problem;

    let mut half = frozen.clone();
    half.moves.pop();
    assert_eq!(problem(&before, half), "freezes or thaws only a part of a lot");
    let mut to_free = frozen.clone();
    to_free.moves[0].to = Place::Free;
    assert!(problem(&before, to_free).starts_with("moves credits"));
    let nameless = Entry { lot_id: None, ..frozen.clone() };
    assert_eq!(problem(&before, nameless), "freezes or thaws no lot");
    assert_eq!(problem(&before, Entry { note: None, ..frozen.clone() }), "freezes a lot without a note");
    let elsewhere = Entry { lot_id: Some("b".into()), moves: vec![], ..frozen.clone() };
    assert_eq!(problem(&before, elsewhere), "freezes or thaws a lot that is not there");

    let held = before.clone().hold(generation(3), Credits(1), MicroDollars::ZERO, at(900), at(800)).unwrap();
    let spends = Entry { version: balance.version + 1, ..held[0].clone() };
    assert!(problem(&balance, spends).starts_with("moves credits"), "a frozen lot has no free credits");
    let mut released = balance.clone().release(generation(2), None, at(800)).unwrap().unwrap();
    assert_eq!(released[0].moves[0].to, Place::Frozen);
    released[0].moves[0].to = Place::Free;
    assert!(problem(&balance, released[0].clone()).starts_with("moves credits"));

    let forgotten = Balance { lots: before.lots.clone(), version: balance.version, ..balance.clone() };
    let Err(ProofError::Differs { parts }) = forgotten.prove(&entries) else { panic!("it must differ") };
    assert!(parts.iter().any(|part| part.name == "lots"), "{parts:?}");
    let mut other = balance.clone();
    other.lots[0].frozen = None;
    other.lots[1].frozen = None;
    other.holds[0].parts[0].frozen = None;
    let Err(ProofError::Differs { parts }) = other.prove(&entries) else { panic!("it must differ") };
    let frozen = parts.iter().find(|part| part.name == "frozen lots").unwrap();
    assert_eq!((frozen.balance.as_str(), frozen.entries.as_str()), ("none", "1, by support"));
}

#[test]
fn the_stored_form_of_a_freeze_stays() {
    let ms = 1_800_000_000_000_i64;
    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.adjust(freeze("a"), 1).unwrap();
    let note = json!({ "actor": "support", "reason": "The video was all green." });
    let wanted = json!({
        "version": 3, "at": ms + 1_000, "kind": "freeze_lot", "lot_id": "a", "note": note,
        "moves": [{ "lot": "a", "amount": 10, "from": "free", "to": "frozen" }],
    });
    assert_eq!(serde_json::to_value(&book.entries[2]).unwrap(), wanted);
    let stored = serde_json::to_value(&book.balance).unwrap();
    assert_eq!(stored["lots"][0]["frozen"], json!({ "at": ms + 1_000, "note": note }));
    let thawed = serde_json::to_value(&book.adjust(thaw("a"), 2).unwrap()[0]).unwrap();
    assert_eq!((&thawed["kind"], &thawed["moves"][0]["from"]), (&json!("thaw_lot"), &json!("frozen")));
    let before = json!({ "id": "a", "source": "promotion", "remaining": 10, "priority": 100, "effective_at": ms });
    assert_eq!(serde_json::from_value::<Lot>(before.clone()).unwrap(), lot("a", 10, None), "a lot of before");
    assert_eq!(serde_json::to_value(&book.balance.lots[0]).unwrap(), before, "a thawed lot leaves no trace");
}
