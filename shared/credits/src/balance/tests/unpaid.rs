//! Jobs that a provider had and that end without a payment.

use super::*;
use kernel::limits;

const FILM: MicroDollars = MicroDollars(360_000);

#[test]
fn a_cancellation_beyond_the_allowance_costs_the_whole_hold() {
    let mut book = Book::new(vec![lot("gift", 1_000, None)]);
    let mut costs = Vec::new();
    for n in 1..=4 {
        book.hold_job(n, 80, FILM, 1).unwrap();
        costs.push(book.cancel(n, 2).0);
    }
    assert_eq!(costs, [0, 80, 80, 80], "the first one is free, and 0.72 dollars are more than the allowance");
    let last = book.entries.last().unwrap();
    assert_eq!(
        (last.kind, last.unpaid, last.model.as_deref()),
        (EntryKind::Settle, Some(UnpaidEnd::Canceled), Some("flux"))
    );
    assert_eq!(book.balance.usage.month_total(book.balance.usage.months().next().unwrap().0).credits, Credits(240));
    assert_eq!(book.balance.cancel(generation(9), "flux", at(3)).unwrap(), None, "it has no hold");
    book.hold_job(5, 80, FILM, DAY).unwrap();
    assert_eq!(book.cancel(5, DAY + 1), Credits::ZERO, "the next day has its own first one");
}

#[test]
fn many_cheap_cancellations_are_free_to_the_exact_cent() {
    let mut book = Book::new(vec![lot("gift", 10_000, None)]);
    let cost = MicroDollars(3_000);
    let free = (1..).take_while(|n| {
        book.hold_job(*n, 4, cost, 1).unwrap();
        book.cancel(*n, 2).is_zero()
    });
    assert_eq!(free.count(), 166, "166 x 0.003 = 0.498 dollars, and one more would be 0.501");
}

#[test]
fn a_price_that_was_told_before_is_the_highest() {
    let mut book = Book::new(vec![lot("gift", 1_000, None)]);
    let told = |book: &Book, n| book.balance.cancel_price(n, Credits(80), FILM, at(2));
    assert_eq!(told(&book, None), Credits::ZERO, "it would be the first");
    book.hold_job(1, 80, FILM, 1).unwrap();
    assert_eq!(told(&book, Some(generation(1))), Credits::ZERO, "its own hold is not another job");
    book.hold_job(2, 80, FILM, 1).unwrap();
    assert_eq!(told(&book, Some(generation(1))), Credits(80), "the other one may be canceled before");
    for n in [1, 2] {
        let highest = told(&book, Some(generation(n)));
        assert!(book.cancel(n, 2) <= highest);
    }
    assert_eq!(told(&book, None), Credits(80));
}

#[test]
fn an_account_with_a_larger_allowance_cancels_more() {
    let terms = AccountTerms { free_cancels_daily: MicroDollars(1_000_000), ..AccountTerms::of_new(at(0)) };
    let (balance, first) = Balance::opened_on(terms, Some(lot("gift", 1_000, None)), at(0)).unwrap();
    let mut book = Book { balance, entries: vec![first] };
    let mut costs = Vec::new();
    for n in 1..=3 {
        book.hold_job(n, 80, FILM, 1).unwrap();
        costs.push(book.cancel(n, 2).0);
    }
    assert_eq!(costs, [0, 0, 80]);
}

#[test]
fn refused_jobs_pause_the_account_and_failed_ones_only_in_masses() {
    let mut book = Book::new(vec![lot("gift", 1_000, None)]);
    for n in 1..=10 {
        book.hold_job(n, 4, FILM, 1).unwrap();
        book.release_job(n, Some(UnpaidEnd::Failed), 2);
    }
    for n in 11..=20 {
        book.hold_job(n, 4, FILM, 3).unwrap();
        book.release_job(n, Some(UnpaidEnd::Refused), 4);
    }
    assert_eq!(book.hold_job(21, 4, FILM, 5).unwrap_err().code(), "too_many_refused");
    assert_eq!(book.hold_job(21, 4_000, FILM, 5).unwrap_err().code(), "insufficient_credits", "credits come first");
    book.hold_job(21, 4, FILM, 4 + 3_600).unwrap();
    book.release_job(21, None, 4 + 3_601);
    let mut n = 22;
    while book.hold_job(n, 4, FILM, 4 + 3_602).is_ok() {
        book.release_job(n, Some(UnpaidEnd::Failed), 4 + 3_602);
        n += 1;
    }
    let lost = FILM.0 * (20 + u64::try_from(n - 22).unwrap());
    assert!((limits::LOST_JOBS_DAILY.0..limits::LOST_JOBS_DAILY.0 + FILM.0).contains(&lost), "{lost}");
    assert_eq!(book.hold_job(n, 4, FILM, 4 + 3_602).unwrap_err().code(), "too_many_failed");
    assert!(book.balance.available(at(5)) == Credits(1_000), "nobody paid anything");
}

#[test]
fn the_stored_form_of_the_counts_stays() {
    let mut book = Book::new(vec![lot("gift", 1_000, None)]);
    book.hold_job(1, 4, FILM, 1).unwrap();
    book.hold_job(2, 4, FILM, 1).unwrap();
    let held = serde_json::to_value(&book.entries[2]).unwrap();
    assert_eq!(held["provider_cost"], 360_000);
    assert_eq!(serde_json::to_value(&book.balance).unwrap()["holds"][0]["provider_cost"], 360_000);
    book.cancel(1, 2);
    book.release_job(2, Some(UnpaidEnd::Refused), 3);
    let ended: Vec<_> = book.entries.iter().filter_map(|entry| entry.unpaid).collect();
    assert_eq!(serde_json::to_value(ended).unwrap(), serde_json::json!(["canceled", "refused"]));
    let counts = serde_json::json!({
        "day": "2027-01-15", "canceled": 1, "canceled_cost": 360_000, "refused": 1, "lost_cost": 360_000, "pauses": 0,
    });
    assert_eq!(serde_json::to_value(&book.balance).unwrap()["unpaid"], counts);
}
