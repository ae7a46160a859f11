//! Records at the same moment, and after faults.

use super::{account, advertising, choice, notice, record, record_event, rows};
use futures_util::future::{join, join_all};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use testkit::{ACCOUNTS_TABLE, Fault, Faults, GoogleProfile, OutsideCall, Random};
use tests::{App, slow};

/// Seeds of each race. Each seed orders the requests differently.
const SEEDS: u64 = 25;

#[tokio::test(start_paused = true)]
async fn of_two_tabs_that_give_and_withdraw_at_once_the_later_choice_counts() {
    for seed in 0..SEEDS {
        for (last, in_force) in [("withdrawn", false), ("given", true)] {
            let app = App::new(seed).await;
            let person = app.sign_in("alice").await;
            let at = |word: &str| if word == last { -1 } else { -2 };
            let (given, withdrawn) =
                (choice(&person, "given", at("given")), choice(&person, "withdrawn", at("withdrawn")));
            app.world().inject(slow(0.3, 1..31));
            let (one, other) = join(record(&person, &given), record(&person, &withdrawn)).await;
            app.world().inject(Faults::none());
            assert_eq!((one.status(), other.status()), (204, 204), "seed {seed}");
            let latest = advertising(&person).await;
            assert_eq!((&latest["choice"], &latest["in_force"]), (&json!(last), &json!(in_force)), "seed {seed}");
            assert_eq!(rows(&person, "consent#").len(), 2, "seed {seed}: both are kept");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_choice_that_comes_five_times_at_once_is_one_row() {
    for seed in 0..SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let bodies = [choice(&person, "given", 0), notice(&person, "2026-12-01")];
        app.world().inject(slow(0.3, 1..31));
        let answers = join_all((0..10).map(|number| record(&person, &bodies[number % 2]))).await;
        app.world().inject(Faults::none());
        assert!(answers.iter().all(|answer| answer.status() == 204), "seed {seed}: {answers:?}");
        assert_eq!((rows(&person, "consent#").len(), rows(&person, "acceptance#").len()), (1, 1), "seed {seed}");
        let shown = account(&person).await;
        assert_eq!(shown["consents"]["advertising"]["choice"], "given", "seed {seed}");
        assert_eq!(shown["acceptance"]["notices"].as_array().unwrap().len(), 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_a_sign_in_and_a_change_of_the_account_at_once_all_stay() {
    for seed in 0..SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let mut browser = app.browser();
        let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
        let patch = person.event("PATCH", "/v1/account").json_body(&json!({ "preferences": { "theme": "dark" } }));
        let given = choice(&person, "given", 0);
        app.world().inject(slow(0.2, 1..31));
        let both = join(record(&person, &given), app.send(patch));
        let ((recorded, patched), arrived) = join(both, browser.arrive(&callback)).await;
        app.world().inject(Faults::none());
        assert_eq!((recorded.status(), patched.status(), arrived.status()), (204, 200, 303), "seed {seed}");
        let shown = account(&person).await;
        assert_eq!(
            (&shown["preferences"]["theme"], &shown["consents"]["advertising"]["in_force"]),
            (&json!("dark"), &json!(true))
        );
    }
}

/// The transaction takes up to 60 ms, so that an erasure is under way or done by then.
fn late_write() -> Faults {
    Faults::with(|call: &OutsideCall, random: &mut Random| {
        let most = if call.name == "dynamodb.TransactWriteItems" { 60 } else { 15 };
        Some(Fault::Delay(Duration::from_millis(1 + random.below(most) as u64)))
    })
}

#[tokio::test(start_paused = true)]
async fn a_record_adds_no_row_to_an_account_that_is_erased_at_the_same_moment() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..2 * SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let body = if seed % 2 == 0 { choice(&person, "given", 0) } else { notice(&person, "2026-12-01") };
        app.world().inject(late_write());
        let (recorded, _) = join(record(&person, &body), crate::personal::erase(&app, person.account())).await;
        app.world().inject(Faults::none());
        assert!([204, 401].contains(&recorded.status()), "seed {seed}: {recorded:?}");
        outcomes.insert(recorded.status());
        let account = person.account().to_string();
        let left: Vec<_> =
            app.world().items(ACCOUNTS_TABLE).into_iter().filter(|item| item["pk"] == account.as_str()).collect();
        assert!(left.is_empty(), "seed {seed}: nothing may stay: {left:?}");
    }
    assert_eq!(outcomes, BTreeSet::from([204, 401]), "both orders must have occurred");
}

#[tokio::test(start_paused = true)]
async fn a_record_whose_answer_is_lost_is_stored_once() {
    for fault in
        [Fault::AnswerLost, Fault::RequestLost, Fault::ServerError, Fault::Throttled, Fault::TransactionConflict]
    {
        let app = App::repeating(1).await;
        let person = app.sign_in("alice").await;
        for body in [choice(&person, "given", 0), notice(&person, "2026-12-01")] {
            app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
            record(&person, &body).await.expect(204);
            app.world().inject(Faults::none());
            let before = app.world().snapshot();
            record(&person, &body).await.expect(204);
            app.world().assert_unchanged(&before);
        }
        assert_eq!((rows(&person, "consent#").len(), rows(&person, "acceptance#").len()), (1, 1), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_dies_is_whole_or_not_there_and_can_be_sent_again() {
    for call in 1..=3 {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let app = App::new(call).await;
            let person = app.sign_in("alice").await;
            let body = choice(&person, "given", 0);
            app.world().inject(Faults::at(call, fault));
            let ended = app.world().run(app.send(record_event(&person, &body))).await;
            app.world().inject(Faults::none());
            assert!(ended.is_err(), "call {call}, {fault:?}: the process must die");
            let is_stored = call == 3 && fault == Fault::DieAfter;
            assert_eq!(rows(&person, "consent#").len(), usize::from(is_stored), "call {call}, {fault:?}");
            assert_eq!(
                advertising(&person).await.is_null(),
                !is_stored,
                "call {call}, {fault:?}: row and profile agree"
            );
            record(&person, &body).await.expect(204);
            assert_eq!(advertising(&person).await["in_force"], true, "call {call}, {fault:?}");
            assert_eq!(rows(&person, "consent#").len(), 1, "call {call}, {fault:?}");
        }
    }
}
