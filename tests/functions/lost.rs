//! What gets lost on the way: the sweep finds it.

use generations::{FailureCode, Status};
use local::fakes::replicate::{Reads, Submit, WebhookMode};
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
        assert_eq!(app.generation(&id).status, Status::Succeeded, "{fault:?}");
        assert_eq!(app.replicate().counts().submits, 1, "{fault:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_lost_in_the_queue_is_queued_again() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    assert_eq!(app.world().take_messages("generation").len(), 1, "and nobody ever sees it");
    assert_eq!(app.rest().await, 1);
    assert_eq!(app.generation(&id).status, Status::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_collection_whose_message_is_lost_is_queued_again() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(2));
    app.deliver_webhooks().await;
    assert_eq!(app.world().take_messages("media").len(), 1, "and nobody ever sees it");
    assert_eq!(app.rest().await, 1);
    assert_eq!(app.generation(&id).status, Status::Succeeded);
    app.check_invariants().none();
}

/// What a sweep repairs is counted, with how long it went unheard of.
#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_lost_is_repaired_and_the_repair_is_counted() {
    for (webhook, waits, repaired, lag) in [
        (WebhookMode::Never, 45, 1, 45),
        (WebhookMode::Never, 200, 1, 200),
        // It came, and somebody has collected by it.
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
        assert_eq!(app.generation(&id).status, Status::Succeeded);
        let again = sweep_generations::handle(deps, app.world().ctx("sweep-generations")).await.unwrap();
        assert_eq!(again.repaired, 0, "one repair is counted once");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_come_twice_are_done_once() {
    for seed in 0..10 {
        let (app, person) = asked(seed).await;
        app.world().inject(Faults::every("sqs.SendMessage", Fault::Duplicate));
        let id = person.ask_for("a boat").await;
        let messages = app.world().take_messages("generation");
        assert_eq!(messages.len(), 2);
        let both = messages.iter().map(|message| app.hand_over("run-generation", message));
        assert_eq!(futures_util::future::join_all(both).await, [true, true]);
        app.rest().await;
        assert_eq!(app.generation(&id).status, Status::Succeeded, "seed {seed}");
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
            knobs.submit = Submit::AnswerLost;
            knobs.webhook = webhook;
        });
        let id = person.ask_for("a boat").await;
        app.work_on("generation").await;
        assert_eq!(app.generation(&id).status, Status::Submitting, "nobody knows whether it arrived");
        app.rest().await;
        assert_eq!(app.generation(&id).status, Status::Succeeded, "{webhook:?}");
        let counts = app.replicate().counts();
        assert_eq!((counts.submits, counts.predictions), (1, 1), "{webhook:?}: it may be billed, so never twice");
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
        let wanted = if fault == Fault::BodyCut { Status::Succeeded } else { Status::TimedOut };
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
    assert_eq!(app.generation(&id).status, Status::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_provider_forgot_is_released() {
    let (app, person) = asked(1).await;
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.replicate().forget();
    assert_eq!(app.rest().await, 1, "the next sweep asks the provider");
    let failure = app.generation(&id).failure.unwrap();
    assert_eq!((failure.code, failure.released.0), (FailureCode::ProviderLost, 4));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_submission_without_an_answer_that_the_provider_forgot_is_released_at_the_deadline() {
    let (app, person) = asked(1).await;
    app.replicate().knobs(|knobs| knobs.submit = Submit::AnswerLost);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.replicate().forget();
    app.rest().await;
    assert_eq!(app.generation(&id).status, Status::TimedOut);
    assert_eq!(app.replicate().counts().submits, 1);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_cannot_be_asked_for_a_while_delays_and_loses_nothing() {
    for reads in [Reads::ServerError, Reads::Throttled, Reads::AnswerLost] {
        let (app, person) = asked(1).await;
        app.replicate().knobs(|knobs| knobs.reads = reads);
        let id = person.ask_for("a boat").await;
        app.settle().await;
        for _ in 0..3 {
            app.minute().await;
        }
        assert_eq!(app.generation(&id).status, Status::Running, "{reads:?}");
        app.replicate().knobs(|knobs| knobs.reads = Reads::Answer);
        assert_eq!(app.rest().await, 1, "{reads:?}");
        assert_eq!(app.generation(&id).status, Status::Succeeded, "{reads:?}");
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
    assert_eq!(app.generation(&id).status, Status::Succeeded);
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
        assert_eq!(app.generation(&lost).status, Status::Succeeded, "seed {seed}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_sees_the_past_does_no_step_twice() {
    for seed in 0..10 {
        let (app, person) = asked(seed).await;
        app.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Never);
        app.world().inject(Faults::sometimes("dynamodb.Query", 0.7, Fault::StaleRead));
        let ids = [person.ask_for("a boat").await, person.ask_for("another").await];
        app.world().take_messages("generation");
        app.rest().await;
        let stale = app.world().trace().iter().filter(|call| call.fault == Some(Fault::StaleRead)).count();
        assert!(stale > 0, "seed {seed}: the past must have been seen");
        assert!(ids.iter().all(|id| app.generation(id).status == Status::Succeeded), "seed {seed}");
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
    assert_eq!(app.world().messages("generation-dead").len(), 1, "after three tries somebody must look at it");
    assert_eq!(app.generation(&id).status, Status::Queued);
    app.world().inject(Faults::none());
    app.rest().await;
    assert_eq!(app.generation(&id).status, Status::Succeeded, "and meanwhile the sweep helps the person");
    app.check_invariants().none();
}
