//! Deleting a generation: exactly its data is deleted, and no later event restores it.

mod races;
mod undo;

use generations::GenerationStatus;
use local::fakes::replicate::JobOutcome;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GENERATIONS_TABLE, MEDIA_BUCKET};
use tests::{App, Event, Person, prompt, unauthenticated, webhook_event};

/// A service that has delivered a picture to alice, under an idempotency key.
async fn delivered(seed: u64) -> (App, Person, String) {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    let answer = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
    app.settle().await;
    (app, person, answer["id"].as_str().unwrap().to_owned())
}

/// Stores the objects that a collector may leave when its process dies: an older version, a delete
/// marker and an open upload.
async fn litter(app: &App, person: &Person, id: &str) {
    let s3 = app.world().clients().s3();
    let key = |n: u32| format!("generations/{}/{id}/{n}.png", person.account());
    for n in [0, 1] {
        s3.put_object().bucket(MEDIA_BUCKET).key(key(n)).body(b"x".to_vec().into()).send().await.unwrap();
    }
    s3.delete_object().bucket(MEDIA_BUCKET).key(key(1)).send().await.unwrap();
    s3.create_multipart_upload().bucket(MEDIA_BUCKET).key(key(2)).send().await.unwrap();
}

/// Fails when data of the generation is stored outside the statement and its stored request.
fn assert_gone(app: &App, id: &str) {
    let stored = app.world().snapshot().to_string();
    let left: Vec<_> = stored.lines().filter(|line| line.contains(id)).collect();
    let known = |line: &&str| line.contains("\"entry#") || line.contains("\"request#");
    assert!(left.iter().all(known), "it must not be stored any more: {left:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_removes_the_whole_generation_and_nothing_else() {
    let (app, person, id) = delivered(1).await;
    let other = person.ask_for("another").await;
    app.settle().await;
    let (statement, kept) = (app.entries(person.account()), app.generation(&other).outputs[0].clone());
    let thumbnail = kept.thumbnail.expect("the other generation has a thumbnail too");
    litter(&app, &person, &id).await;
    assert_eq!(person.delete(&id).await.expect(204).body(), b"");
    assert_gone(&app, &id);
    assert_eq!(app.entries(person.account()), statement, "the statement must keep its entries");
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
async fn every_final_generation_can_be_deleted() {
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
async fn a_generation_under_way_cannot_be_deleted() {
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
async fn the_key_of_a_deleted_generation_starts_nothing() {
    let (app, mut person, id) = delivered(1).await;
    person.delete(&id).await.expect(204);
    let before = app.world().snapshot();
    let answer = app.send(person.keyed_event("the-key", &prompt("a boat"))).await;
    assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "the key is known, and its generation is deleted");
    let answer = app.send(person.keyed_event("the-key", &prompt("another boat"))).await;
    assert_eq!(answer.outcome(), (422, "idempotency_key_reused".to_owned()));
    app.world().assert_unchanged(&before);
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    person.renew().await;
    let next = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
    assert_ne!(next["id"], json!(id), "after a day the key must be free");
    app.rest().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn late_messages_and_webhooks_restore_nothing() {
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
async fn a_collector_that_lost_the_race_deletes_its_copy() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 0);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.deliver_webhooks().await;
    let message = app.world().take_messages("media").remove(0);
    // The copy takes so long that another collector delivers, and the person deletes the generation.
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
    assert_eq!(app.replicate().counts().downloads, 2, "both collectors must have copied it");
    app.world().inject(Faults::none());
    assert_eq!(app.work_on("thumbnail").await, 1, "the message of the deleted delivery must be there");
    assert_gone(&app, &id);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_dies_at_any_call_can_be_repeated() {
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
async fn a_generation_marked_as_deleted_is_hidden_and_the_sweep_deletes_it() {
    // After the session and the mark: the uploads, the versions, their deletion, the item's deletion.
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
async fn two_deletions_at_once_delete_once() {
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
    assert_eq!(person.delete(&id).await.outcome(), unauthenticated());
    app.world().assert_unchanged(&before);
    let item = app.world().item(GENERATIONS_TABLE, &person.account().to_string(), &id).unwrap_or(Value::Null);
    assert_eq!(item["status"], "succeeded");
}
