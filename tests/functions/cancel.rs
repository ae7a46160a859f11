//! Canceling generations. A queued generation ends at once. A submitted one ends when its provider
//! confirms.

mod races;

use credits::{EntryKind, UsageTotal};
use generations::{FailureCode, GenerationStatus};
use kernel::Credits;
use local::fakes::replicate::{CancelMode, JobOutcome, Knobs, ReadMode, SubmitMode, WebhookMode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GoogleProfile};
use tests::{App, Person};

/// A service in which alice has requested a picture that takes an hour.
async fn asked(turn: impl FnOnce(&mut Knobs)) -> (App, Person, String) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| {
        knobs.success_after_ms = 3_600_000;
        turn(knobs);
    });
    let id = person.ask_for("a boat").await;
    (app, person, id)
}

/// The available and the held credits.
fn available_and_held(app: &App, person: &Person) -> (u64, u64) {
    let balance = app.balance(person.account());
    (balance.available(app.world().now()).0, balance.held().0)
}

/// The status, failure code and released credits of a generation that was not delivered.
fn end(app: &App, id: &str) -> (GenerationStatus, FailureCode, u64) {
    let generation = app.generation(id);
    let failure = generation.failure.unwrap_or_else(|| panic!("it is {:?}", generation.status));
    (generation.status, failure.code, failure.released.0)
}

const CANCELED: (GenerationStatus, FailureCode, u64) = (GenerationStatus::Canceled, FailureCode::Canceled, 4);

#[tokio::test(start_paused = true)]
async fn a_queued_generation_is_canceled_at_once() {
    let (app, person, id) = asked(|_| {}).await;
    let answer = person.cancel(&id).await.expect(200).json();
    assert_eq!((&answer["id"], &answer["status"], &answer["cost"]), (&json!(id), &json!("canceled"), &json!(0)));
    assert_eq!((&answer["failure"]["code"], &answer["failure"]["released"]), (&json!("canceled"), &json!(4)));
    assert_eq!(answer["finished_at"], app.world().now().to_string());
    assert_eq!(available_and_held(&app, &person), (50, 0), "the same request must release its credits");
    assert_eq!(person.get(&format!("/v1/generations/{id}")).await.expect(200).json(), answer);
    // The message in the queue must not submit the job any more.
    app.work_on("generation").await;
    assert_eq!(app.replicate().counts().submits, 0);
    let before = app.world().snapshot();
    assert_eq!(person.cancel(&id).await.expect(200).json(), answer, "a repetition must answer the same");
    app.world().assert_unchanged(&before);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_running_generation_keeps_its_hold_until_the_provider_confirms() {
    for webhook in [WebhookMode::Once, WebhookMode::Never] {
        let (app, person, id) = asked(|knobs| knobs.webhook = webhook).await;
        app.work_on("generation").await;
        let answer = person.cancel(&id).await.expect(202).json();
        assert_eq!((&answer["status"], &answer["cost"]), (&json!("canceling"), &json!(4)), "{webhook:?}");
        assert_eq!((&answer["failure"], &answer["finished_at"]), (&Value::Null, &Value::Null), "{webhook:?}");
        assert_eq!(available_and_held(&app, &person), (46, 4), "{webhook:?}: the hold must stay");
        assert_eq!(app.replicate().counts().cancels, 1, "{webhook:?}: the provider must be asked at once");
        app.settle().await;
        assert_eq!(end(&app, &id), CANCELED, "{webhook:?}");
        assert_eq!(available_and_held(&app, &person), (50, 0), "{webhook:?}");
        person.cancel(&id).await.expect(200);
        assert_eq!(app.replicate().counts().cancels, 1, "{webhook:?}: a provider that is done must not be asked again");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_succeeds_although_canceled_is_delivered_and_charged() {
    let (app, person, id) = asked(|knobs| {
        knobs.cancel = CancelMode::Ignored;
        knobs.success_after_ms = 200_000;
    })
    .await;
    app.work_on("generation").await;
    person.cancel(&id).await.expect(202);
    app.minute().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Canceling, "only the provider's confirmation may end it");
    assert_eq!(app.replicate().counts().cancels, 2, "the sweep must ask again");
    app.rest().await;
    let generation = app.generation(&id);
    assert_eq!(
        (generation.status, generation.cost, generation.outputs.len()),
        (GenerationStatus::Succeeded, Some(Credits(4)), 1)
    );
    assert_eq!(available_and_held(&app, &person), (46, 0));
    assert_eq!(person.cancel(&id).await.outcome(), (409, "wrong_state".to_owned()));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_while_canceling_costs_nothing() {
    for (outcome, status) in
        [(JobOutcome::Fail, GenerationStatus::Failed), (JobOutcome::Moderated, GenerationStatus::Moderated)]
    {
        let (app, person, id) = asked(|knobs| {
            knobs.cancel = CancelMode::Ignored;
            knobs.outcome = outcome;
            knobs.success_after_ms = 30_000;
        })
        .await;
        app.work_on("generation").await;
        person.cancel(&id).await.expect(202);
        app.settle().await;
        assert_eq!(app.generation(&id).status, status);
        assert_eq!(available_and_held(&app, &person), (50, 0), "{outcome:?}");
        app.check_invariants().none();
    }
}

/// Requests a picture or a film, sends it, cancels it and lets it end. Answers the told and the charged
/// price.
async fn sent_and_canceled(app: &App, person: &Person, body: &Value) -> (u64, u64) {
    let id = person.generate(body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.work_on("generation").await;
    let told = person.cancel(&id).await.expect(202).json()["cancel_price"].as_u64().unwrap();
    app.settle().await;
    let generation = app.generation(&id);
    assert_eq!(generation.status, GenerationStatus::Canceled);
    let charged = generation.cost.map_or(0, |cost| cost.0);
    assert_eq!(generation.failure.unwrap().released, Credits(generation.price.0 - charged));
    (told, charged)
}

#[tokio::test(start_paused = true)]
async fn cancellations_of_sent_jobs_begin_to_cost_at_the_exact_cent() {
    let (app, person, id) = asked(|_| {}).await;
    person.cancel(&id).await.expect(200);
    let film = |resolution| json!({ "model": "wan-2.2-t2v-fast", "prompt": "a boat", "settings": { "resolution": resolution } });
    let (dear, cheap, picture) = (film("720p"), film("480p"), json!({ "model": "flux-schnell", "prompt": "a boat" }));
    // Four times 0.11 dollars, then 0.05, then three times 0.003: 0.499 of 0.50 dollars.
    for (n, body) in [&dear, &dear, &dear, &dear, &cheap, &picture, &picture, &picture].into_iter().enumerate() {
        assert_eq!(sent_and_canceled(&app, &person, body).await, (0, 0), "cancellation {n} is free");
    }
    assert_eq!(sent_and_canceled(&app, &person, &picture).await, (4, 4), "0.502 dollars are more than 0.50");
    assert_eq!(available_and_held(&app, &person), (46, 0));
    assert_eq!(app.entries(person.account()).last().unwrap().kind, EntryKind::Settle);
    let used = app.balance(person.account()).usage.month_total("2027-01");
    assert_eq!(used, UsageTotal { generations: 1, credits: Credits(4) }, "a charged cancellation must be counted");
    assert_eq!(sent_and_canceled(&app, &person, &cheap).await, (20, 20));
    app.check_invariants().none();
    app.world().advance(Duration::from_secs(24 * 3_600));
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert_eq!(sent_and_canceled(&app, &person, &cheap).await, (0, 0), "the next day has its own first one");
}

#[tokio::test(start_paused = true)]
async fn a_person_who_cancels_now_and_then_notices_nothing() {
    let (app, person, first) = asked(|_| {}).await;
    person.cancel(&first).await.expect(200);
    let picture = json!({ "model": "flux-schnell", "prompt": "a boat" });
    for _ in 0..5 {
        assert_eq!(sent_and_canceled(&app, &person, &picture).await, (0, 0));
    }
    app.world().advance(Duration::from_secs(24 * 3_600));
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    let film = json!({
        "model": "seedance-1-lite", "prompt": "a boat", "settings": { "duration": 10, "resolution": "480p" },
    });
    assert_eq!(sent_and_canceled(&app, &person, &film).await, (0, 0), "a film of ten seconds");
    assert_eq!(available_and_held(&app, &person), (50, 0));
}

#[tokio::test(start_paused = true)]
async fn twenty_jobs_at_once_are_counted_one_by_one() {
    let (app, person, id) = asked(|_| {}).await;
    person.cancel(&id).await.expect(200);
    let rich = app.sign_in("bob").await;
    app.welcome_with(rich.account(), 1_000, 20).await;
    let film = json!({ "model": "wan-2.2-t2v-fast", "prompt": "a boat", "settings": { "resolution": "480p" } });
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(rich.generate(&film).await.expect(202).json()["id"].as_str().unwrap().to_owned());
    }
    app.work_on("generation").await;
    for id in &ids {
        let told = rich.cancel(id).await.expect(202).json()["cancel_price"].as_u64().unwrap();
        assert_eq!(told, 20, "all twenty together are beyond the free cancellations");
    }
    app.settle().await;
    let charged: u64 = ids.iter().filter_map(|id| app.generation(id).cost).map(|cost| cost.0).sum();
    assert_eq!(charged, 10 * 20, "ten times 0.05 dollars are free");
    assert_eq!(available_and_held(&app, &rich), (1_000 - 200, 0));
    assert_eq!(available_and_held(&app, &person), (50, 0));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_client_says_what_canceling_may_cost() {
    let (app, person, id) = asked(|_| {}).await;
    app.work_on("generation").await;
    app.use_up_free_cancels(person.account()).await;
    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    assert_eq!(shown["cancel_price"], 4);
    let noted = person.event("PATCH", &format!("/v1/generations/{id}")).json_body(&json!({ "favourite": true }));
    assert_eq!(
        app.send(noted).await.expect(200).json()["cancel_price"],
        json!(null),
        "PATCH does not read the balance"
    );
    let event = |max_cost: u64| {
        person.event("POST", &format!("/v1/generations/{id}/cancel")).json_body(&json!({ "max_cost": max_cost }))
    };
    let before = app.world().snapshot();
    let refused = app.send(event(3)).await;
    assert_eq!(refused.outcome(), (409, "price_above_max_cost".to_owned()));
    app.world().assert_unchanged(&before);
    assert_eq!(app.send(event(4)).await.expect(202).json()["cancel_price"], 4);
    app.settle().await;
    assert_eq!(app.generation(&id).cost, Some(Credits(4)));
    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    assert_eq!((&shown["cost"], &shown["cancel_price"]), (&json!(4), &json!(null)));
    assert!(shown["failure"]["detail"].as_str().unwrap().contains("free cancellations"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn canceling_before_the_submission_costs_nothing_and_is_not_counted() {
    let (app, person, id) = asked(|_| {}).await;
    app.use_up_free_cancels(person.account()).await;
    let before = app.balance(person.account()).unpaid;
    person.cancel(&id).await.expect(200);
    assert_eq!((end(&app, &id), available_and_held(&app, &person)), (CANCELED, (50, 0)));
    assert_eq!(app.balance(person.account()).unpaid, before);
}

#[tokio::test(start_paused = true)]
async fn a_submission_without_an_answer_is_found_and_stopped() {
    let (app, person, id) = asked(|knobs| knobs.submit = SubmitMode::AnswerLost).await;
    app.work_on("generation").await;
    assert_eq!(person.cancel(&id).await.expect(202).json()["status"], "canceling");
    assert_eq!(app.replicate().counts().cancels, 0, "the job's id is not known yet");
    app.minute().await;
    assert_eq!((end(&app, &id), app.replicate().counts().cancels), (CANCELED, 1));
    assert_eq!(available_and_held(&app, &person), (50, 0));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_without_confirmation_ends_at_the_deadline_and_costs_nothing() {
    for lost in ["the job", "the answers"] {
        let (app, person, id) = asked(|knobs| knobs.submit = SubmitMode::AnswerLost).await;
        app.work_on("generation").await;
        match lost {
            "the job" => app.replicate().forget(),
            _ => app.replicate().knobs(|knobs| knobs.reads = ReadMode::ServerError),
        }
        person.cancel(&id).await.expect(202);
        for _ in 0..9 {
            app.minute().await;
            assert_eq!(app.generation(&id).status, GenerationStatus::Canceling, "{lost}");
        }
        app.rest().await;
        assert_eq!((end(&app, &id), available_and_held(&app, &person)), (CANCELED, (50, 0)), "{lost}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_runs_too_early_leaves_it_canceling() {
    let (app, person, id) = asked(|knobs| knobs.webhook = WebhookMode::Never).await;
    app.work_on("generation").await;
    person.cancel(&id).await.expect(202);
    app.replicate().knobs(|knobs| knobs.reads = ReadMode::Throttled);
    app.work_on("media").await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Canceling, "the status must be what it was before");
    app.replicate().knobs(|knobs| knobs.reads = ReadMode::Answer);
    app.rest().await;
    assert_eq!(end(&app, &id), CANCELED);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_collecting_or_final_generation_cannot_be_canceled() {
    for (outcome, status) in
        [(JobOutcome::Succeed, "succeeded"), (JobOutcome::Fail, "failed"), (JobOutcome::Moderated, "moderated")]
    {
        let (app, person, id) = asked(|knobs| {
            knobs.success_after_ms = 0;
            knobs.outcome = outcome;
        })
        .await;
        app.work_on("generation").await;
        app.deliver_webhooks().await;
        let message = app.world().take_messages("media").remove(0);
        app.world().inject(Faults::at(2, Fault::DieBefore));
        assert!(!app.hand_over("collect-media", &message).await, "the collector must have died");
        app.world().inject(Faults::none());
        let before = app.world().snapshot();
        assert_eq!(person.cancel(&id).await.outcome(), (409, "wrong_state".to_owned()), "collecting");
        app.world().assert_unchanged(&before);
        app.world().advance(Duration::from_secs(400));
        app.rest().await;
        assert_eq!(serde_json::to_value(app.generation(&id).status).unwrap(), status);
        let before = app.world().snapshot();
        assert_eq!(person.cancel(&id).await.outcome(), (409, "wrong_state".to_owned()), "{status}");
        app.world().assert_unchanged(&before);
        assert_eq!(app.replicate().counts().cancels, 0, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_cancellation_is_accepted_while_collecting() {
    let (app, person, id) = asked(|_| {}).await;
    app.work_on("generation").await;
    person.cancel(&id).await.expect(202);
    let message = app.world().take_messages("media").remove(0);
    app.world().inject(Faults::at(2, Fault::DieBefore));
    assert!(!app.hand_over("collect-media", &message).await);
    app.world().inject(Faults::none());
    assert_eq!(person.cancel(&id).await.expect(202).json()["status"], "collecting");
    app.world().advance(Duration::from_secs(400));
    app.rest().await;
    assert_eq!(end(&app, &id), CANCELED);
}

#[tokio::test(start_paused = true)]
async fn closing_the_account_leaves_canceling_generations_to_the_provider() {
    let (app, person, id) = asked(|knobs| knobs.reads = ReadMode::ServerError).await;
    app.work_on("generation").await;
    person.cancel(&id).await.expect(202);
    let asked_at = app.generation(&id).cancel_requested;
    person.delete_account().await.expect(202);
    let generation = app.generation(&id);
    assert_eq!((generation.status, generation.cancel_requested), (GenerationStatus::Canceling, asked_at));
    app.replicate().knobs(|knobs| knobs.reads = ReadMode::Answer);
    app.minute().await;
    assert_eq!(end(&app, &id), CANCELED);
    app.check_invariants().none();
}
