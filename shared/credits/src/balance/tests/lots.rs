//! The spending order of lots, their expiry, and their number.

use super::*;

#[test]
fn lots_are_spent_by_priority_then_expiry_then_given_before_paid_then_age() {
    let early = Lot { priority: 1, ..pack("first by priority") };
    let older = Lot { effective_at: at(-10), ..lot("older", 1, None) };
    let lots = vec![
        pack("paid"),
        lot("never", 1, None),
        Lot { source: Source::Welcome, ..older },
        lot("late", 1, Some(500)),
        lot("soon", 1, Some(100)),
        Lot { remaining: Credits(1), ..period("not yet", 300, 400) },
        Lot { remaining: Credits(1), ..early },
    ];
    let mut book = Book::new(lots);
    assert_eq!(book.sums(50), (505, 0, 0), "a lot that is not effective yet cannot be spent");
    assert_eq!(book.sums(100), (504, 0, 0), "a lot cannot be spent from its expiry on");
    assert_eq!(book.sums(300), (505, 0, 0));
    book.hold(1, 6, 50).unwrap();
    let wanted = [("first by priority", 1), ("soon", 1), ("late", 1), ("older", 1), ("never", 1), ("paid", 1)];
    assert_eq!(book.parts(), wanted);
    assert_eq!(book.balance.holds[0].parts[5].paid.unwrap().amount, 999, "a part must keep the price of its lot");
}

#[test]
fn an_expiry_is_an_entry_of_its_own_before_the_next_change() {
    let mut book = Book::new(vec![lot("soon", 5, Some(100)), lot("never", 5, None)]);
    assert_eq!(book.sums(100), (5, 0, 0));
    let version = book.balance.version;
    let refused = book.hold(1, 6, 100).unwrap_err();
    assert_eq!((refused.code(), book.balance.version), ("insufficient_credits", version), "a refusal books nothing");
    let entries = book.hold(1, 4, 100).unwrap();
    assert_eq!(kinds(&entries), [EntryKind::Expire, EntryKind::Hold]);
    assert_eq!((entries[0].free_delta(), entries[0].version, entries[1].version), (-5, version + 1, version + 2));
    assert_eq!(kinds(&book.release(1, 101)), [EntryKind::Release], "an expiry is booked once");
}

#[test]
fn credits_that_come_back_late_live_a_day() {
    for released in [99, 1_000] {
        let mut book = Book::new(vec![lot("soon", 9, Some(100))]);
        book.hold(1, 4, 50).unwrap();
        book.hold(2, 2, 60).unwrap();
        book.release(1, released);
        let rest = if released < 100 { 3 } else { 0 };
        assert_eq!(book.sums(released), (4 + rest, 2, 0), "{released}");
        assert_eq!(book.sums(released + DAY - 1), (4, 2, 0), "{released}: only the part that was held lives longer");
        assert_eq!(book.sums(released + DAY), (0, 2, 0), "{released}");
        book.release(2, 2_000);
        let late: Vec<_> = book.balance.lots.iter().filter(|lot| lot.late()).collect();
        assert_eq!((late.len(), late[0].remaining), (1, Credits(6)), "{released}: a lot has one late part");
    }
}

#[test]
fn repeated_holds_and_releases_do_not_keep_a_lot_alive() {
    let hour = 3_600;
    let mut book = Book::new(vec![lot("gift", 4, Some(hour))]);
    let mut now = hour - 1;
    for n in 0..200 {
        if book.hold(n, 4, now).is_err() {
            break;
        }
        now += hour / 2;
        book.release(n, now);
    }
    assert!(now > 24 * hour, "late credits live for a day more, but these ended after {now} seconds");
    assert!(now <= 50 * hour, "a lot ends two days after its expiry, but this one lived for {now} seconds");
    assert_eq!(book.balance.available(at(now)), Credits::ZERO);
}

#[test]
fn a_release_into_an_unexpired_lot_leaves_the_lot_as_it_was() {
    let mut book = Book::new(vec![lot("a", 9, Some(3 * DAY))]);
    let lots = book.balance.lots.clone();
    book.hold(1, 9, 50).unwrap();
    book.release(1, 60);
    assert_eq!(book.balance.lots, lots);
}

#[test]
fn a_full_balance_refuses_a_new_lot_and_lets_an_equal_one_join() {
    let packs = (0..limits::LOTS_MAX - 2).map(|n| pack(&n.to_string()));
    let mut book = Book::new([lot("gift", 1, None), lot("soon", 1, Some(100))].into_iter().chain(packs).collect());
    assert_eq!(book.balance.lots.len(), limits::LOTS_MAX);
    assert_eq!(book.grant(pack("p"), 1).unwrap_err().code(), "too_many_lots");
    assert_eq!(book.balance.can_take_a_lot(at(1)).unwrap_err().code(), "too_many_lots");
    assert_eq!(book.grant(lot("other", 1, Some(99)), 1).unwrap_err().code(), "too_many_lots");
    book.grant(lot("equal", 7, None), 1).unwrap();
    assert_eq!(book.balance.lots.len(), limits::LOTS_MAX, "a given lot joins its equal");
    assert!(book.balance.lots.iter().any(|lot| lot.id == "gift" && lot.remaining == Credits(8)));
    book.hold(1, 9, 2).unwrap();
    assert_eq!(book.balance.lots.len(), limits::LOTS_MAX - 2);
    assert_eq!(book.grant(pack("p"), 3).unwrap_err().code(), "too_many_lots", "pinned parts count as open");
    book.settle(1, 9, 4);
    book.grant(pack("p"), 5).unwrap();
    assert_eq!(pack("p").remaining, Credits(500));
    assert_eq!(book.grant(pack("p"), 6).unwrap_err().code(), "internal", "the id of an open lot");
}

#[test]
fn an_expired_lot_makes_room() {
    let mut book = Book::new((0..limits::LOTS_MAX).map(|n| lot(&n.to_string(), 1, Some(100 + n as i64))).collect());
    assert_eq!(book.grant(pack("p"), 99).unwrap_err().code(), "too_many_lots");
    let entries = book.grant(pack("p"), 100).unwrap();
    assert_eq!(kinds(&entries), [EntryKind::Expire, EntryKind::Grant]);
}
