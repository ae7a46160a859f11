//! Lost messages, webhooks and answers: the sweep finds them.

use generations::{FailureCode, GenerationStatus};
use local::fakes::replicate::{ReadMode, SubmitMode, WebhookMode};
use std::{sync::Arc, time::Duration};
use testkit::{Fault, Faults};
use tests::{App, Person};

const SUBMIT: &str = "http.POST api.replicate.test/v1/models/";

async fn asked(seed: u64) -> (App, Person) {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    (app, person)
}

#[tokio::test(start_paused = true)]
async fn a_message_that_could_not_be_queued_is_queued_by_the_sweep() {
    for fault in [Fault::RequestLost, Fault::ServerError, Fault::Refused, Fault::Throttled, Fault::AnswerLost] {
        let (app, person) = asked(1).await;
        app.world().inject(Faults::nth("sqs.SendMessage", 1, fault));
        let id = person.ask_for("a boat").await;
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{fault:?}");
        assert_eq!(app.replicate().counts().submits, 1, "{fault:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_lost_in_the_queue_is_queued_again() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    assert_eq!(app.world().take_messages("generation").len(), 1, "the message must be lost");
    assert_eq!(app.rest().await, 1);
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_collection_whose_message_is_lost_is_queued_again() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(2));
    app.deliver_webhooks().await;
    assert_eq!(app.world().take_messages("media").len(), 1, "the message must be lost");
    assert_eq!(app.rest().await, 1);
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    app.check_invariants().none();
}

/// A repair by the sweep is counted, with the seconds since the last sign of the generation.
#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_lost_is_repaired_and_the_repair_is_counted() {
    for (webhook, waits, repaired, lag) in [
        (WebhookMode::Never, 45, 1, 45),
        (WebhookMode::Never, 200, 1, 200),
        // The webhook came, and a collector has used it.
        (WebhookMode::Once, 45, 0, 0),
    ] {
        let (app, person) = asked(1).await;
        app.replicate().knobs(|knobs| knobs.webhook = webhook);
        let id = person.ask_for("a boat").await;
        app.work_on("generation").await;
        if webhook == WebhookMode::Once {
            app.settle().await;
        }
        app.world().advance(Duration::from_secs(waits));
        let deps = Arc::new(sweep_generations::Deps::new(&app.world().init("sweep-generations")).await.unwrap());
        let swept = sweep_generations::handle(deps.clone(), app.world().ctx("sweep-generations")).await.unwrap();
        assert_eq!((swept.repaired, swept.longest_lag_seconds), (repaired, lag), "{webhook:?}: {swept:?}");
        assert_eq!(swept.collected, repaired, "{webhook:?}: {swept:?}");
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
        let again = sweep_generations::handle(deps, app.world().ctx("sweep-generations")).await.unwrap();
        assert_eq!(again.repaired, 0, "a repair must be counted once");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn duplicate_messages_take_effect_once() {
    for seed in 0..10 {
        let (app, person) = asked(seed).await;
        app.world().inject(Faults::every("sqs.SendMessage", Fault::Duplicate));
        let id = person.ask_for("a boat").await;
        let messages = app.world().take_messages("generation");
        assert_eq!(messages.len(), 2);
        let both = messages.iter().map(|message| app.hand_over("run-generation", message));
        assert_eq!(futures_util::future::join_all(both).await, [true, true]);
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "seed {seed}");
        assert_eq!(app.replicate().counts().submits, 1, "seed {seed}: two workers, one submission");
        assert_eq!(app.replicate().counts().downloads, 1, "seed {seed}: two workers, one copy");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_submission_whose_answer_is_lost_is_found_and_never_sent_again() {
    for webhook in [WebhookMode::Once, WebhookMode::Never] {
        let (app, person) = asked(1).await;
        app.replicate().knobs(|knobs| {
            knobs.submit = SubmitMode::AnswerLost;
            knobs.webhook = webhook;
        });
        let id = person.ask_for("a boat").await;
        app.work_on("generation").await;
        assert_eq!(
            app.generation(&id).status,
            GenerationStatus::Submitting,
            "it is not known whether the submission arrived"
        );
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{webhook:?}");
        let counts = app.replicate().counts();
        assert_eq!(
            (counts.submits, counts.predictions),
            (1, 1),
            "{webhook:?}: the job may be billed, so it must not be submitted twice"
        );
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_may_have_arrived_is_never_sent_again() {
    for fault in [Fault::RequestLost, Fault::ServerError, Fault::BodyCut] {
        let (app, person) = asked(1).await;
        app.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Never);
        app.world().inject(Faults::every(SUBMIT, fault));
        let id = person.ask_for("a boat").await;
        app.rest().await;
        let wanted = if fault == Fault::BodyCut { GenerationStatus::Succeeded } else { GenerationStatus::TimedOut };
        assert_eq!(app.generation(&id).status, wanted, "{fault:?}");
        let sent = app.world().trace().iter().filter(|call| call.name.starts_with(SUBMIT)).count();
        assert_eq!(sent, 1, "{fault:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_certainly_did_not_arrive_is_sent_again() {
    let (app, person) = asked(1).await;
    app.world().inject(Faults::nth(SUBMIT, 1, Fault::Refused));
    let id = person.ask_for("a boat").await;
    assert_eq!(app.rest().await, 1);
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_provider_forgot_is_released() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.replicate().forget();
    assert_eq!(app.rest().await, 1, "the next sweep must ask the provider");
    let failure = app.generation(&id).failure.unwrap();
    assert_eq!((failure.code, failure.released.0), (FailureCode::ProviderLost, 4));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_submission_without_an_answer_that_the_provider_forgot_is_released_at_the_deadline() {
    let (app, person) = asked(1).await;
    app.replicate().knobs(|knobs| knobs.submit = SubmitMode::AnswerLost);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.replicate().forget();
    app.rest().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut);
    assert_eq!(app.replicate().counts().submits, 1);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_provider_outage_delays_and_loses_nothing() {
    for reads in [ReadMode::ServerError, ReadMode::Throttled, ReadMode::AnswerLost] {
        let (app, person) = asked(1).await;
        app.replicate().knobs(|knobs| knobs.reads = reads);
        let id = person.ask_for("a boat").await;
        app.settle().await;
        for _ in 0..3 {
            app.minute().await;
        }
        assert_eq!(app.generation(&id).status, GenerationStatus::Running, "{reads:?}");
        app.replicate().knobs(|knobs| knobs.reads = ReadMode::Answer);
        assert_eq!(app.rest().await, 1, "{reads:?}");
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{reads:?}");
        assert_eq!(app.replicate().counts().predictions, 1, "{reads:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_breaks_off_is_read_again() {
    let (app, person) = asked(1).await;
    app.world().inject(Faults::nth("http.GET api.replicate.test/files/", 1, Fault::BodyCut));
    let id = person.ask_for("a boat").await;
    assert_eq!(app.rest().await, 1);
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn two_sweeps_at_once_do_each_step_once() {
    for seed in 0..10 {
        let (app, person) = asked(seed).await;
        let lost = person.ask_for("lost in the queue").await;
        app.world().take_messages("generation");
        app.world().advance(Duration::from_secs(61));
        let (one, two) = futures_util::future::join(app.sweep(), app.sweep()).await;
        assert!(one && two, "seed {seed}");
        assert_eq!(app.world().messages("generation").len(), 1, "seed {seed}");
        app.rest().await;
        assert_eq!(app.generation(&lost).status, GenerationStatus::Succeeded, "seed {seed}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_with_stale_reads_repeats_no_step() {
    for seed in 0..10 {
        let (app, person) = asked(seed).await;
        app.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Never);
        app.world().inject(Faults::sometimes("dynamodb.Query", 0.7, Fault::StaleRead));
        let ids = [person.ask_for("a boat").await, person.ask_for("another").await];
        app.world().take_messages("generation");
        app.rest().await;
        let stale = app.world().trace().iter().filter(|call| call.fault == Some(Fault::StaleRead)).count();
        assert!(stale > 0, "seed {seed}: stale reads must have occurred");
        assert!(ids.iter().all(|id| app.generation(id).status == GenerationStatus::Succeeded), "seed {seed}");
        let counts = app.replicate().counts();
        assert_eq!((counts.submits, counts.downloads), (2, 2), "seed {seed}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_for_good_is_a_dead_letter_and_its_generation_goes_on() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    app.world().inject(Faults::every("dynamodb.UpdateItem", Fault::ServerError));
    for _ in 0..3 {
        app.settle().await;
    }
    assert_eq!(app.world().messages("generation-dead").len(), 1, "after three tries it must be a dead letter");
    assert_eq!(app.generation(&id).status, GenerationStatus::Queued);
    app.world().inject(Faults::none());
    app.rest().await;
    assert_eq!(
        app.generation(&id).status,
        GenerationStatus::Succeeded,
        "the sweep must finish the generation meanwhile"
    );
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_does_not_delay_the_others() {
    let (app, person) = asked(1).await;
    app.welcome_with(person.account(), 1_000, 32).await;
    app.replicate().knobs(|knobs| (knobs.success_after_ms, knobs.webhook) = (3_600_000, WebhookMode::Never));
    let mut running = Vec::new();
    for n in 0..30 {
        running.push(person.ask_for(&format!("the boat with the number {n}")).await);
    }
    while app.work_on("generation").await > 0 {}
    let overdue = running.pop().unwrap();
    let table = app.world().clients().dynamodb().table(testkit::GENERATIONS_TABLE);
    let late = table.update(&person.account().to_string(), &overdue).set("deadline", 0);
    late.when(aws::Condition::Exists).apply().await.unwrap();
    let forgotten = person.ask_for("a forgotten boat").await;
    app.world().take_messages("generation");
    app.world().advance(Duration::from_secs(100));
    app.world().inject(Faults::with(|call, _| {
        call.name.starts_with("http.").then_some(Fault::Delay(Duration::from_secs(60)))
    }));
    let start = tokio::time::Instant::now();
    assert!(app.sweep().await);
    let took = start.elapsed();
    app.world().inject(Faults::none());
    assert!(took < Duration::from_secs(45), "a sweep has 60 seconds, and this one took {took:?}");
    assert_eq!(
        app.generation(&overdue).status,
        GenerationStatus::TimedOut,
        "credits must be released although the provider does not answer"
    );
    let woken = app.world().take_messages("generation");
    assert!(
        woken.iter().any(|message| message.body.contains(&forgotten)),
        "the forgotten generation must be queued again"
    );
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_item_that_does_not_parse_does_not_stop_the_sweep() {
    let (app, person) = asked(1).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(person.ask_for(&format!("the boat with the number {n}")).await);
    }
    app.world().take_messages("generation");
    let table = app.world().clients().dynamodb().table(testkit::GENERATIONS_TABLE);
    let strange = table.update(&person.account().to_string(), &ids[0]).set("kind", "hologram");
    strange.when(aws::Condition::Exists).apply().await.unwrap();
    app.world().advance(Duration::from_secs(100));
    assert!(app.sweep().await);
    let woken = app.world().take_messages("generation");
    let queued = ids.iter().filter(|id| woken.iter().any(|message| message.body.contains(id.as_str())));
    assert_eq!(queued.collect::<Vec<_>>(), ids[1..].iter().collect::<Vec<_>>(), "the others must be queued again");
}
