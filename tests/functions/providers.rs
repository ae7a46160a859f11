//! Every provider but Replicate, which the other tests cover: generations end in the same ways.

use generations::{FailureCode, GenerationStatus};
use local::fakes::{CancelMode, JobCounts, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use testkit::{Fault, Faults, GoogleProfile};
use tests::{App, Person};

/// The models of the other providers, and their prices.
const MODELS: [(&str, u64); 2] = [("flux-schnell-fal", 4), ("flux-1.1-pro-ultra", 12)];

/// Turns the knobs of the model's provider.
fn turn(app: &App, model: &str, knobs: impl FnOnce(&mut Knobs)) {
    match model {
        "flux-schnell-fal" => app.fal().knobs(knobs),
        _ => app.bfl().knobs(knobs),
    }
}

fn counts(app: &App, model: &str) -> JobCounts {
    match model {
        "flux-schnell-fal" => app.fal().counts(),
        _ => app.bfl().counts(),
    }
}

/// A person who has requested a picture of this model.
async fn asked(model: &str, knobs: impl FnOnce(&mut Knobs)) -> (App, Person, String) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    turn(&app, model, knobs);
    let answer = person.generate(&json!({ "model": model, "prompt": "a boat" })).await.expect(202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    (app, person, id)
}

/// Checks that the generation was delivered and charged once.
fn delivered_once(app: &App, person: &Person, id: &str, model: &str, price: u64) {
    let generation = app.generation(id);
    assert_eq!(generation.status, GenerationStatus::Succeeded, "{model}: {:?}", generation.failure);
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50 - price, "{model}");
    assert_eq!((app.originals().len(), counts(app, model).predictions), (1, 1), "{model}");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_prompt_becomes_a_picture_and_is_charged() {
    for (model, price) in MODELS {
        let (app, person, id) = asked(model, |_| {}).await;
        app.settle().await;
        delivered_once(&app, &person, &id, model, price);
        let output = app.generation(&id).outputs[0].clone();
        assert!(output.content_type == "image/png" && output.width > output.height, "{model}: {output:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delivered_job_is_erased_at_its_provider() {
    for (model, erasures) in [("flux-schnell-fal", 1), ("flux-1.1-pro-ultra", 0)] {
        for outcome in [JobOutcome::Succeed, JobOutcome::Moderated, JobOutcome::Fail] {
            let (app, _, _) = asked(model, |knobs| knobs.outcome = outcome).await;
            app.settle().await;
            assert_eq!(counts(&app, model).erasures, erasures, "{model}: {outcome:?}");
        }
    }
}

/// A job that we gave up is erased too, by the first process that learns that it has ended.
#[tokio::test(start_paused = true)]
async fn a_timed_out_or_canceled_job_is_erased_at_its_provider() {
    // The job begins before its deadline, as fal requires, and ends long after it.
    let long = 2_000_000;
    for (cancel, success_after_ms, is_canceled, status) in [
        (CancelMode::Stops, long, false, GenerationStatus::TimedOut),
        (CancelMode::Stops, long, true, GenerationStatus::Canceled),
        // The job cannot be stopped, and ends in the minute after its deadline.
        (CancelMode::Ignored, 690_000, false, GenerationStatus::TimedOut),
        (CancelMode::Ignored, 690_000, true, GenerationStatus::Canceled),
    ] {
        let knobs = |knobs: &mut Knobs| (knobs.cancel, knobs.success_after_ms) = (cancel, success_after_ms);
        let (app, person, id) = asked("flux-schnell-fal", knobs).await;
        app.work_on("generation").await;
        // By now even the job that ends first runs.
        app.world().advance(Duration::from_secs(140));
        if is_canceled {
            person.cancel(&id).await;
        }
        let what = format!("{cancel:?}, canceled: {is_canceled}");
        for _ in 0..15 {
            app.minute().await;
        }
        assert_eq!(app.generation(&id).status, status, "{what}");
        // A late webhook erases the job once more, which changes nothing.
        assert!(counts(&app, "flux-schnell-fal").erasures >= 1, "{what}");
        assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "{what}");
        app.check_invariants().none();
    }
}

/// No webhook comes, and the provider cannot be read. At the deadline the job turns out to have
/// succeeded.
#[tokio::test(start_paused = true)]
async fn a_job_that_succeeded_unnoticed_is_erased_and_counted_once() {
    let unheard = |knobs: &mut Knobs| (knobs.webhook, knobs.reads) = (WebhookMode::Never, ReadMode::ServerError);
    let (app, _, id) = asked("flux-schnell-fal", unheard).await;
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(700));
    app.fal().knobs(|knobs| knobs.reads = ReadMode::Answer);
    // A job keeps the knobs of its start, except for the mode of reads, which is the provider's.
    let deps = Arc::new(sweep_generations::Deps::new(&app.world().init("sweep-generations")).await.unwrap());
    let swept = sweep_generations::handle(deps, app.world().ctx("sweep-generations")).await.unwrap();
    assert_eq!((swept.ended, swept.made_too_late, swept.repaired), (1, 1, 0), "{swept:?}");
    assert_eq!(
        (app.generation(&id).status, counts(&app, "flux-schnell-fal").erasures),
        (GenerationStatus::TimedOut, 1)
    );
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_job_without_outputs_costs_nothing() {
    for (model, price) in MODELS {
        for (outcome, status, code) in [
            (JobOutcome::Fail, GenerationStatus::Failed, FailureCode::ProviderFailed),
            (JobOutcome::Moderated, GenerationStatus::Moderated, FailureCode::Moderated),
            (JobOutcome::InputModerated, GenerationStatus::Moderated, FailureCode::Moderated),
            (JobOutcome::NoOutput, GenerationStatus::Failed, FailureCode::ProviderFailed),
            (JobOutcome::UnknownStatus, GenerationStatus::TimedOut, FailureCode::TimedOut),
        ] {
            let (app, person, id) = asked(model, |knobs| knobs.outcome = outcome).await;
            app.rest().await;
            let failure = app.generation(&id).failure.unwrap();
            let end = (app.generation(&id).status, failure.code, failure.released.0);
            assert_eq!(end, (status, code, price), "{model}: {outcome:?}");
            assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "{model}: {outcome:?}");
            assert_eq!(counts(&app, model).submits, 1, "{model}: {outcome:?}: it must not be retried");
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_temporary_refusal_is_retried_and_a_permanent_one_is_not() {
    for (model, price) in MODELS {
        for submit in [SubmitMode::Throttled, SubmitMode::OutOfCredit, SubmitMode::Unavailable] {
            let (app, person, id) = asked(model, |knobs| (knobs.submit, knobs.times) = (submit, Some(2))).await;
            assert_eq!(app.rest().await, 2, "{model}: {submit:?}: one try a minute");
            delivered_once(&app, &person, &id, model, price);
        }
        let (app, _, id) = asked(model, |knobs| knobs.submit = SubmitMode::Retired).await;
        app.settle().await;
        assert_eq!(app.generation(&id).failure.unwrap().code, FailureCode::ModelRetired, "{model}");
    }
}

/// These providers cannot list jobs by webhook, so only the webhook names the lost job.
#[tokio::test(start_paused = true)]
async fn a_submit_with_a_lost_answer_continues_by_its_webhook_and_is_never_repeated() {
    for (model, price) in MODELS {
        let (app, person, id) = asked(model, |knobs| knobs.submit = SubmitMode::AnswerLost).await;
        app.rest().await;
        delivered_once(&app, &person, &id, model, price);
        let lost = |knobs: &mut Knobs| (knobs.submit, knobs.webhook) = (SubmitMode::AnswerLost, WebhookMode::Never);
        let (app, person, id) = asked(model, lost).await;
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut, "{model}");
        assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "{model}");
        assert_eq!(counts(&app, model).submits, 1, "{model}: a job that may have arrived must not be sent again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_or_repeated_webhook_still_delivers_once() {
    for (model, price) in MODELS {
        for (mode, minutes) in [
            (WebhookMode::Once, 0),
            (WebhookMode::Twice, 0),
            (WebhookMode::Early, 0),
            (WebhookMode::OutOfOrder, 0),
            (WebhookMode::PreviousKey, 0),
            (WebhookMode::Never, 1),
        ] {
            let (app, person, id) = asked(model, |knobs| knobs.webhook = mode).await;
            assert_eq!(app.rest().await, minutes, "{model}: {mode:?}");
            delivered_once(&app, &person, &id, model, price);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_forged_webhook_is_refused_and_not_needed() {
    // A webhook of Black Forest Labs has no time, so it can be replayed for ever.
    let cases = [
        ("flux-schnell-fal", WebhookMode::BadSignature),
        ("flux-schnell-fal", WebhookMode::Stale),
        ("flux-1.1-pro-ultra", WebhookMode::BadSignature),
    ];
    for (model, mode) in cases {
        let (app, _, id) = asked(model, |knobs| knobs.webhook = mode).await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(2));
        let answers = app.deliver_webhooks().await;
        assert_eq!(answers.iter().map(tests::Answer::status).collect::<Vec<_>>(), [401], "{model}: {mode:?}");
        assert!(app.world().messages("media").is_empty(), "{model}: {mode:?}");
        app.rest().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{model}: {mode:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unusable_output_costs_nothing() {
    for (model, _) in MODELS {
        for output in [OutputMode::Missing, OutputMode::WrongType] {
            let (app, person, id) = asked(model, |knobs| knobs.output = output).await;
            app.settle().await;
            assert_eq!(app.generation(&id).failure.unwrap().code, FailureCode::OutputUnusable, "{model}: {output:?}");
            assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "{model}: {output:?}");
            assert!(app.objects().is_empty(), "{model}: {output:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_switched_off_ends_its_jobs_and_gets_no_new_ones() {
    for off in ["fal", "flux-schnell-fal"] {
        let (app, person, id) = asked("flux-schnell-fal", |_| {}).await;
        app.world().set_variable("PAUSED", off);
        let app = app.restarted().await;
        let balance = app.balance(person.account());
        let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
        let refused = person.generate(&json!({ "model": "flux-schnell-fal", "prompt": "a boat" })).await.expect(503);
        assert_eq!(refused.json()["code"], "provider_paused", "{off}");
        assert_eq!(refused.header("retry-after"), Some("300"), "{off}");
        assert_eq!(app.balance(person.account()).version, balance.version, "{off}: no credits may be held");
        person.generate(&json!({ "model": "flux-schnell", "prompt": "a boat" })).await.expect(202);
        app.settle().await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{off}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_erased_at_its_provider_although_its_collector_died() {
    for fault in [Fault::DieAfter, Fault::AnswerLost] {
        let (app, person, id) = asked("flux-schnell-fal", |_| {}).await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(2));
        app.deliver_webhooks().await;
        app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        app.work_on("media").await;
        app.world().inject(Faults::none());
        app.rest().await;
        delivered_once(&app, &person, &id, "flux-schnell-fal", 4);
        assert!(counts(&app, "flux-schnell-fal").erasures > 0, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_does_not_wait_for_a_silent_provider() {
    for model in ["flux-schnell", "flux-schnell-fal", "flux-1.1-pro-ultra"] {
        let (app, person, id) = asked(model, |knobs| knobs.success_after_ms = 60_000).await;
        app.replicate().knobs(|knobs| knobs.success_after_ms = 60_000);
        app.work_on("generation").await;
        app.world().inject(Faults::every("http.", Fault::Delay(Duration::from_secs(20))));
        let began = tokio::time::Instant::now();
        person.cancel(&id).await.expect(202);
        app.world().inject(Faults::none());
        assert!(began.elapsed() <= Duration::from_secs(6), "{model}: {:?}", began.elapsed());
        app.rest().await;
        assert!(app.generation(&id).status.is_final(), "{model}");
        app.check_invariants().none();
    }
}
