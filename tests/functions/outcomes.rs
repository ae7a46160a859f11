//! From the prompt to the picture, or to the release of the credits: every end of a provider's job.

use generations::{CollectMessage, CollectOutcome, FailureCode, GenerationStatus};
use kernel::sha256_hex;
use local::fakes::replicate::{JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode};
use std::{sync::Arc, time::Duration};
use tests::App;

#[tokio::test(start_paused = true)]
async fn a_prompt_becomes_a_picture_and_is_charged() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let queued = app.generation(&id);
    assert_eq!(queued.status, GenerationStatus::Queued);
    assert!(queued.open.is_some() && queued.next_check.is_some());
    app.settle().await;

    let generation = app.generation(&id);
    assert_eq!(generation.status, GenerationStatus::Succeeded);
    assert!(
        generation.open.is_none() && generation.next_check.is_none(),
        "a generation at rest must not be in the index"
    );
    let objects = app.originals();
    assert_eq!(objects.len(), 1);
    let bytes = objects[0].bytes.clone().unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "it must be a PNG");
    let output = &generation.outputs[0];
    assert_eq!(output.key, format!("generations/{}/{id}/0.png", person.account()));
    assert_eq!((&output.key, &output.version_id), (&objects[0].key, &objects[0].version));
    assert_eq!(output.sha256, sha256_hex(&bytes));
    assert_eq!((output.content_type.as_str(), output.width, output.height), ("image/png", 512, 512));
    assert_eq!(objects[0].headers["cache-control"], "private");

    let balance = app.balance(person.account());
    assert_eq!((balance.available(app.world().now()).0, balance.held().0), (46, 0));
    assert_eq!(
        balance.usage.month_total("2027-01"),
        credits::UsageTotal { generations: 1, credits: kernel::Credits(4) }
    );
    assert_eq!(app.replicate().counts().predictions, 1);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn settings_and_prompt_reach_the_provider() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let settings = serde_json::json!({ "aspect_ratio": "16:9", "seed": 11 });
    let body = serde_json::json!({ "model": "flux-schnell", "prompt": "a boat", "settings": settings });
    person.generate(&body).await.expect(202);
    app.settle().await;
    let wide = app.generations(person.account())[0].outputs[0].clone();
    assert!(wide.width > wide.height, "a wide picture was requested: {} x {}", wide.width, wide.height);
}

/// The provider's outcomes of an accepted job, and the end of the generation for each.
const ENDS: [(JobOutcome, GenerationStatus, FailureCode); 4] = [
    (JobOutcome::Fail, GenerationStatus::Failed, FailureCode::ProviderFailed),
    (JobOutcome::Moderated, GenerationStatus::Moderated, FailureCode::Moderated),
    (JobOutcome::Aborted, GenerationStatus::Canceled, FailureCode::ProviderCanceled),
    (JobOutcome::NoOutput, GenerationStatus::Failed, FailureCode::ProviderFailed),
];

#[tokio::test(start_paused = true)]
async fn a_job_without_outputs_costs_nothing() {
    for (outcome, status, code) in ENDS {
        let (app, id, _) = end(|knobs| knobs.outcome = outcome).await;
        let failure = app.generation(&id).failure.unwrap();
        assert_eq!((app.generation(&id).status, failure.code, failure.released.0), (status, code, 4), "{outcome:?}");
        assert_eq!(app.replicate().counts().submits, 1, "{outcome:?}: it must not be retried");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unusable_output_costs_nothing() {
    let cases = [
        (OutputMode::Missing, GenerationStatus::Failed, FailureCode::OutputUnusable),
        (OutputMode::WrongType, GenerationStatus::Failed, FailureCode::OutputUnusable),
        // These files may be complete the next time, so they are read until the deadline.
        (OutputMode::Truncated, GenerationStatus::Failed, FailureCode::OutputUnusable),
        (OutputMode::CutOff, GenerationStatus::Failed, FailureCode::OutputUnusable),
    ];
    for (output, status, code) in cases {
        let (app, id, _) = end(|knobs| knobs.output = output).await;
        let failure = app.generation(&id).failure.unwrap();
        assert_eq!((app.generation(&id).status, failure.code), (status, code), "{output:?}");
        assert!(app.objects().is_empty(), "{output:?}: no object may stay");
        assert_eq!(app.replicate().counts().predictions, 1, "{output:?}: reading again must not start another job");
    }
}

#[tokio::test(start_paused = true)]
async fn a_permanent_refusal_ends_the_generation_at_once() {
    let (app, id, minutes) = end(|knobs| knobs.submit = SubmitMode::Retired).await;
    let failure = app.generation(&id).failure.unwrap();
    assert_eq!((app.generation(&id).status, failure.code), (GenerationStatus::Failed, FailureCode::ModelRetired));
    assert_eq!((app.replicate().counts().submits, minutes), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_temporary_refusal_is_retried() {
    for submit in [SubmitMode::Throttled, SubmitMode::OutOfCredit, SubmitMode::Unavailable] {
        let (app, id, minutes) = end(|knobs| {
            knobs.submit = submit;
            knobs.times = Some(2);
        })
        .await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "{submit:?}");
        assert_eq!((app.replicate().counts().submits, minutes), (3, 2), "{submit:?}: one try a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_after_of_a_provider_is_respected() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| {
        knobs.submit = SubmitMode::Throttled;
        knobs.retry_after_s = 150;
        knobs.times = Some(1);
    });
    let id = person.ask_for("a boat").await;
    app.settle().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Queued, "it must wait");
    for (minute, submits) in [(1, 1), (2, 1), (3, 2)] {
        app.minute().await;
        assert_eq!(app.replicate().counts().submits, submits, "minute {minute}");
    }
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_temporary_refusal_that_lasts_ends_at_the_deadline() {
    for submit in [SubmitMode::Throttled, SubmitMode::OutOfCredit, SubmitMode::Unavailable] {
        let (app, id, minutes) = end(|knobs| knobs.submit = submit).await;
        assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut, "{submit:?}");
        assert!((9..=11).contains(&minutes), "{submit:?}: the deadline is ten minutes, this took {minutes}");
        assert_eq!(app.replicate().counts().predictions, 0, "{submit:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_with_an_unknown_status_ends_at_the_deadline() {
    let (app, id, minutes) = end(|knobs| knobs.outcome = JobOutcome::UnknownStatus).await;
    assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut);
    assert!((9..=11).contains(&minutes), "{minutes}");
    assert_eq!(app.replicate().counts().cancels, 1, "the provider must be told to stop");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_ends_times_out_before_its_provider_stops_it() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 86_400_000);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(601));
    assert!(app.deliver_webhooks().await.is_empty(), "the provider's own limit must be later than our deadline");
    assert!(app.sweep().await);
    app.settle().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut);
    assert_eq!(app.replicate().counts().cancels, 1, "the provider must be told to stop");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_takes_too_long_is_canceled_and_its_late_end_changes_nothing() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    // The provider ignores the cancellation, and the job ends a second after our deadline.
    app.replicate().knobs(|knobs| {
        knobs.success_after_ms = 590_000;
        knobs.reads = ReadMode::ServerError;
    });
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    // Its webhook is under way at the deadline.
    app.world().advance(Duration::from_secs(595));
    let late = app.replicate().take_webhooks(app.world().now());
    assert_eq!(late.len(), 1);
    for _ in 0..2 {
        app.world().advance(Duration::from_secs(60));
        assert!(app.sweep().await);
    }
    assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut);
    assert_eq!(app.balance(person.account()).held().0, 0, "the hold must be released");
    app.replicate().knobs(|knobs| *knobs = Knobs::default());
    // The provider repeats an unanswered webhook with a new signature.
    app.replicate().webhook_answered(late[0].id, false);
    app.world().advance(Duration::from_secs(2));
    let answers = app.deliver_webhooks().await;
    assert_eq!(answers.iter().map(tests::Answer::status).collect::<Vec<_>>(), [204]);
    app.settle().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut, "a late success must not be delivered");
    let balance = app.balance(person.account());
    assert_eq!(balance.available(app.world().now()).0, 50, "a late success must not be charged");
    assert!(app.objects().is_empty());
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_job_made_too_late_is_reported_once() {
    for (stops, wanted) in [(false, CollectOutcome::MadeTooLate), (true, CollectOutcome::NothingToDo)] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        app.replicate().knobs(|knobs| {
            (knobs.success_after_ms, knobs.webhook) = (590_000, WebhookMode::Never);
            knobs.reads = if stops { ReadMode::Answer } else { ReadMode::ServerError };
        });
        let id = person.ask_for("a boat").await;
        app.work_on("generation").await;
        if stops {
            person.cancel(&id).await.expect(202);
        }
        app.rest().await;
        app.replicate().knobs(|knobs| knobs.reads = ReadMode::Answer);
        let deps = Arc::new(collect_media::Deps::new(&app.world().init("collect-media")).await.unwrap());
        let job = app.generation(&id).provider_job.unwrap();
        let message = CollectMessage { account: person.account(), generation: id.parse().unwrap(), job };
        let before = app.generation(&id);
        let told = || collect_media::handle(deps.clone(), app.world().ctx("collect-media"), message.clone());
        assert_eq!(told().await.unwrap(), wanted, "{:?}", before.status);
        assert_eq!(app.generation(&id), before, "a late message must change nothing");
        let noted = app.world().snapshot();
        assert_eq!(
            told().await.unwrap(),
            CollectOutcome::NothingToDo,
            "a job is billed once, so it must be counted once"
        );
        app.world().assert_unchanged(&noted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_removed_model_ends_queued_generations_and_delivers_running_ones() {
    for (sent, wanted) in [(false, GenerationStatus::Failed), (true, GenerationStatus::Succeeded)] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        if sent {
            app.work_on("generation").await;
        }
        let table = app.world().clients().dynamodb().table(testkit::GENERATIONS_TABLE);
        let write = table.update(&person.account().to_string(), &id).set("model", "gone-by-now");
        write.when(aws::Condition::Exists).apply().await.unwrap();
        app.rest().await;
        let generation = app.generation(&id);
        assert_eq!(generation.status, wanted);
        assert_eq!(generation.failure.map(|it| it.code), (!sent).then_some(FailureCode::ModelRetired));
        assert_eq!(app.replicate().counts().submits, u64::from(sent), "a removed model must get no new job");
        person.get(&format!("/v1/generations/{id}")).await.expect(200);
        app.check_invariants().none();
    }
}

/// Runs one generation with these knobs to its end. Returns its id and the number of sweeps.
async fn end(turn: impl FnOnce(&mut Knobs)) -> (App, String, u32) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(turn);
    let id = person.ask_for("a boat").await;
    let minutes = app.rest().await;
    app.check_invariants().none();
    let available = app.balance(person.account()).available(app.world().now()).0;
    let delivered = app.generation(&id).status == GenerationStatus::Succeeded;
    assert_eq!(available, if delivered { 46 } else { 50 }, "only a delivery may be charged");
    (app, id, minutes)
}
