//! Tests against the fake in process: the outcome of each misbehaviour.

use crate::{
    adapters::output::NoOutput,
    credential::ProviderCredential,
    job::{Erasure, Found, Job, JobStatus, ProviderJob, RefusalKind, Submitted},
    name::ProviderName,
    provider::Provider,
    test_world::{self, World, id, keys},
    webhook::{WebhookCall, WebhookEvent, Webhooks},
};
use local::fakes::{CancelMode, FakeFal, FakeFalSettings, JobOutcome, Knobs, WebhookMode};
use serde_json::json;

const MODEL: &str = "fal-ai/flux/schnell";

impl World<FakeFal> {
    fn new(turn: impl FnOnce(&mut Knobs)) -> (Self, Provider) {
        let world = Self::of(FakeFal::new(FakeFalSettings::default()));
        world.fake.knobs(turn);
        let provider = world.provider("local-fal-key");
        (world, provider)
    }

    fn provider(&self, key: &str) -> Provider {
        let settings = self.fake.settings();
        let api = ProviderCredential { api: settings.public_base.clone(), token: key.to_owned() };
        Provider::fal(self.http(), &api, &settings.platform_api()).unwrap()
    }
}

fn job(n: u8) -> Job {
    let input = json!({ "prompt": "a red fox", "output_format": "png", "num_images": 2 });
    test_world::job(ProviderName::Fal, MODEL, &input, n)
}

async fn accepted(provider: &Provider) -> ProviderJob {
    test_world::accepted(provider, &job(1)).await
}

fn failed(code: &str) -> JobStatus {
    JobStatus::Failed { code: code.to_owned(), billed: true }
}

fn failed_unbilled(code: &str) -> JobStatus {
    JobStatus::Failed { code: code.to_owned(), billed: false }
}

#[tokio::test]
async fn a_job_is_made_and_its_outputs_can_be_read_for_an_hour() {
    let (world, provider) = World::new(|knobs| knobs.success_after_ms = 10_000);
    let job = accepted(&provider).await;
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Waiting { queue_position: Some(0) });
    world.advance(5);
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Running { progress: None });
    world.advance(5);
    let JobStatus::Succeeded { outputs } = provider.status(MODEL, &job).await else { panic!("must be made") };
    assert_eq!(outputs.len(), 2);
    let mut file = provider.open_output(&outputs[1]).await.unwrap();
    assert!(file.body_mut().chunk().await.unwrap().unwrap().starts_with(b"\x89PNG"));
    world.advance(3_600);
    assert_eq!(
        provider.open_output(&outputs[1]).await.err(),
        Some(NoOutput::Gone),
        "the job asked fal to keep it for an hour"
    );
}

#[tokio::test]
async fn a_submit_is_refused_or_ambiguous_and_never_both() {
    test_world::refuses(&job(1), |submit| World::new(|knobs| knobs.submit = submit).1).await;
    let (world, _) = World::new(|_| {});
    let Submitted::Refused(refusal) = world.provider("other").submit(&job(1)).await else { panic!("must be refused") };
    assert_eq!((refusal.kind, refusal.detail_code.as_str()), (RefusalKind::Unavailable, "http_401"));
}

/// The queue accepts every input. The result reports the error.
#[tokio::test]
async fn outcomes_are_distinguished() {
    for (outcome, expected) in [
        (JobOutcome::Fail, failed_unbilled("internal_error")),
        (JobOutcome::Aborted, failed_unbilled("runner_scheduling_failure")),
        (JobOutcome::NoOutput, failed("no_output")),
        (JobOutcome::Moderated, JobStatus::Moderated),
        (JobOutcome::InputModerated, JobStatus::Moderated),
        (JobOutcome::UnknownStatus, JobStatus::Running { progress: None }),
    ] {
        let (world, provider) = World::new(|knobs| knobs.outcome = outcome);
        let job = accepted(&provider).await;
        world.advance(1);
        assert_eq!(provider.status(MODEL, &job).await, expected, "{outcome:?}");
    }
    let (world, provider) = World::new(|_| {});
    let mut invalid = job(1);
    invalid.input.insert("num_images".to_owned(), json!(5));
    let invalid = test_world::accepted(&provider, &invalid).await;
    world.advance(1);
    assert_eq!(provider.status(MODEL, &invalid).await, failed("less_than_equal"));
}

#[tokio::test]
async fn a_job_that_waits_says_how_many_are_before_it() {
    let (world, provider) = World::new(|knobs| (knobs.queue_position, knobs.success_after_ms) = (6, 10_000));
    let Submitted::Accepted { provider_job, queue_position } = provider.submit(&job(1)).await else {
        panic!("must be accepted")
    };
    assert_eq!(queue_position, Some(6));
    world.advance(1);
    assert_eq!(provider.status(MODEL, &provider_job).await, JobStatus::Waiting { queue_position: Some(3) });
    world.advance(1);
    assert_eq!(provider.status(MODEL, &provider_job).await, JobStatus::Running { progress: None });
}

#[tokio::test]
async fn pictures_that_are_held_back_are_no_outputs() {
    for (files, expected) in [(1, Some(1)), (2, Some(2)), (3, Some(3)), (0, None)] {
        let (world, provider) = World::new(|knobs| knobs.files = Some(files));
        let job = accepted(&provider).await;
        world.advance(1);
        let outputs = match provider.status(MODEL, &job).await {
            JobStatus::Succeeded { outputs } => Some(outputs.len()),
            JobStatus::Moderated => None,
            other => panic!("{files} files cannot become {other:?}"),
        };
        assert_eq!(outputs, expected, "{files} of 2");
    }
}

#[tokio::test]
async fn a_job_that_does_not_start_in_time_is_given_up() {
    let (world, provider) = World::new(|knobs| knobs.success_after_ms = 10_000_000);
    let job = accepted(&provider).await;
    world.advance(299);
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Waiting { queue_position: Some(0) });
    world.advance(1);
    assert_eq!(provider.status(MODEL, &job).await, failed_unbilled("request_timeout"));
}

#[tokio::test]
async fn canceling_answers_the_status_of_the_job() {
    for (cancel, after, expected) in [
        (CancelMode::Stops, 5, JobStatus::Canceled),
        (CancelMode::Ignored, 0, JobStatus::Waiting { queue_position: Some(0) }),
        (CancelMode::Ignored, 5, JobStatus::Running { progress: None }),
    ] {
        let (world, provider) = World::new(|knobs| (knobs.cancel, knobs.success_after_ms) = (cancel, 10_000));
        let job = accepted(&provider).await;
        world.advance(after);
        assert_eq!(provider.cancel(MODEL, &job).await, expected, "{cancel:?} after {after} s");
    }
    let (world, provider) = World::new(|_| {});
    let job = accepted(&provider).await;
    world.advance(1);
    let done = provider.cancel(MODEL, &job).await;
    assert!(matches!(done, JobStatus::Succeeded { .. }), "a finished job cannot be canceled");
}

#[tokio::test]
async fn a_forgotten_job_is_lost_and_a_job_at_an_unreachable_provider_is_not() {
    let (world, provider) = World::new(|_| {});
    let url = test_world::webhook_url(ProviderName::Fal, 1);
    assert_eq!(provider.find(&url).await, Found::NotListed, "fal lists nothing by webhook");
    test_world::forgets(&world, &provider, &job(1), |fake, turn| fake.knobs(turn), FakeFal::forget, JobStatus::Lost)
        .await;
}

#[tokio::test]
async fn an_erased_job_leaves_nothing_to_read() {
    let (world, provider) = World::new(|_| {});
    let job = accepted(&provider).await;
    world.advance(1);
    let JobStatus::Succeeded { outputs } = provider.status(MODEL, &job).await else { panic!("must be made") };
    assert_eq!(world.provider("other").erase(&job).await, Erasure::NotAllowed);
    for _ in 0..2 {
        assert_eq!(provider.erase(&job).await, Erasure::Done, "it may be repeated");
    }
    assert_eq!(provider.open_output(&outputs[0]).await.err(), Some(NoOutput::Gone));
    assert_eq!(provider.status(MODEL, &job).await, failed("output_expired"));
}

#[tokio::test]
async fn webhooks_of_the_fake_verify_unless_they_must_not() {
    for (mode, good) in [
        (WebhookMode::Once, true),
        (WebhookMode::PreviousKey, true),
        (WebhookMode::BadSignature, false),
        (WebhookMode::Stale, false),
    ] {
        let (world, provider) = World::new(|knobs| knobs.webhook = mode);
        let webhooks = Webhooks::new(keys(), ["whsec_AAAA"], world.http(), &world.fake.settings().jwks_url()).unwrap();
        let job = accepted(&provider).await;
        world.advance(1);
        let due = world.fake.take_webhooks(world.now());
        let [webhook] = due.as_slice() else { panic!("only the end is told: {due:?}") };
        let (account, generation) = (id(1).parse().unwrap(), id(1).parse().unwrap());
        let mac = webhook.url.rsplit_once('=').unwrap().1;
        let call = WebhookCall { provider: ProviderName::Fal, account, generation, mac };
        let event = webhooks.verify(&call, &webhook.headers, &webhook.body, world.now()).await;
        assert_eq!(event.ok(), good.then_some(WebhookEvent { provider_job: job, is_final: true }), "{mode:?}");
    }
}

#[test]
fn a_request_is_asked_about_by_owner_and_app() {
    let (world, _) = World::new(|_| {});
    let settings = ProviderCredential { api: "https://queue.fal.run".to_owned(), token: "k".to_owned() };
    let fal = super::Fal::new(world.http(), &settings, "https://api.fal.ai/v1").unwrap();
    let job: ProviderJob = "r-1".parse().unwrap();
    for (model, expected) in [
        (MODEL, "https://queue.fal.run/fal-ai/flux/requests/r-1"),
        ("fal-ai/sana", "https://queue.fal.run/fal-ai/sana/requests/r-1"),
        ("workflows/fal-ai/sdxl/x", "https://queue.fal.run/workflows/fal-ai/sdxl/requests/r-1"),
    ] {
        assert_eq!(fal.request_url(model, &job), expected);
    }
}
