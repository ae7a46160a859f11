//! The spend on providers: each job is counted, and a provider at its daily cap gets no more jobs.

use futures_util::future::join_all;
use generations::GenerationStatus;
use local::fakes::replicate::SubmitMode;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GENERATIONS_TABLE, GoogleProfile};
use tests::{App, Event, Person, prompt};

/// The day on which every world begins, at 8 o'clock.
const TODAY: &str = "2027-01-15";
const TOMORROW: &str = "2027-01-16";

/// Sets today's spend on a provider.
async fn has_cost(app: &App, provider: &str, micro_dollars: u64) {
    let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
    let row = json!({ "micro_dollars": micro_dollars, "jobs": 1, "expires_at": 1_900_000_000 });
    table.put(&format!("spend#{provider}#{TODAY}"), "spend", &row).apply().await.unwrap();
}

fn body(model: &str, settings: Value) -> Value {
    json!({ "model": model, "prompt": "a boat", "settings": settings })
}

/// Delivers the message of one generation once.
async fn run(app: &App, person: &Person, id: &str) -> bool {
    let event = Event::recorded("run-generation").fill("account", &person.account().to_string());
    app.world().run(app.work(&event.fill("generation", id))).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn an_accepted_job_is_counted_at_our_cost() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 1_000, 32).await;
    for (model, settings, provider, cost) in [
        ("flux-schnell", json!({ "num_outputs": 3 }), "replicate", 9_000),
        ("seedance-1-lite", json!({ "duration": 10, "resolution": "720p" }), "replicate", 369_000),
        ("flux-schnell-fal", json!({ "num_images": 2 }), "fal", 6_000),
        ("flux-1.1-pro-ultra", json!({}), "bfl", 60_000),
    ] {
        person.generate(&body(model, settings)).await.expect(202);
        app.settle().await;
        assert_eq!(app.spent(provider, TODAY).0, cost, "{model}");
    }
    assert_eq!(app.spent("replicate", TODAY).1, 2);
    assert_eq!(app.spent("replicate", TOMORROW), (0, 0));
    app.world().advance(Duration::from_secs(16 * 60 * 60));
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    person.generate(&prompt("a boat")).await.expect(202);
    app.settle().await;
    assert_eq!((app.spent("replicate", TODAY).1, app.spent("replicate", TOMORROW)), (2, (3_000, 1)));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_refused_job_is_not_counted_and_a_possibly_accepted_one_is() {
    for (submit, jobs) in [
        (SubmitMode::Throttled, 0),
        (SubmitMode::OutOfCredit, 0),
        (SubmitMode::Retired, 0),
        (SubmitMode::Unavailable, 0),
        (SubmitMode::ServerError, 1),
        (SubmitMode::AnswerLost, 1),
    ] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        app.replicate().knobs(|knobs| (knobs.submit, knobs.times) = (submit, Some(1)));
        person.ask_for("a boat").await;
        app.settle().await;
        assert_eq!(app.spent("replicate", TODAY).1, jobs, "{submit:?}");
        app.rest().await;
        let taken = app.replicate().counts().predictions;
        assert_eq!(app.spent("replicate", TODAY).1, taken.max(jobs), "{submit:?}: every attempt must be counted");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn racing_runs_are_counted_exactly() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 1_000, 32).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(person.ask_for(&format!("a boat {n}")).await);
    }
    // Each message three times, all at once.
    let runs = (0..3).flat_map(|_| &ids).map(|id| run(&app, &person, id));
    assert!(join_all(runs).await.into_iter().all(|ran| ran));
    assert_eq!(app.replicate().counts().predictions, 20);
    assert_eq!(app.spent("replicate", TODAY), (60_000, 20));
    app.rest().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_counts_its_job_at_most_once() {
    let ways = [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError, Fault::Throttled];
    for fault in ways {
        // The claim, the submission, the state and the count, in any order.
        for call in 1..=4 {
            let app = App::new(1).await;
            let person = app.sign_in("alice").await;
            let id = person.ask_for("a boat").await;
            app.world().take_messages("generation");
            app.world().inject(Faults::at(call, fault));
            run(&app, &person, &id).await;
            app.world().inject(Faults::none());
            // The message is delivered twice more.
            run(&app, &person, &id).await;
            run(&app, &person, &id).await;
            app.rest().await;
            let (counted, taken) = (app.spent("replicate", TODAY).1, app.replicate().counts().predictions);
            assert!(counted <= 1 && taken <= 1, "{fault:?} at call {call}: counted {counted}, taken {taken}");
            assert!(counted + 1 >= taken, "{fault:?} at call {call}: counted {counted}, taken {taken}");
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_fails_leaves_the_job_undisturbed() {
    for fault in [Fault::ServerError, Fault::AnswerLost, Fault::Throttled] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        // The third write: after the claim and beside the state.
        app.world().inject(Faults::nth("dynamodb.UpdateItem", 3, fault));
        app.settle().await;
        app.world().inject(Faults::none());
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{fault:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_at_its_cap_gets_no_jobs_until_the_next_day() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let event = person.keyed_event("known", &prompt("a boat"));
    let known = app.send(event.clone()).await.expect(202).json();
    app.settle().await;
    // A hundred dollars, less two images.
    has_cost(&app, "replicate", 100_000_000 - 6_000).await;
    let before = app.world().snapshot();
    for (settings, status) in [(json!({ "num_outputs": 4 }), 503), (json!({ "num_outputs": 3 }), 503)] {
        let (answer, counts) = app.world().counted(person.generate(&body("flux-schnell", settings))).await;
        assert_eq!(answer.outcome(), (status, "provider_paused".to_owned()));
        let left = 24 * 60 * 60 - app.world().now().as_second() % (24 * 60 * 60);
        assert_eq!(answer.header("retry-after"), Some(left.to_string().as_str()));
        assert_eq!((counts.aws_total(), counts.vendors_total()), (1, 0), "the one read: {counts}");
        app.world().assert_unchanged(&before);
    }
    // A request below the cap is accepted, a known key answers, and another provider continues.
    person.generate(&body("flux-schnell", json!({ "num_outputs": 2 }))).await.expect(202);
    app.settle().await;
    assert_eq!(app.send(event).await.expect(202).json()["id"], known["id"]);
    assert_eq!(person.generate(&prompt("a boat")).await.status(), 503);
    person.generate(&body("flux-schnell-fal", json!({}))).await.expect(202);

    app.world().advance(Duration::from_secs(16 * 60 * 60));
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    person.generate(&prompt("a boat")).await.expect(202);
    app.rest().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_operator_sets_the_caps() {
    let app = App::new(1).await;
    app.world().set_variable("FAL_DAILY_CAP", "0");
    app.world().set_variable("REPLICATE_DAILY_CAP", "1");
    let app = app.restarted().await;
    let person = app.sign_in("alice").await;
    assert_eq!(person.generate(&body("flux-schnell-fal", json!({}))).await.status(), 503);
    has_cost(&app, "replicate", 1_000_000).await;
    assert_eq!(person.generate(&prompt("a boat")).await.status(), 503);
    person.generate(&body("flux-1.1-pro-ultra", json!({}))).await.expect(202);
    // An invalid request is still refused as invalid.
    let wrong = person.generate(&body("flux-schnell-fal", json!({ "num_images": 9 }))).await;
    assert_eq!(wrong.outcome(), (422, "invalid".to_owned()));
}
