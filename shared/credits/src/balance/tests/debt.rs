//! Clawbacks, debt and adjustments.

use super::*;

#[test]
fn a_grant_covers_the_debt_first() {
    let mut book = Book::new(vec![pack("p")]);
    book.hold(1, 300, 1).unwrap();
    book.settle(1, 300, 2);
    let clawback = &book.claw_back("p", 500, 3)[0];
    assert_eq!(
        (clawback.free_delta(), clawback.debt_delta(), clawback.cause),
        (-200, 300, Some(ClawbackCause::Refund))
    );
    assert_eq!(book.sums(3), (0, 0, 300));
    let entries = book.grant(lot("a", 100, None), 4).unwrap();
    assert_eq!((entries[0].free_delta(), entries[0].debt_delta()), (0, -100));
    assert_eq!((book.sums(4), book.balance.lots.len()), ((0, 0, 200), 0));
    assert_eq!(book.hold(2, 1, 5).unwrap_err().code(), "insufficient_credits", "a debt blocks spending");
    book.grant(pack("q"), 6).unwrap();
    assert_eq!(book.sums(6), (300, 0, 0));
    book.claw_back("q", 500, 7);
    assert_eq!(book.sums(7), (0, 0, 200), "credits that covered a debt are spent");
}

#[test]
fn a_debt_blocks_other_lots_and_takes_none_of_them() {
    let mut book = Book::new(vec![pack("p")]);
    book.hold(1, 500, 1).unwrap();
    book.settle(1, 500, 2);
    book.grant(lot("gift", 40, None), 3).unwrap();
    book.claw_back("p", 30, 4);
    assert_eq!(book.sums(4), (0, 0, 30));
    assert_eq!(book.balance.lots[0].remaining, Credits(40), "a clawback takes from its own lot alone");
    book.grant(lot("made good", 30, Some(DAY)), 5).unwrap();
    assert_eq!(book.sums(5), (40, 0, 0));
}

#[test]
fn a_clawback_takes_held_credits_when_their_hold_ends() {
    // 480 free, 10 held, 10 held for another one.
    let start = || {
        let mut book = Book::new(vec![pack("p")]);
        book.hold(1, 10, 1).unwrap();
        book.hold(2, 10, 1).unwrap();
        book.claw_back("p", 495, 2);
        assert_eq!(book.sums(2), (0, 20, 0), "held credits stay until their hold ends");
        book
    };
    let mut book = start();
    book.release(1, 3);
    assert_eq!(book.sums(3), (0, 10, 0), "released: taken back");
    book.release(2, 3);
    assert_eq!(book.sums(3), (5, 0, 0), "released: five were not clawed back");
    let mut book = start();
    book.settle(1, 10, 3);
    assert_eq!(book.sums(3), (0, 10, 10), "settled: becomes debt");
    book.settle(2, 5, 3);
    assert_eq!(book.sums(3), (0, 0, 10), "the cost uses due parts last");
}

#[test]
fn credits_that_expired_unspent_are_no_debt() {
    let mut book = Book::new(vec![period("p", 0, 100), pack("other")]);
    book.hold(1, 30, 1).unwrap();
    book.settle(1, 30, 2);
    book.grant(lot("gift", 1, None), 200).unwrap();
    assert_eq!((book.balance.expired[0].lot.as_str(), book.balance.expired[0].amount), ("p", Credits(70)));
    book.claw_back("p", 60, 201);
    assert_eq!(book.sums(201), (501, 0, 0));
    book.claw_back("p", 40, 202);
    assert_eq!((book.sums(202), book.balance.expired.len()), ((0, 0, 30), 0));
}

#[test]
fn only_the_newest_expired_lots_are_remembered() {
    let mut book = Book::new(vec![]);
    for n in 0..30 {
        book.grant(period(&n.to_string(), n * 10, n * 10 + 5), n * 10).unwrap();
    }
    book.grant(lot("gift", 1, None), 1_000).unwrap();
    let first = book.balance.expired.first().map(|expired| expired.lot.clone());
    assert_eq!((book.balance.expired.len(), first.as_deref()), (24, Some("6")));
}

#[test]
fn an_adjustment_has_its_note() {
    let mut book = Book::new(vec![pack("p")]);
    let give = |lot: &str| Adjustment::Compensation { lot: lot.into(), credits: Credits(20), expires_at: None };
    let entries = book.adjust(give("c1"), 1).unwrap();
    assert_eq!((entries[0].kind, entries[0].source()), (EntryKind::Grant, Some(Source::Compensation)));
    assert_eq!(entries[0].note, Some(note()));
    let promotion = Adjustment::Promotion { lot: "spring".into(), credits: Credits(5), expires_at: Some(at(DAY)) };
    assert_eq!(book.adjust(promotion, 2).unwrap()[0].source(), Some(Source::Promotion));
    let correct = |credits| Adjustment::Correction { lot: "c1".into(), credits: Credits(credits) };
    let before = book.balance.clone();
    for too_much in [0, 21, 600] {
        assert_eq!(book.adjust(correct(too_much), 3).unwrap_err().code(), "wrong_state");
    }
    assert_eq!(book.balance, before, "a refused correction must change nothing");
    let entries = book.adjust(correct(15), 3).unwrap();
    assert_eq!((entries[0].kind, entries[0].free_delta()), (EntryKind::Correction, -15));
    assert_eq!(book.sums(3), (510, 0, 0), "a correction takes from its own lot alone");
}
