//! Deleting a generation: everything of it goes, nothing else, and nothing brings it back.

use generations::GenerationStatus;
use local::fakes::replicate::JobOutcome;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GENERATIONS_TABLE, MEDIA_BUCKET};
use tests::{App, Event, Person, prompt, webhook_event};

/// A service in which alice was delivered a picture under a key.
async fn delivered(seed: u64) -> (App, Person, String) {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    let answer = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
    app.settle().await;
    (app, person, answer["id"].as_str().unwrap().to_owned())
}

/// What a collector that died may have left: an older version, a delete marker, an upload.
async fn litter(app: &App, person: &Person, id: &str) {
    let s3 = app.world().clients().s3();
    let key = |n: u32| format!("generations/{}/{id}/{n}.png", person.account());
    for n in [0, 1] {
        s3.put_object().bucket(MEDIA_BUCKET).key(key(n)).body(b"x".to_vec().into()).send().await.unwrap();
    }
    s3.delete_object().bucket(MEDIA_BUCKET).key(key(1)).send().await.unwrap();
    s3.create_multipart_upload().bucket(MEDIA_BUCKET).key(key(2)).send().await.unwrap();
}

/// Fails when anything of a generation is stored but in the statement and under its key.
fn assert_gone(app: &App, id: &str) {
    let stored = app.world().snapshot().to_string();
    let left: Vec<_> = stored.lines().filter(|line| line.contains(id)).collect();
    let known = |line: &&str| line.contains("\"entry#") || line.contains("\"request#");
    assert!(left.iter().all(known), "it must be gone: {left:#?}");
}

#[tokio::test(start_paused = true)]
async fn everything_of_it_goes_and_nothing_else() {
    let (app, person, id) = delivered(1).await;
    let other = person.ask_for("another").await;
    app.settle().await;
    let (statement, kept) = (app.entries(person.account()), app.generation(&other).outputs[0].clone());
    let thumbnail = kept.thumbnail.expect("the other one has a thumbnail too");
    litter(&app, &person, &id).await;
    assert_eq!(person.delete(&id).await.expect(204).body(), b"");
    assert_gone(&app, &id);
    assert_eq!(app.entries(person.account()), statement, "the statement keeps its entries");
    for (method, path) in [("GET", ""), ("DELETE", ""), ("POST", "/cancel")] {
        let answer = person.ask(method, &format!("/v1/generations/{id}{path}")).await;
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{method} {path}");
    }
    let listed = person.get("/v1/generations").await.expect(200).json();
    let ids: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, [json!(other)]);
    assert_eq!(app.objects().iter().map(|object| &object.key).collect::<Vec<_>>(), [&kept.key, &thumbnail.key]);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn whatever_has_ended_can_be_deleted() {
    for outcome in [JobOutcome::Fail, JobOutcome::Moderated, JobOutcome::Aborted, JobOutcome::UnknownStatus] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        app.replicate().knobs(|knobs| knobs.outcome = outcome);
        let id = person.ask_for("a boat").await;
        app.rest().await;
        person.delete(&id).await.expect(204);
        assert_gone(&app, &id);
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_not_deleted() {
    for place in
        [GenerationStatus::Queued, GenerationStatus::Running, GenerationStatus::Canceling, GenerationStatus::Collecting]
    {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        app.replicate()
            .knobs(|knobs| knobs.success_after_ms = if place == GenerationStatus::Collecting { 0 } else { 3_600_000 });
        let id = person.ask_for("a boat").await;
        if place != GenerationStatus::Queued {
            app.work_on("generation").await;
        }
        if place == GenerationStatus::Canceling {
            person.cancel(&id).await.expect(202);
        }
        if place == GenerationStatus::Collecting {
            app.deliver_webhooks().await;
            let message = app.world().take_messages("media").remove(0);
            app.world().inject(Faults::at(2, Fault::DieBefore));
            assert!(!app.hand_over("collect-media", &message).await);
            app.world().inject(Faults::none());
        }
        assert_eq!(app.generation(&id).status, place);
        let before = app.world().snapshot();
        assert_eq!(person.delete(&id).await.outcome(), (409, "wrong_state".to_owned()), "{place:?}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn its_key_starts_nothing_anew() {
    let (app, mut person, id) = delivered(1).await;
    person.delete(&id).await.expect(204);
    let before = app.world().snapshot();
    let answer = app.send(person.keyed_event("the-key", &prompt("a boat"))).await;
    assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "the key is known, and what it stands for is gone");
    let answer = app.send(person.keyed_event("the-key", &prompt("another boat"))).await;
    assert_eq!(answer.outcome(), (422, "idempotency_key_reused".to_owned()));
    app.world().assert_unchanged(&before);
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    person.renew().await;
    let next = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
    assert_ne!(next["id"], json!(id), "after a day the key is free");
    app.rest().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn messages_and_webhooks_that_come_late_bring_nothing_back() {
    let (app, person, id) = delivered(1).await;
    let job = app.generation(&id).provider_job.unwrap();
    person.delete(&id).await.expect(204);
    let before = app.world().snapshot();
    let account = person.account().to_string();
    let run = Event::recorded("run-generation").fill("account", &account).fill("generation", &id);
    let collect = Event::recorded("collect-media").fill("account", &account).fill("generation", &id);
    let draw = Event::recorded("make-thumbnails").fill("account", &account).fill("generation", &id);
    for message in [run, collect.fill("job", job.as_str()), draw] {
        assert!(app.work(&message).await.is_empty());
        app.world().assert_unchanged(&before);
    }
    app.replicate().resend(app.world().now());
    app.world().advance(Duration::from_secs(2));
    for webhook in app.replicate().take_webhooks(app.world().now()) {
        app.send(webhook_event(&webhook)).await.expect(204);
    }
    app.settle().await;
    app.minute().await;
    app.world().assert_unchanged(&before);
    assert_eq!(app.replicate().counts().predictions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_lost_the_race_takes_its_copy_back() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 0);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.deliver_webhooks().await;
    let message = app.world().take_messages("media").remove(0);
    // Its copy takes so long that another one delivers, and the person deletes that.
    app.world().inject(Faults::at(4, Fault::Delay(Duration::from_secs(2))));
    let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let lapse = table.update(&person.account().to_string(), &id).set("lease_until", 0);
        lapse.when(aws::Condition::Exists).apply().await.unwrap();
        assert!(app.hand_over("collect-media", &message).await);
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
        person.delete(&id).await.expect(204);
    };
    let (done, ()) = tokio::join!(app.hand_over("collect-media", &message), meanwhile);
    assert!(done);
    assert_eq!(app.replicate().counts().downloads, 2, "both have copied it");
    app.world().inject(Faults::none());
    assert_eq!(app.work_on("thumbnail").await, 1, "of the delivery that was deleted");
    assert_gone(&app, &id);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn who_dies_anywhere_and_asks_again_is_done() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let (app, person, id) = delivered(call).await;
            litter(&app, &person, &id).await;
            app.world().inject(Faults::at(call, fault));
            let answer = app.world().run(person.delete(&id)).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            let answered = answer.map(|answer| answer.status());
            if answered == Ok(204) {
                assert_eq!(person.delete(&id).await.status(), 404, "{fault:?} at {call}");
            } else {
                assert!([204, 404].contains(&person.delete(&id).await.status()), "{fault:?} at {call}: {answered:?}");
            }
            assert_gone(&app, &id);
            app.check_invariants().none();
            if !hit {
                assert!(call > 6, "{fault:?}: only {call} calls");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_once_deleted_is_seen_by_nobody_and_goes_without_being_asked_again() {
    // After the session and the mark: uploads, versions, their end, the item's.
    for call in 3..=6 {
        for fault in [Fault::DieBefore, Fault::DieAfter, Fault::ServerError] {
            let (app, person, id) = delivered(call).await;
            litter(&app, &person, &id).await;
            app.world().inject(Faults::at(call, fault));
            drop(app.world().run(person.delete(&id)).await);
            app.world().inject(Faults::none());
            let (path, before) = (format!("/v1/generations/{id}"), app.world().snapshot());
            for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/cancel"))] {
                assert_eq!(person.ask(method, &path).await.outcome().0, 404, "{fault:?} at {call}: {method}");
            }
            let note = person.event("PATCH", &path).json_body(&json!({ "favourite": true }));
            assert_eq!(app.send(note).await.outcome().0, 404, "{fault:?} at {call}");
            let variation = json!({ "model": "flux-schnell", "prompt": "another", "based_on": id });
            assert_eq!(person.generate(&variation).await.outcome().0, 404, "{fault:?} at {call}");
            let listed = person.get("/v1/generations").await.expect(200).json();
            assert_eq!(listed["items"], json!([]), "{fault:?} at {call}");
            app.world().assert_unchanged(&before);
            app.rest().await;
            assert_gone(&app, &id);
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_at_once_are_one() {
    for seed in 0..10 {
        let (app, person, id) = delivered(seed).await;
        app.world()
            .inject(Faults::with(|_, random| Some(Fault::Delay(Duration::from_millis(1 + random.below(50) as u64)))));
        let (one, two) = tokio::join!(person.delete(&id), person.delete(&id));
        app.world().inject(Faults::none());
        assert!([one.status(), two.status()].iter().all(|status| [204, 404].contains(status)), "seed {seed}");
        assert_gone(&app, &id);
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_ended_deletes_nothing() {
    let (app, person, id) = delivered(1).await;
    app.send(person.event("DELETE", "/v1/session")).await.expect(204);
    let before = app.world().snapshot();
    assert_eq!(person.delete(&id).await.outcome(), (401, "unauthenticated".to_owned()));
    app.world().assert_unchanged(&before);
    let item = app.world().item(GENERATIONS_TABLE, &person.account().to_string(), &id).unwrap_or(Value::Null);
    assert_eq!(item["status"], "succeeded");
}
