//! The rules by example. After each change, every balance of these tests is the sum of its entries.

mod debt;
mod frozen;
mod lots;
mod stored;
mod unpaid;

use super::*;
use crate::{
    balance::{adjustment::Adjustment, rules::LotClawback},
    entry::{ClawbackCause, Entry, EntryKind},
    ledger::ProofError,
    lot::Source,
    money::{Currency, Money},
    unpaid::UnpaidEnd,
};
use uuid::Uuid;

const DAY: i64 = 24 * 3_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn generation(n: u128) -> GenerationId {
    GenerationId::new(Uuid::from_u128(n))
}

fn lot(id: &str, amount: u64, expires: Option<i64>) -> Lot {
    Lot::given(id.into(), Source::Promotion, Credits(amount), expires.map(at), at(0))
}

fn pack(id: &str) -> Lot {
    Lot::pack(id, Credits(500), Money { amount: 999, currency: Currency::Eur }, at(0))
}

fn period(id: &str, from: i64, until: i64) -> Lot {
    Lot::subscription(id, Credits(100), Money { amount: 499, currency: Currency::Eur }, at(from), at(until))
}

fn note() -> Note {
    Note::new("support", "The video was all green.").unwrap()
}

fn clawback(lot: &str, amount: u64) -> [LotClawback; 1] {
    [LotClawback { lot: lot.into(), amount: Credits(amount) }]
}

/// A balance with all its entries.
struct Book {
    balance: Balance,
    entries: Vec<Entry>,
}

impl Book {
    fn new(lots: Vec<Lot>) -> Self {
        let (balance, first) = Balance::opened(at(0)).unwrap();
        let mut book = Self { balance, entries: vec![first] };
        lots.into_iter().for_each(|lot| drop(book.grant(lot, 0).unwrap()));
        book
    }

    fn keep(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        self.entries.extend(entries.clone());
        self.balance.prove(&self.entries).unwrap();
        entries
    }

    fn grant(&mut self, lot: Lot, second: i64) -> Result<Vec<Entry>> {
        self.balance.grant(lot, at(second)).map(|entries| self.keep(entries))
    }

    fn hold(&mut self, n: u128, amount: u64, second: i64) -> Result<Vec<Entry>> {
        self.hold_job(n, amount, MicroDollars::ZERO, second)
    }

    fn hold_job(&mut self, n: u128, amount: u64, cost: MicroDollars, second: i64) -> Result<Vec<Entry>> {
        let booked = self.balance.hold(generation(n), Credits(amount), cost, at(second + 600), at(second));
        booked.map(|entries| self.keep(entries))
    }

    fn settle(&mut self, n: u128, cost: u64, second: i64) -> Vec<Entry> {
        let booked = self.balance.settle(generation(n), "flux", Credits(cost), at(second));
        self.keep(booked.unwrap().unwrap())
    }

    fn release(&mut self, n: u128, second: i64) -> Vec<Entry> {
        self.release_job(n, None, second)
    }

    fn release_job(&mut self, n: u128, unpaid: Option<UnpaidEnd>, second: i64) -> Vec<Entry> {
        let booked = self.balance.release(generation(n), unpaid, at(second));
        self.keep(booked.unwrap().unwrap())
    }

    /// Cancels a job that was sent, and answers its cost.
    fn cancel(&mut self, n: u128, second: i64) -> Credits {
        let (cost, entries) = self.balance.cancel(generation(n), "flux", at(second)).unwrap().unwrap();
        self.keep(entries);
        cost
    }

    fn claw_back(&mut self, lot: &str, amount: u64, second: i64) -> Vec<Entry> {
        let booked = self.balance.claw_back(ClawbackCause::Refund, &clawback(lot, amount), at(second));
        self.keep(booked.unwrap())
    }

    fn adjust(&mut self, adjustment: Adjustment, second: i64) -> Result<Vec<Entry>> {
        self.balance.adjust(adjustment, note(), at(second)).map(|entries| self.keep(entries))
    }

    /// Available, held, debt.
    fn sums(&self, second: i64) -> (u64, u64, u64) {
        (self.balance.available(at(second)).0, self.balance.held().0, self.balance.debt.0)
    }

    fn parts(&self) -> Vec<(&str, u64)> {
        self.balance.holds[0].parts.iter().map(|part| (part.id.as_str(), part.remaining.0)).collect()
    }
}

fn kinds(entries: &[Entry]) -> Vec<EntryKind> {
    entries.iter().map(|entry| entry.kind).collect()
}

#[test]
fn a_new_account_has_its_welcome_credits_in_one_entry() {
    let (balance, entry) = Balance::opened_with(Lot::welcome(at(0)), at(0)).unwrap();
    assert_eq!((balance.version, balance.available(at(0)), balance.held()), (1, Credits(50), Credits(0)));
    assert_eq!((entry.version, entry.free_delta(), entry.kind), (1, 50, EntryKind::Grant));
    assert_eq!(balance.prove(&[entry]), Ok(()));
}

#[test]
fn a_person_who_had_a_welcome_lot_before_starts_with_nothing() {
    let (balance, entry) = Balance::opened(at(0)).unwrap();
    assert_eq!((balance.version, balance.available(at(0)), balance.lots.len()), (1, Credits(0), 0));
    assert_eq!((entry.version, entry.free_delta(), entry.held_delta(), entry.kind), (1, 0, 0, EntryKind::Open));
}

#[test]
fn a_hold_is_settled_at_most_once_and_never_above() {
    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.hold(1, 6, 1).unwrap();
    assert_eq!(book.sums(1), (4, 6, 0));
    let before = book.balance.clone();
    let above = book.balance.settle(generation(1), "flux", Credits(7), at(2));
    assert_eq!(above.unwrap_err().code(), "internal", "more than the hold must not be settled");
    assert_eq!(book.balance, before, "a refused settlement must change nothing");
    let entries = book.settle(1, 4, 2);
    assert_eq!((entries[0].free_delta(), entries[0].held_delta()), (2, -6));
    assert_eq!(book.sums(2), (6, 0, 0));
    let again = book.balance.settle(generation(1), "flux", Credits(4), at(3)).unwrap();
    assert!(again.is_none(), "a second settlement must find nothing");
    let released = book.balance.release(generation(1), None, at(3)).unwrap();
    assert!(released.is_none(), "a release after a settlement must find nothing");
    let used = book.balance.usage.month_total("2027-01");
    assert_eq!((used.generations, used.credits), (1, Credits(4)));
}

#[test]
fn credits_are_checked_before_the_parallel_limit() {
    let mut book = Book::new(vec![lot("a", 12, None)]);
    (0..3).for_each(|n| drop(book.hold(n, 4, 1).unwrap()));
    assert_eq!(book.hold(3, 4, 1).unwrap_err().code(), "insufficient_credits");
    book.grant(lot("b", 4, None), 1).unwrap();
    assert_eq!(book.hold(3, 4, 1).unwrap_err().code(), "too_many_generations");
    book.balance.parallel_limit = 100;
    let held = (3..100)
        .take_while(|n| book.balance.hold(generation(*n), Credits(0), MicroDollars::ZERO, at(9), at(1)).is_ok())
        .count();
    assert_eq!(held, 29, "no account ever has more than 32 holds");
}

#[test]
fn an_account_that_is_not_active_is_given_nothing_and_spends_nothing_and_its_holds_end_normally() {
    let mut frozen = Book::new(vec![lot("a", 10, None)]);
    frozen.hold(1, 4, 1).unwrap();
    let frozen_by = frozen.adjust(Adjustment::Freeze, 2).unwrap();
    assert_eq!(frozen_by[0].note.as_ref().map(Note::actor), Some("support"));
    let mut closing = Book::new(vec![lot("a", 10, None)]);
    closing.hold(1, 4, 1).unwrap();
    let close = closing.balance.close(at(2)).unwrap().unwrap();
    closing.keep(close);
    for mut book in [frozen, closing] {
        let before = book.balance.clone();
        assert_eq!(book.hold(2, 4, 3).unwrap_err().code(), "account_not_active");
        assert_eq!(book.balance.can_take_a_lot(at(3)).unwrap_err().code(), "account_not_active");
        assert_eq!(book.grant(lot("b", 1, None), 3).unwrap_err().code(), "account_not_active");
        assert_eq!(book.adjust(Adjustment::Freeze, 3).unwrap_err().code(), "wrong_state");
        assert_eq!(book.balance, before, "a refused change must change nothing");
        book.settle(1, 4, 3);
        book.claw_back("a", 10, 4);
        assert_eq!(book.sums(4), (0, 0, 4));
    }
}

/// The money of a payment in flight is ours. So the freeze must not keep its credits back.
#[test]
fn a_frozen_account_gets_what_it_paid_for_and_a_closing_one_does_not() {
    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.adjust(Adjustment::Freeze, 1).unwrap();
    let entries = book.grant(pack("p"), 2).unwrap();
    assert_eq!((kinds(&entries), entries[0].free_delta()), (vec![EntryKind::Grant], 500));
    book.grant(period("s", 3, 100), 3).unwrap();
    assert_eq!(book.balance.status, BalanceStatus::Frozen);
    assert_eq!(book.hold(1, 1, 4).unwrap_err().code(), "account_not_active", "the status stops spending");
    book.claw_back("p", 500, 5);
    assert_eq!(book.sums(5), (110, 0, 0), "a refund makes no debt");
    book.adjust(Adjustment::Thaw, 6).unwrap();
    book.hold(1, 110, 7).unwrap();

    let mut book = Book::new(vec![lot("a", 10, None)]);
    let close = book.balance.close(at(1)).unwrap().unwrap();
    book.keep(close);
    let before = book.balance.clone();
    for paid in [pack("p"), period("s", 2, 100)] {
        assert_eq!(book.grant(paid, 2).unwrap_err().code(), "account_not_active");
    }
    assert_eq!(book.balance, before);
}

#[test]
fn a_thawed_account_is_as_before() {
    let mut book = Book::new(vec![lot("a", 10, None)]);
    let before = book.balance.clone();
    assert_eq!(book.adjust(Adjustment::Thaw, 1).unwrap_err().code(), "wrong_state");
    book.adjust(Adjustment::Freeze, 1).unwrap();
    book.adjust(Adjustment::Thaw, 2).unwrap();
    assert_eq!(Balance { version: before.version, ..book.balance.clone() }, before);
}

#[test]
fn a_reopened_account_has_the_status_of_before() {
    for before in [BalanceStatus::Active, BalanceStatus::Frozen] {
        let mut book = Book::new(vec![lot("a", 10, None)]);
        if before == BalanceStatus::Frozen {
            book.adjust(Adjustment::Freeze, 1).unwrap();
        }
        let close = book.balance.close(at(5)).unwrap().unwrap();
        assert_eq!((close[0].kind, close[0].free_delta(), close[0].held_delta()), (EntryKind::Close, 0, 0));
        book.keep(close);
        assert_eq!((book.balance.status, book.balance.valid_from), (BalanceStatus::Closing, at(5)));
        assert!(book.balance.close(at(6)).unwrap().is_none(), "a second closing must find nothing to do");
        let reopen = book.balance.reopen(before, at(7)).unwrap().unwrap();
        book.keep(reopen);
        let balance = &mut book.balance;
        assert_eq!((balance.status, balance.valid_from), (before, at(5)), "old tokens must never spend again");
        assert!(balance.reopen(before, at(8)).unwrap().is_none(), "only a closing account is reopened");
    }
}

#[test]
fn a_failed_proof_names_the_problem() {
    let mut book = Book::new(vec![lot("a", 10, None)]);
    book.hold(1, 6, 1).unwrap();
    book.settle(1, 4, 2);
    let Book { balance, entries } = book;
    let without = |n: usize| entries.iter().enumerate().filter(move |(at, _)| *at != n).map(|(_, it)| it.clone());
    let says = |entries: Vec<Entry>, text: &str| {
        let error = balance.prove(&entries).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    };
    says(without(1).collect(), "entry 3 does not follow");
    says(without(0).collect(), "entry 2 does not follow");
    says(without(3).collect(), "the balance is at version 4, and the last entry is 3");
    says(Vec::new(), "the balance is at version 4, and the last entry is 0");
    let mut dearer = entries.clone();
    dearer[3].moves[0].amount = Credits(5);
    says(dearer, "entry 4 moves credits that are not where it takes them from");
    let mut cheaper = entries.clone();
    cheaper[3].moves.remove(1);
    says(cheaper, "entry 4 ends a hold and leaves something in it");
    let richer = Balance { debt: Credits(1), parallel_limit: 9, ..balance.clone() };
    let Err(ProofError::Differs { parts }) = richer.prove(&entries) else { panic!("it must differ") };
    assert_eq!(parts.iter().map(|part| part.name).collect::<Vec<_>>(), ["terms", "debt"]);
}
