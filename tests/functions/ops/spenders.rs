//! The top spenders of a day.

use super::{done, json_of, ops, with_progress};
use serde_json::json;
use std::time::Duration;
use tests::App;

#[tokio::test(start_paused = true)]
async fn the_top_spenders_of_a_day_are_found() {
    let app = App::new(3).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    for n in 0..3 {
        alice.ask_for(&format!("boat {n}")).await;
    }
    bob.ask_for("one boat").await;
    app.settle().await;
    let queued = app.sign_in("carol").await;
    queued.ask_for("never sent").await;
    let shown = json_of(&app, &["top-spenders", "today"]).await;
    let jobs = |n: usize| (shown["spenders"][n]["account"].clone(), shown["spenders"][n]["jobs"].clone());
    assert_eq!(jobs(0), (json!(alice.account()), json!(3)), "{shown}");
    assert_eq!(jobs(1), (json!(bob.account()), json!(1)), "{shown}");
    assert_eq!(shown["accounts"], 2, "a queued job costs nothing yet: {shown}");
    let day = app.world().now().to_string()[..10].to_owned();
    let (spent, sent) = app.spent("replicate", &day);
    assert_eq!((&shown["micro_dollars"], &shown["jobs"]), (&json!(spent), &json!(sent)), "the sum is that of the caps");
    assert_eq!(
        json_of(&app, &["top-spenders", "today", "--limit", "1"]).await["spenders"].as_array().unwrap().len(),
        1
    );
    assert_eq!(json_of(&app, &["top-spenders", &day, "--provider", "fal"]).await["jobs"], 0);
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(json_of(&app, &["top-spenders", "today"]).await["jobs"], 0);
    assert_eq!(json_of(&app, &["top-spenders", "yesterday"]).await["jobs"], 4);
    let empty = ops(&app, &["top-spenders", "today"]).await.answer;
    let today = &app.world().now().to_string()[..10];
    for part in [format!("No job was sent on {today} (UTC)"), "top-spenders yesterday".to_owned()] {
        assert!(empty.contains(&part), "{part:?} must be in:\n{empty}");
    }
    let (outcome, progress) = with_progress(&app, &["top-spenders", &day]).await;
    for part in [alice.account().to_string().as_str(), "whole tables Credits", "does not bill", "cargo ops account"] {
        assert!(outcome.answer.contains(part), "{part:?} must be in:\n{}", outcome.answer);
    }
    assert!(!progress.is_empty());
}

/// An abuser who deletes each work at once must stay at the top of the list.
#[tokio::test(start_paused = true)]
async fn a_spender_who_deletes_the_works_is_still_found() {
    let app = App::new(4).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let works = [alice.ask_for("boat 1").await, alice.ask_for("boat 2").await];
    bob.ask_for("one boat").await;
    app.settle().await;
    let day = app.world().now().to_string()[..10].to_owned();
    let before = json_of(&app, &["top-spenders", &day]).await;
    assert_eq!(before["deleted_micro_dollars"], 0, "{before}");
    for work in works {
        alice.delete(&work).await.expect(204);
    }
    app.rest().await;
    assert_eq!(app.generations(alice.account()).len(), 0, "the items are gone");
    let (spent, sent) = app.spent("replicate", &day);
    for words in [&["top-spenders", &*day][..], &["top-spenders", &day, "--provider", "replicate"]] {
        let shown = json_of(&app, words).await;
        let first = &shown["spenders"][0];
        assert_eq!((&first["account"], &first["jobs"]), (&json!(alice.account()), &json!(2)), "{shown}");
        assert_eq!(first["deleted_micro_dollars"], first["micro_dollars"], "{shown}");
        assert_eq!((&shown["micro_dollars"], &shown["jobs"]), (&json!(spent), &json!(sent)), "{shown}");
        assert_eq!(shown["counted"], json!({ "micro_dollars": spent, "jobs": sent }), "{shown}");
        assert_eq!(shown["unplaced_micro_dollars"], 0, "a paid job leads to its provider: {shown}");
    }
    assert_eq!(json_of(&app, &["top-spenders", &day, "--provider", "fal"]).await["jobs"], 0);
    app.world().advance(Duration::from_secs(31 * 24 * 60 * 60));
    let old = json_of(&app, &["top-spenders", &day]).await;
    assert_eq!(old["jobs"], 3, "the ledger stays: {old}");
}

#[tokio::test(start_paused = true)]
async fn a_frozen_spender_is_marked_with_one_batch_read() {
    let app = App::new(2).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    for person in [&alice, &alice, &bob] {
        person.ask_for("a boat").await;
    }
    app.settle().await;
    done(&app, &["freeze", &alice.account().to_string()]).await;
    let words = ["top-spenders", "today", "--json"];
    let (outcome, counts) = app.world().counted(ops(&app, &words)).await;
    assert_eq!(counts.of("dynamodb.BatchGetItem"), 1, "all balances are read at once: {counts}");
    let shown: serde_json::Value = serde_json::from_str(&outcome.answer).unwrap();
    let statuses = [&shown["spenders"][0]["status"], &shown["spenders"][1]["status"]];
    assert_eq!(statuses, [&json!("frozen"), &json!("active")], "{shown}");
    alice.delete_account().await.expect(202);
    let shown = json_of(&app, &["top-spenders", "today"]).await;
    assert_eq!(shown["spenders"][0]["status"], "closing", "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_day_in_the_future_is_refused() {
    let app = App::new(3).await;
    for words in [["top-spenders", "2099-01-31", "--json"], ["who", "27004ade3a6a14fd", "2099-01-31"]] {
        let refused = ops(&app, &words).await;
        let said = format!("{}{}", refused.answer, refused.problem);
        assert!(refused.code == 1 && said.contains("2099-01-31 is in the future"), "{words:?}: {refused:?}");
    }
}
