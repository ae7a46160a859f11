//! Copies that were never delivered: they are always deleted, also when processes die, and at every
//! end of the generation.

use generations::{FailureCode, Generation, GenerationStatus};
use local::fakes::replicate::{CancelMode, JobOutcome, ReadMode, WebhookMode};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use testkit::{Fault, Faults, GENERATIONS_TABLE};
use tests::{App, Person};

/// The provider has made three pictures, and the sweep has queued their collection. No webhook comes.
async fn made() -> (App, Person, String) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| (knobs.webhook, knobs.long_side) = (WebhookMode::Never, 16));
    let body = json!({ "model": "flux-schnell", "prompt": "boats", "settings": { "num_outputs": 3 } });
    let id = person.generate(&body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(31));
    assert!(app.sweep().await);
    (app, person, id)
}

/// Runs the collector with this fault. Returns whether it succeeded.
async fn collects(app: &App, faults: Faults) -> bool {
    let message = app.world().take_messages("media").pop().expect("the sweep has woken the collector");
    app.world().inject(faults);
    let done = app.hand_over("collect-media", &message).await;
    app.world().inject(Faults::none());
    done
}

/// Checks an end without a delivery: the bucket is empty, and the credits are released.
fn nothing_is_left(app: &App, person: &Person, generation: &Generation, code: FailureCode) {
    let failure = generation.failure.as_ref().expect("it was not delivered");
    assert_eq!((failure.code, app.objects().len()), (code, 0), "{:?}", app.objects());
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50);
    assert_eq!((generation.orphan_risk, &generation.open), (0, &None), "a generation at rest must not be in the index");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn copies_of_a_dead_collector_are_deleted_when_the_provider_loses_the_job() {
    for put in 1..=3 {
        for fault in [Fault::DieAfter, Fault::AnswerLost] {
            let (app, person, id) = made().await;
            collects(&app, Faults::nth("s3.PutObject", put, fault)).await;
            assert_eq!(app.objects().len() as u64, put, "{fault:?}: so many were written");
            app.replicate().forget();
            app.rest().await;
            nothing_is_left(&app, &person, &app.generation(&id), FailureCode::ProviderLost);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn undelivered_copies_are_deleted_at_the_deadline() {
    let (app, person, id) = made().await;
    assert!(collects(&app, Faults::nth("s3.PutObject", 2, Fault::ServerError)).await);
    let generation = app.generation(&id);
    assert_eq!(
        (generation.status, generation.orphan_risk),
        (GenerationStatus::Collecting, 1),
        "it was made, and is copied"
    );
    assert_eq!(app.objects().len(), 1);
    app.replicate().knobs(|knobs| knobs.reads = ReadMode::ServerError);
    app.rest().await;
    nothing_is_left(&app, &person, &app.generation(&id), FailureCode::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn outputs_copied_twice_are_stored_once_with_their_thumbnails() {
    for fault in [Fault::DieAfter, Fault::AnswerLost] {
        let (app, person, id) = made().await;
        collects(&app, Faults::nth("s3.PutObject", 3, fault)).await;
        app.rest().await;
        let generation = app.generation(&id);
        assert_eq!((generation.status, generation.outputs.len()), (GenerationStatus::Succeeded, 3), "{fault:?}");
        assert!(generation.outputs.iter().all(|output| output.thumbnail.is_some()), "{fault:?}: {generation:?}");
        assert_eq!(app.objects().len(), 6, "{fault:?}: three pictures and their thumbnails");
        app.check_invariants().none();
        person.delete(&id).await.expect(204);
        assert_eq!(app.objects().len(), 0, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_only_the_first_collector_copied_is_deleted() {
    let (app, person, id) = made().await;
    assert!(!collects(&app, Faults::nth("s3.PutObject", 3, Fault::DieAfter)).await);
    assert_eq!(app.objects().len(), 3);
    app.replicate().lose_file(2);
    app.rest().await;
    let generation = app.generation(&id);
    assert_eq!(
        (generation.status, generation.outputs.len()),
        (GenerationStatus::Succeeded, 2),
        "the available pictures must be delivered"
    );
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 42, "and charged: two thirds");
    assert_eq!(app.objects().len(), 4, "two pictures and their thumbnails; the third must be deleted");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_collection_ends_although_every_collector_dies() {
    let (app, person, id) = made().await;
    let deadline = app.generation(&id).deadline;
    let mut rounds = 0;
    while !app.generation(&id).status.is_final() {
        if let Some(message) = app.world().take_messages("media").pop() {
            rounds += 1;
            // From the third round on it dies before it learns that the provider has deleted the files.
            let put = Faults::nth("s3.PutObject", 2, Fault::DieAfter);
            app.world().inject(if rounds < 3 { put } else { Faults::at(3, Fault::DieBefore) });
            assert!(!app.hand_over("collect-media", &message).await, "it must have died");
            app.world().inject(Faults::none());
        }
        app.world().advance(Duration::from_secs(60));
        assert!(app.sweep().await);
        assert!(rounds < 30, "it must come to an end");
    }
    let generation = app.generation(&id);
    let late = generation.finished_at.unwrap().duration_since(deadline);
    assert!(
        (15..=21).contains(&late.as_mins()),
        "it was tried for a quarter of an hour beyond its deadline, not {late}"
    );
    assert!(rounds > 3, "it was tried {rounds} times");
    app.rest().await;
    nothing_is_left(&app, &person, &app.generation(&id), FailureCode::OutputUnusable);
}

#[tokio::test(start_paused = true)]
async fn a_collector_stops_before_its_timeout_and_the_next_one_delivers() {
    let (app, _, id) = made().await;
    let slow = Fault::Delay(Duration::from_secs(290));
    assert!(
        collects(&app, Faults::nth("http.GET api.replicate.test/files/", 2, slow)).await,
        "it said how far it came"
    );
    let generation = app.generation(&id);
    assert_eq!((generation.status, generation.orphan_risk), (GenerationStatus::Collecting, 1));
    app.rest().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    assert_eq!(app.objects().len(), 6);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_deletion_before_the_sweep_deletes_undelivered_copies() {
    let (app, person, id) = made().await;
    collects(&app, Faults::nth("s3.PutObject", 1, Fault::DieAfter)).await;
    app.replicate().forget();
    app.world().advance(Duration::from_secs(331));
    app.sweep().await;
    app.work_on("media").await;
    let generation = app.generation(&id);
    assert!(generation.status.is_final() && generation.orphan_risk > 0 && !app.objects().is_empty());
    person.delete(&id).await.expect(204);
    assert_eq!((app.objects().len(), app.all_generations().len()), (0, 0));
    app.minute().await;
    app.minute().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn the_next_sweep_finishes_the_clearing_of_one_that_died() {
    for call in 1.. {
        for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
            let (app, person, id) = made().await;
            collects(&app, Faults::nth("s3.PutObject", 2, Fault::DieAfter)).await;
            app.replicate().forget();
            app.world().advance(Duration::from_secs(331));
            assert!(app.sweep().await);
            app.work_on("media").await;
            app.world().advance(Duration::from_secs(61));
            app.world().reset_count();
            app.world().inject(Faults::at(call, fault));
            app.sweep().await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            app.rest().await;
            nothing_is_left(&app, &person, &app.generation(&id), FailureCode::ProviderLost);
            if !hit {
                assert_eq!(call, 10, "four shards, the claim, uploads, versions, the deletion, the record");
                return;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_generation_under_way_outlives_its_models_row() {
    for model in ["flux-schnell", "flux-schnell-fal", "flux-1.1-pro-ultra"] {
        for outcome in [JobOutcome::Succeed, JobOutcome::Fail] {
            let app = App::new(1).await;
            let person = app.sign_in("alice").await;
            app.replicate().knobs(|knobs| (knobs.webhook, knobs.outcome) = (WebhookMode::Never, outcome));
            app.fal().knobs(|knobs| (knobs.webhook, knobs.outcome) = (WebhookMode::Never, outcome));
            app.bfl().knobs(|knobs| (knobs.webhook, knobs.outcome) = (WebhookMode::Never, outcome));
            let answer = person.generate(&json!({ "model": model, "prompt": "a boat" })).await.expect(202).json();
            let id = answer["id"].as_str().unwrap().to_owned();
            app.work_on("generation").await;
            let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
            let gone = table.update(&person.account().to_string(), &id).set("model", "gone-by-now");
            gone.apply().await.unwrap();
            app.rest().await;
            let wanted =
                if outcome == JobOutcome::Fail { GenerationStatus::Failed } else { GenerationStatus::Succeeded };
            assert_eq!(app.generation(&id).status, wanted, "{model}, {outcome:?}: {:?}", app.generation(&id).failure);
            person.get(&format!("/v1/generations/{id}")).await.expect(200);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn outputs_made_in_time_are_delivered_although_they_were_copied_late() {
    for is_canceled in [false, true] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        app.replicate().knobs(|knobs| {
            (knobs.webhook, knobs.success_after_ms, knobs.cancel) = (WebhookMode::Never, 580_000, CancelMode::Ignored);
        });
        let id = person.ask_for("a boat").await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(585));
        assert!(app.sweep().await);
        app.world().inject(Faults::nth("s3.PutObject", 1, Fault::ServerError));
        app.work_on("media").await;
        app.world().inject(Faults::none());
        if is_canceled {
            person.cancel(&id).await.expect(409);
        }
        app.world().advance(Duration::from_secs(60));
        assert!(app.sweep().await, "beyond the deadline");
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "it was made in time");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_failure_of_the_bucket_is_no_lost_webhook() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 0);
    person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.deliver_webhooks().await;
    app.world().inject(Faults::nth("s3.PutObject", 1, Fault::ServerError));
    app.work_on("media").await;
    app.world().inject(Faults::none());
    app.world().advance(Duration::from_secs(60));
    let deps = Arc::new(sweep_generations::Deps::new(&app.world().init("sweep-generations")).await.unwrap());
    let swept = sweep_generations::handle(deps, app.world().ctx("sweep-generations")).await.unwrap();
    assert_eq!((swept.collected, swept.repaired), (1, 0), "{swept:?}");
}

#[tokio::test(start_paused = true)]
async fn clearing_copies_does_not_delay_the_release_of_credits() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 500, 32).await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 0);
    let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
    for n in 0..20 {
        let id = person.ask_for(&format!("boat {n}")).await;
        app.settle().await;
        let due = table.update(&person.account().to_string(), &id).set("deleted_at", 0).set("open", "0");
        due.set("next_check", 0).apply().await.unwrap();
    }
    app.replicate().knobs(|knobs| knobs.success_after_ms = 3_600_000);
    let overdue = person.ask_for("the last boat").await;
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(700));
    app.world().inject(Faults::every("s3.", Fault::Delay(Duration::from_secs(30))));
    let began = tokio::time::Instant::now();
    app.sweep().await;
    app.world().inject(Faults::none());
    assert_eq!(app.generation(&overdue).status, GenerationStatus::TimedOut, "a slow bucket must not delay this");
    let took = began.elapsed().as_secs();
    assert!(took < 60, "a sweep is ended after a minute, and took {took} s");
    app.rest().await;
    assert_eq!(app.all_generations().len(), 1, "the deleted generation must be gone once the bucket answers again");
}
