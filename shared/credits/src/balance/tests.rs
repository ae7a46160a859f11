use super::*;
use crate::{Currency, Money, Source};
use proptest::prelude::*;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn generation(n: u128) -> GenerationId {
    GenerationId::new(Uuid::from_u128(n))
}

fn lot(id: &str, amount: u64, expires: Option<i64>) -> Lot {
    Lot {
        id: id.into(),
        source: Source::Welcome,
        remaining: Credits(amount),
        priority: 100,
        effective_at: at(0),
        expires_at: expires.map(at),
        paid: None,
    }
}

fn balance(lots: Vec<Lot>) -> Balance {
    Balance { lots, ..Balance::born(lot("welcome", 0, None), at(0)).0 }
}

#[test]
fn a_new_account_has_its_welcome_credits_in_one_entry() {
    let (balance, entry) = Balance::born(Lot::welcome(at(0)), at(0));
    assert_eq!((balance.version, balance.available(at(0)), balance.held()), (1, Credits(50), Credits(0)));
    assert_eq!((entry.version, entry.free_change, entry.kind), (1, 50, Kind::Grant));
}

#[test]
fn a_hold_is_settled_at_most_once_and_never_above() {
    let mut balance = balance(vec![lot("a", 10, None)]);
    assert!(balance.hold(generation(1), Credits(6), at(9), at(1)).is_ok());
    assert_eq!((balance.available(at(1)), balance.held()), (Credits(4), Credits(6)));
    assert!(balance.settle(generation(1), Credits(7), at(2)).is_none(), "more than the hold must not be settled");
    let entry = balance.settle(generation(1), Credits(4), at(2)).unwrap();
    assert_eq!((entry.free_change, entry.held_change), (2, -6));
    assert_eq!((balance.available(at(2)), balance.held()), (Credits(6), Credits(0)));
    assert!(balance.settle(generation(1), Credits(4), at(3)).is_none(), "a second settlement must find nothing");
    assert!(balance.release(generation(1), at(3)).is_none(), "a release after a settlement must find nothing");
    assert_eq!((balance.usage.generations, balance.usage.credits), (1, Credits(4)));
}

#[test]
fn credits_are_judged_before_the_parallel_limit() {
    let mut balance = balance(vec![lot("a", 4, None)]);
    balance.parallel_limit = 1;
    assert!(balance.hold(generation(1), Credits(4), at(9), at(1)).is_ok());
    let error = balance.hold(generation(2), Credits(4), at(9), at(1)).unwrap_err();
    assert_eq!(error.code(), "insufficient_credits");
    balance.lots.push(lot("b", 4, None));
    let error = balance.hold(generation(2), Credits(4), at(9), at(1)).unwrap_err();
    assert_eq!(error.code(), "too_many_generations");
}

#[test]
fn an_account_that_is_not_active_spends_nothing() {
    for status in [Status::Frozen, Status::Closing] {
        let mut balance = Balance { status, ..balance(vec![lot("a", 10, None)]) };
        let before = balance.clone();
        assert_eq!(balance.hold(generation(1), Credits(4), at(9), at(1)).unwrap_err().code(), "account_not_active");
        assert_eq!(balance, before, "a refused hold must change nothing");
    }
}

fn pack(id: &str) -> Lot {
    Lot::pack(id, Credits(500), Money { amount: 999, currency: Currency::Eur }, at(0))
}

#[test]
fn a_pack_is_spent_after_what_was_given_and_a_part_of_it_knows_what_was_paid() {
    let mut balance = balance(vec![]);
    let entry = balance.grant(pack("p"), at(1)).unwrap();
    assert_eq!((entry.kind, entry.free_change, entry.held_change), (Kind::Grant, 500, 0));
    assert_eq!((entry.source, entry.version), (Some(Source::Pack), balance.version));
    balance.lots.push(Lot { effective_at: at(2), ..lot("gift", 10, None) });
    assert!(balance.hold(generation(1), Credits(12), at(9), at(3)).is_ok());
    let spent: Vec<_> = balance.holds[0].parts.iter().map(|part| (part.id.as_str(), part.remaining.0)).collect();
    assert_eq!(spent, [("gift", 10), ("p", 2)]);
    assert_eq!(balance.holds[0].parts[1].paid.unwrap().amount, 999);
}

#[test]
fn a_balance_that_is_not_active_or_is_full_takes_no_lot() {
    for status in [Status::Frozen, Status::Closing] {
        let mut balance = Balance { status, ..balance(vec![]) };
        let before = balance.clone();
        assert_eq!(balance.grant(pack("p"), at(1)).unwrap_err().code(), "account_not_active");
        assert_eq!(balance, before, "a refused grant must change nothing");
    }
    let lots = (0..limits::LOTS_MAX).map(|n| lot(&n.to_string(), 1, None)).collect();
    assert_eq!(balance(lots).grant(pack("p"), at(1)).unwrap_err().code(), "wrong_state");
}

#[test]
fn a_person_who_had_their_welcome_starts_with_nothing() {
    let (balance, entry) = Balance::opened(at(0));
    assert_eq!((balance.version, balance.available(at(0)), balance.lots.len()), (1, Credits(0), 0));
    assert_eq!((entry.version, entry.free_change, entry.held_change, entry.kind), (1, 0, 0, Kind::Open));
}

#[test]
fn closing_ends_what_is_new_and_taking_it_back_thaws_nothing() {
    for before in [Status::Active, Status::Frozen] {
        let mut balance = Balance { status: before, ..balance(vec![lot("a", 10, None)]) };
        let close = balance.close(at(5)).unwrap();
        assert_eq!((close.kind, close.free_change, close.held_change), (Kind::Close, 0, 0));
        assert_eq!((balance.status, balance.valid_from, balance.version), (Status::Closing, at(5), close.version));
        assert!(balance.close(at(6)).is_none(), "a second closing must find nothing to do");
        let reopen = balance.reopen(before, at(7)).unwrap();
        assert_eq!((reopen.kind, reopen.version), (Kind::Reopen, close.version + 1));
        assert_eq!((balance.status, balance.valid_from), (before, at(5)), "old tokens must stay without use");
        assert!(balance.reopen(before, at(8)).is_none(), "only a closing is taken back");
    }
}

#[test]
fn what_expires_first_is_spent_first_and_expired_lots_not_at_all() {
    let mut balance = balance(vec![lot("never", 5, None), lot("late", 5, Some(500)), lot("soon", 5, Some(100))]);
    assert_eq!(balance.available(at(100)), Credits(10), "a lot is dead from its expiry on");
    assert!(balance.hold(generation(1), Credits(7), at(99), at(50)).is_ok());
    let spent: Vec<&str> = balance.holds[0].parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(spent, ["soon", "late"]);
}

#[test]
fn what_comes_back_from_a_dead_lot_lives_a_day() {
    let mut balance = balance(vec![lot("soon", 5, Some(100))]);
    assert!(balance.hold(generation(1), Credits(5), at(900), at(50)).is_ok());
    assert!(balance.release(generation(1), at(1_000)).is_some());
    assert_eq!(balance.available(at(1_000)), Credits(5));
    assert_eq!(balance.available(at(1_000 + 24 * 3_600)), Credits(0));
}

#[derive(Debug, Clone)]
enum Step {
    Hold(u8, u64),
    Settle(u8, u64),
    Release(u8),
    Grant(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..6u8, 0..12u64).prop_map(|(n, amount)| Step::Hold(n, amount)),
        (0..6u8, 0..12u64).prop_map(|(n, cost)| Step::Settle(n, cost)),
        (0..6u8).prop_map(Step::Release),
        (0..9u8).prop_map(Step::Grant),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    /// Against a naive model: two numbers and a map.
    #[test]
    fn entries_fold_to_the_balance_and_nothing_is_lost_or_made(steps in steps()) {
        let (mut balance, first) = Balance::born(lot("a", 30, None), at(0));
        balance.lots.push(lot("b", 20, Some(10_000)));
        balance.parallel_limit = 4;
        let mut entries = vec![first];
        let (mut free, mut held, mut spent) = (50_u64, std::collections::HashMap::new(), 0_u64);
        let mut granted = 50;
        for (second, step) in steps.into_iter().enumerate() {
            let now = at(i64::try_from(second).unwrap());
            let entry = match step {
                Step::Hold(n, amount) if !held.contains_key(&n) => {
                    let entry = balance.hold(generation(n.into()), Credits(amount), at(99), now).ok();
                    prop_assert_eq!(entry.is_some(), amount <= free && held.len() < 4);
                    if entry.is_some() { free -= amount; held.insert(n, amount); }
                    entry
                }
                Step::Hold(..) => None,
                Step::Settle(n, cost) => {
                    let entry = balance.settle(generation(n.into()), Credits(cost), now);
                    prop_assert_eq!(entry.is_some(), held.get(&n).is_some_and(|amount| cost <= *amount));
                    if entry.is_some() { free += held.remove(&n).unwrap() - cost; spent += cost; }
                    entry
                }
                Step::Release(n) => {
                    let entry = balance.release(generation(n.into()), now);
                    prop_assert_eq!(entry.is_some(), held.contains_key(&n));
                    if entry.is_some() { free += held.remove(&n).unwrap(); }
                    entry
                }
                Step::Grant(amount) => {
                    let entry = balance.grant(lot(&format!("granted-{second}"), amount.into(), None), now).ok();
                    prop_assert!(entry.is_some());
                    free += u64::from(amount);
                    granted += u64::from(amount);
                    entry
                }
            };
            entries.extend(entry);
            prop_assert_eq!(balance.available(now).0, free);
            prop_assert_eq!(balance.held().0, held.values().sum::<u64>());
            prop_assert_eq!(free + balance.held().0 + spent, granted);
            let (folded_free, folded_held) = Entry::fold(&entries);
            // Lot "b" was put there without an entry.
            prop_assert_eq!(folded_free + 20, i64::try_from(free).unwrap());
            prop_assert_eq!(folded_held, i64::try_from(balance.held().0).unwrap());
            prop_assert_eq!(balance.version, entries.last().unwrap().version);
        }
    }
}
