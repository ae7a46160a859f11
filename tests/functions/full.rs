//! The largest balance that the limits allow.

use credits::{AccountTerms, Adjustment, Balance, Currency, Entry, Lot, Money, keys};
use jiff::{SignedDuration, Timestamp};
use kernel::{Credits, GenerationId, MicroDollars, Note, limits};
use std::time::{Duration, Instant};
use testkit::CREDITS_TABLE;
use tests::{App, prompt};

/// DynamoDB's limit for an item, in bytes, names included.
const ITEM_BYTES: usize = 400 * 1024;

/// The time limit for one change of a full balance, unoptimised and on a busy machine.
const MOMENT: Duration = Duration::from_millis(50);

/// The provider's cost of a held job.
const COST: MicroDollars = MicroDollars(900_000);

const PAID: Money = Money { amount: 999, currency: Currency::Eur };

fn generation(n: u32) -> GenerationId {
    format!("01929e6b-6c00-7000-8000-{n:012}").parse().unwrap()
}

/// The largest balance that rules and limits allow.
fn full(now: Timestamp) -> (Balance, Vec<Entry>) {
    let at = |hours: i64| now.checked_add(SignedDuration::from_hours(hours)).unwrap();
    let terms = AccountTerms { parallel_limit: 32, ..AccountTerms::of_new(now) };
    let (mut balance, first) = Balance::opened_on(terms, None, now).unwrap();
    let mut entries = vec![first];
    // Sixty-four models in each of thirteen months.
    let free = generation(u32::MAX);
    for month in 0..limits::USAGE_MONTHS as i64 {
        for model in 0..64 {
            let then = at((month - limits::USAGE_MONTHS as i64) * 31 * 24);
            entries.extend(balance.hold(free, Credits(0), MicroDollars::ZERO, then, then).unwrap());
            let name = format!("provider/a-model-with-a-long-name-{model:02}");
            entries.extend(balance.settle(free, &name, Credits(0), then).unwrap().unwrap());
        }
    }
    // Twenty-four expired lots, then two hundred open ones that expire within a day.
    for n in 0..24 {
        let lot = Lot::subscription(format!("invoice-{n:0>60}"), Credits(9), PAID, at(-2), at(-1));
        entries.extend(balance.grant(lot, at(-2)).unwrap());
    }
    for n in 0..limits::LOTS_MAX {
        let lot = Lot::subscription(format!("payment#stripe#pi_{n:0>60}"), Credits(10), PAID, at(-1), at(20));
        entries.extend(balance.grant(lot, at(-1)).unwrap());
    }
    // Thirty-two holds over all of them, half of which come back late, and again.
    for n in 0..32 {
        entries.extend(balance.hold(generation(n), Credits(60), COST, at(0), now).unwrap());
    }
    for n in (0..32).step_by(2) {
        entries.extend(balance.release(generation(n), None, now).unwrap().unwrap());
        entries.extend(balance.hold(generation(100 + n), Credits(57), COST, at(0), now).unwrap());
    }
    // Twenty lots are frozen, each with the longest note.
    let note = Note::new(&"a".repeat(64), &"😀".repeat(200)).unwrap();
    for n in 0..limits::FROZEN_LOTS_MAX {
        let lot = format!("payment#stripe#pi_{n:0>60}");
        entries.extend(balance.adjust(Adjustment::FreezeLot { lot }, note.clone(), now).unwrap());
    }
    (balance, entries)
}

#[tokio::test(start_paused = true)]
async fn a_full_balance_fits_into_its_item_and_is_read_and_changed_quickly() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let (account, now) = (person.account().to_string(), app.world().now());
    let (mut balance, entries) = full(now);
    assert_eq!(balance.prove(&entries), Ok(()));
    assert_eq!(balance.lot_freezes().len(), limits::FROZEN_LOTS_MAX);
    assert_eq!(
        (balance.holds.len(), balance.expired.len(), balance.usage.months().count()),
        (32, 24, limits::USAGE_MONTHS)
    );
    assert_eq!(balance.grant(Lot::pack("p", Credits(1), PAID, now), now).unwrap_err().code(), "too_many_lots");

    let table = app.world().clients().dynamodb().table(CREDITS_TABLE);
    table.put(&account, keys::BALANCE, &balance).apply().await.unwrap();
    // JSON has quotation marks and brackets that DynamoDB does not count, so this is an upper bound.
    let bytes = app.world().item(CREDITS_TABLE, &account, keys::BALANCE).unwrap().to_string().len();
    assert!((ITEM_BYTES / 10..ITEM_BYTES / 2).contains(&bytes), "{bytes} bytes must leave room below {ITEM_BYTES}");
    assert_eq!(app.balance(person.account()), balance, "it must be stored as it is");
    let body = person.get("/v1/credits").await.expect(200).json();
    assert_eq!((&body["held"], &body["holds"].as_array().unwrap().len()), (&balance.held().0.into(), &32));
    assert_eq!(
        person.get("/v1/usage").await.expect(200).json()["months"].as_array().unwrap().len(),
        limits::USAGE_MONTHS
    );
    let refused = person.generate(&prompt("a boat")).await;
    assert_eq!(refused.outcome(), (429, "too_many_generations".to_owned()));

    // The longest changes: every hold is released, one at a time.
    let holds: Vec<_> = balance.holds.iter().map(|hold| hold.generation).collect();
    let begun = Instant::now();
    for generation in &holds {
        balance.release(*generation, None, now).unwrap().unwrap();
    }
    let each = begun.elapsed() / 32;
    assert!(each < MOMENT, "a change of a full balance takes {each:?}");
    assert!(balance.lots.len() <= 2 * limits::LOTS_MAX, "a lot has at most one late part: {}", balance.lots.len());
}
