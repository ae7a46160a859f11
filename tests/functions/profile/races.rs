//! Changes of one account at the same moment, and after faults.

use super::{account, change, patch_event, profile};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use testkit::{ACCOUNTS_TABLE, Fault, Faults, GoogleProfile, OutsideCall, Random};
use tests::{App, slow};

/// The write of the profile takes up to 150 ms, so that an erasure is under way or done by then.
fn late_write() -> Faults {
    Faults::with(|call: &OutsideCall, random: &mut Random| {
        let most = if call.name == "dynamodb.UpdateItem" { 150 } else { 15 };
        Some(Fault::Delay(Duration::from_millis(1 + random.below(most) as u64)))
    })
}

/// Seeds of each race. Each seed orders the requests differently.
const SEEDS: u64 = 25;

#[tokio::test(start_paused = true)]
async fn two_tabs_that_change_different_members_at_once_both_change_them() {
    let mut writes = BTreeSet::new();
    for seed in 0..SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let patches = [
            json!({ "preferences": { "theme": "dark" } }),
            json!({ "preferences": { "default_model": "flux-schnell" } }),
            json!({ "preferences": { "emails": { "news": true } } }),
            json!({ "name": "Ada" }),
        ];
        app.world().inject(slow(0.0, 1..31));
        let changes = join_all(patches.iter().map(|patch| change(&person, patch)));
        let (answers, counts) = app.world().counted(changes).await;
        app.world().inject(Faults::none());
        for (patch, answer) in patches.iter().zip(&answers) {
            assert_eq!(answer.status(), 200, "seed {seed}: {patch}: {answer:?}");
        }
        let shown = account(&person).await;
        let expected = json!({ "theme": "dark", "default_model": "flux-schnell", "emails": { "news": true } });
        assert_eq!((&shown["name"], &shown["preferences"]), (&json!("Ada"), &expected), "seed {seed}");
        assert!(answers.iter().any(|answer| answer.json() == shown), "seed {seed}: the last answer has everything");
        writes.insert(counts.of("dynamodb.UpdateItem"));
    }
    assert!(writes.last().is_some_and(|most| *most > 4), "some must have decided again: {writes:?}");
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_of_one_member_at_once_one_stays() {
    for seed in 0..SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let tab = |theme: &str| json!({ "name": format!("Ada in the {theme}"), "preferences": { "theme": theme } });
        let (dark, light) = (tab("dark"), tab("light"));
        app.world().inject(slow(0.0, 1..31));
        let (one, other) = join(change(&person, &dark), change(&person, &light)).await;
        app.world().inject(Faults::none());
        assert_eq!((one.status(), other.status()), (200, 200), "seed {seed}");
        let shown = account(&person).await;
        assert!([one, other].iter().any(|answer| answer.json() == shown), "seed {seed}: a whole change stays: {shown}");
        assert_eq!(shown["name"], format!("Ada in the {}", shown["preferences"]["theme"].as_str().unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_at_the_same_moment_overwrites_neither_the_name_nor_the_preferences() {
    for seed in 0..SEEDS {
        for name in [json!("Ada"), Value::Null] {
            let app = App::new(seed).await;
            let person = app.sign_in("alice").await;
            let mut browser = app.browser();
            let renamed = GoogleProfile { name: Some("Renamed".to_owned()), ..GoogleProfile::new("alice") };
            let callback = browser.sign_in_at_google(&renamed).await;
            let patch = json!({ "name": name, "preferences": { "theme": "dark" } });
            app.world().inject(slow(0.2, 1..31));
            let (changed, arrived) = join(change(&person, &patch), browser.arrive(&callback)).await;
            app.world().inject(Faults::none());
            assert_eq!((changed.status(), arrived.status()), (200, 303), "seed {seed}");
            let shown = account(&person).await;
            assert_eq!((&shown["name"], &shown["preferences"]["theme"]), (&name, &json!("dark")), "seed {seed}");
            assert_eq!(profile(&app, &person)["name_from"], "person", "seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_brings_no_account_back_that_is_erased_at_the_same_moment() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let patch = json!({ "name": "Ada", "preferences": { "theme": "dark" } });
        app.world().inject(late_write());
        let (changed, _) = join(change(&person, &patch), crate::personal::erase(&app, person.account())).await;
        app.world().inject(Faults::none());
        assert!([200, 401].contains(&changed.status()), "seed {seed}: {changed:?}");
        outcomes.insert(changed.status());
        let left = app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "profile");
        assert_eq!(left, None, "seed {seed}: an update may not create an item");
    }
    assert_eq!(outcomes, BTreeSet::from([200, 401]), "both orders must have occurred");
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_is_lost_is_repeated_by_the_sdk_and_is_stored_once() {
    let app = App::repeating(1).await;
    let person = app.sign_in("alice").await;
    let patch = json!({ "name": "Ada", "preferences": { "theme": "dark" } });
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::ServerError, Fault::Throttled] {
        change(&person, &json!({ "name": null, "preferences": null })).await.expect(200);
        app.world().inject(Faults::nth("dynamodb.UpdateItem", 1, fault));
        let answer = change(&person, &patch).await.expect(200).json();
        app.world().inject(Faults::none());
        assert_eq!((&answer["name"], &answer["preferences"]["theme"]), (&json!("Ada"), &json!("dark")), "{fault:?}");
        assert_eq!(account(&person).await, answer, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_dies_is_whole_or_not_there_and_can_be_sent_again() {
    let patch = json!({ "name": "Ada", "preferences": { "theme": "dark", "emails": { "news": true } } });
    for call in 1..=2 {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let app = App::new(call).await;
            let person = app.sign_in("alice").await;
            let before = account(&person).await;
            app.world().inject(Faults::at(call, fault));
            let ended = app.world().run(app.send(patch_event(&person, &patch))).await;
            app.world().inject(Faults::none());
            assert!(ended.is_err(), "call {call}, {fault:?}: the process must die");
            let is_stored = call == 2 && fault == Fault::DieAfter;
            let after = account(&person).await;
            assert_eq!(
                after["name"],
                if is_stored { json!("Ada") } else { before["name"].clone() },
                "{call} {fault:?}"
            );
            assert_eq!(after == before, !is_stored, "call {call}, {fault:?}");
            let again = change(&person, &patch).await.expect(200).json();
            assert_eq!(again["preferences"]["emails"]["news"], true, "call {call}, {fault:?}");
        }
    }
}
