//! Repeated requests under one idempotency key.

use futures_util::future::join_all;
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use testkit::{Died, Fault, Faults};
use tests::{App, DAY, prompt};

#[tokio::test(start_paused = true)]
async fn the_same_key_ten_times_at_once_is_one_generation() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let event = person.keyed_event("the-key", &prompt("a boat"));
        let answers = join_all((0..10).map(|_| app.send(event.clone()))).await;
        let ids: BTreeSet<_> = answers.iter().map(|it| (it.status(), it.json()["id"].to_string())).collect();
        assert_eq!(ids.len(), 1, "seed {seed}: {ids:?}");
        assert_eq!(ids.first().unwrap().0, 202, "seed {seed}");
        assert_eq!(app.generations(person.account()).len(), 1, "seed {seed}");
        assert_eq!(app.balance(person.account()).held().0, 4, "seed {seed}: one hold");
        assert_eq!(app.world().messages("generation").len(), 1, "seed {seed}: queued once");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_with_another_body_is_refused() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202);
    let before = app.world().snapshot();
    let others = [
        prompt("another boat"),
        json!({ "model": "flux-schnell", "prompt": "a boat", "settings": { "seed": 1 } }),
        json!({ "model": "flux-schnell", "prompt": "a boat", "max_cost": 4 }),
    ];
    for body in others {
        let answer = app.send(person.keyed_event("the-key", &body)).await;
        assert_eq!(answer.outcome(), (422, "idempotency_key_reused".to_owned()), "{body}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_equivalent_body_is_the_same_request() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let event = person.keyed_event("the-key", &prompt("a boat"));
    let first = app.send(event.clone()).await.expect(202).json();
    let before = app.world().snapshot();
    for body in [
        r#"{"prompt":"a boat","model":"flux-schnell"}"#,
        r#"{ "model" : "flux-schnell", "prompt" : "  a boat\n", "settings": {}, "max_cost": null }"#,
    ] {
        let again = app.send(event.clone().body(body)).await.expect(202).json();
        assert_eq!(again["id"], first["id"], "{body}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_known_key_answers_after_the_balance_is_spent() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 4, 3).await;
    let event = person.keyed_event("the-key", &prompt("a boat"));
    let first = app.send(event.clone()).await.expect(202).json();
    assert_eq!(person.generate(&prompt("another")).await.outcome().0, 402, "the balance is spent");
    let again = app.send(event.clone()).await.expect(202).json();
    assert_eq!(again["id"], first["id"]);
    app.settle().await;
    let later = app.send(event).await.expect(202).json();
    assert_eq!(
        (&later["id"], &later["status"]),
        (&first["id"], &json!("succeeded")),
        "it must answer the present status"
    );
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_repetition_answers_what_get_answers() {
    for made in [true, false] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let event = person.keyed_event("the-key", &prompt("a boat"));
        let id = app.send(event.clone()).await.expect(202).json()["id"].as_str().unwrap().to_owned();
        for state in ["queued", "running", if made { "succeeded" } else { "failed" }] {
            match state {
                "queued" => {}
                "running" => drop(app.work_on("generation").await),
                "succeeded" => app.settle().await,
                _ => {
                    app.replicate().forget();
                    app.rest().await;
                }
            }
            let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
            assert_eq!(shown["status"], state, "made: {made}");
            let outputs = shown["outputs"].as_array().unwrap().len();
            assert_eq!(outputs, usize::from(state == "succeeded"), "{state}");
            let repeated = app.send(event.clone()).await.expect(202).json();
            assert_eq!(repeated, shown, "a repetition while {state} must answer the same as GET");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_free_again_after_a_day() {
    for swept in [false, true] {
        let app = App::new(1).await;
        let mut person = app.sign_in("alice").await;
        let first = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
        app.rest().await;
        app.world().advance(DAY - Duration::from_secs(600));
        person.renew().await;
        let same = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
        assert_eq!(same["id"], first["id"], "within a day the key must be known");
        app.world().advance(Duration::from_secs(600));
        if swept {
            app.world().sweep_expired();
        }
        person.renew().await;
        let next = app.send(person.keyed_event("the-key", &prompt("another boat"))).await.expect(202).json();
        assert_ne!(next["id"], first["id"], "after a day the key must be free, although the row may still be stored");
        app.rest().await;
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_leaves_its_key_free() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 4, 3).await;
    let first = person.ask_for("a boat").await;
    let event = person.keyed_event("the-key", &prompt("another boat"));
    assert_eq!(app.send(event.clone()).await.status(), 402);
    app.work_on("generation").await;
    app.replicate().forget();
    app.rest().await;
    assert!(app.generation(&first).failure.is_some(), "its credits must have been released");
    app.send(event).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_answer_is_lost_is_taken_once() {
    let faults =
        [Fault::AnswerLost, Fault::RequestLost, Fault::ServerError, Fault::Throttled, Fault::TransactionConflict];
    for fault in faults {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        person.ask_for("a boat").await;
        assert_eq!(app.generations(person.account()).len(), 1, "{fault:?}");
        assert_eq!(app.world().messages("generation").len(), 1, "{fault:?}: it must be queued");
        app.rest().await;
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_dies_can_be_sent_again() {
    for call in 1.. {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let app = App::new(call).await;
            let person = app.sign_in("alice").await;
            let event = person.keyed_event("the-key", &prompt("a boat"));
            app.world().inject(Faults::at(call, fault));
            let sent = app.world().run(app.send(event.clone())).await;
            app.world().inject(Faults::none());
            if sent.is_ok() {
                assert_eq!(call, 4, "a batch read, a transaction, a message");
                return;
            }
            assert_eq!(sent.unwrap_err(), Died);
            app.send(event).await.expect(202);
            assert_eq!(app.generations(person.account()).len(), 1, "call {call}: {fault:?}");
            app.rest().await;
            app.check_invariants().none();
            assert_eq!(app.replicate().counts().predictions, 1, "call {call}: {fault:?}");
        }
    }
}
