//! Tests against the fake in process: the outcome of each misbehaviour.

use crate::{
    adapters::output::NoOutput,
    credential::ProviderCredential,
    job::{Found, Job, JobStatus, ProviderJob, RefusalKind, Submitted},
    name::ProviderName,
    provider::Provider,
    test_world::{self, World, id, keys},
    webhook::{WebhookCall, WebhookEvent, Webhooks},
};
use bytes::Bytes;
use http::Request;
use kernel::BoxFuture;
use local::fakes::{
    CancelMode, FakeReplicate, FakeReplicateSettings, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode,
};
use net::{Body, Http, RequestFailure, Response, Transport};
use serde_json::json;
use std::time::Duration;

const API: &str = "http://127.0.0.1:7001/v1";

const MODEL: &str = "black-forest-labs/flux-schnell";

impl World<FakeReplicate> {
    fn new(turn: impl FnOnce(&mut Knobs)) -> (Self, Provider) {
        let world = Self::of(FakeReplicate::new(FakeReplicateSettings::default()));
        world.fake.knobs(turn);
        let provider = world.provider("r8_local");
        (world, provider)
    }

    fn provider(&self, token: &str) -> Provider {
        let settings = ProviderCredential { api: API.to_owned(), token: token.to_owned() };
        Provider::replicate(self.http(), &settings).unwrap()
    }
}

fn webhook_url(n: u8) -> String {
    test_world::webhook_url(ProviderName::Replicate, n)
}

fn job(n: u8) -> Job {
    let input = json!({ "prompt": "a red fox", "output_format": "png", "num_outputs": 2 });
    test_world::job(ProviderName::Replicate, MODEL, &input, n)
}

async fn accepted(provider: &Provider, n: u8) -> ProviderJob {
    test_world::accepted(provider, &job(n)).await
}

#[tokio::test]
async fn a_job_is_made_and_its_outputs_can_be_read() {
    let (world, provider) = World::new(|knobs| knobs.success_after_ms = 10_000);
    let job = accepted(&provider, 1).await;
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Waiting { queue_position: None });
    world.advance(5);
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Running { progress: Some(35) });
    world.advance(5);
    let JobStatus::Succeeded { outputs } = provider.status(MODEL, &job).await else {
        panic!("must be made after 10 s")
    };
    assert_eq!(outputs.len(), 2);
    let mut file = provider.open_output(&outputs[1]).await.unwrap();
    assert!(file.body_mut().chunk().await.unwrap().unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_submit_is_refused_or_ambiguous_and_never_both() {
    test_world::refuses(&job(1), |submit| World::new(|knobs| knobs.submit = submit).1).await;
}

#[tokio::test]
async fn a_job_that_the_provider_cannot_read_is_refused_for_good() {
    let (world, provider) = World::new(|_| {});
    let mut invalid = job(1);
    invalid.input.insert("num_outputs".to_owned(), json!(5));
    let unknown = Job { model: "no/such-model".to_owned(), ..job(1) };
    let stranger = world.provider("r8_other");
    test_world::refuses_for_good(&[
        (&provider, &invalid, RefusalKind::InvalidInput, "http_422 number_lte:input.num_outputs"),
        (&provider, &unknown, RefusalKind::Retired, "http_404"),
        (&stranger, &job(1), RefusalKind::Unavailable, "http_401"),
    ])
    .await;
    assert_eq!(world.fake.counts().predictions, 0);
}

#[tokio::test]
async fn a_lost_job_is_found_by_its_webhook_url() {
    let (world, provider) = World::new(|knobs| (knobs.submit, knobs.times) = (SubmitMode::AnswerLost, Some(1)));
    assert_eq!(provider.submit(&job(1)).await, Submitted::Ambiguous);
    for n in 2..10 {
        accepted(&provider, n).await;
    }
    let Found::Job(found) = provider.find(&webhook_url(1)).await else { panic!("the job must be found") };
    world.advance(2);
    assert!(matches!(provider.status(MODEL, &found).await, JobStatus::Succeeded { .. }));
    assert_eq!(provider.find(&webhook_url(11)).await, Found::NotListed);
}

#[tokio::test]
async fn a_job_is_looked_for_on_five_pages_alone() {
    let (world, provider) = World::new(|_| {});
    accepted(&provider, 1).await;
    for more in [250, 250] {
        for _ in 0..more {
            accepted(&provider, 2).await;
        }
        let (before, found) = (world.fake.counts().reads, provider.find(&webhook_url(1)).await);
        match world.fake.counts().reads - before {
            3 => assert!(matches!(found, Found::Job(_)), "a job on the third page must be found"),
            pages => assert_eq!((pages, found), (5, Found::NotListed)),
        }
    }
}

#[tokio::test]
async fn outcomes_are_distinguished() {
    let failed = |code: &str| JobStatus::Failed { code: code.to_owned(), billed: true };
    for (outcome, expected) in [
        (JobOutcome::Fail, failed("pa")),
        (JobOutcome::NoOutput, failed("no_output")),
        (JobOutcome::Moderated, JobStatus::Moderated),
        (JobOutcome::Aborted, JobStatus::Canceled),
        (JobOutcome::UnknownStatus, JobStatus::Running { progress: None }),
    ] {
        let (world, provider) = World::new(|knobs| knobs.outcome = outcome);
        let job = accepted(&provider, 1).await;
        world.advance(1);
        assert_eq!(provider.status(MODEL, &job).await, expected, "{outcome:?}");
    }
}

#[tokio::test]
async fn the_provider_stops_a_job_at_its_time_limit() {
    for (time_limit, alive_for) in [(300, 300), (1, 5), (10_000_000, 86_400)] {
        let (world, provider) = World::new(|knobs| knobs.success_after_ms = 200_000_000);
        let job = Job { time_limit: Duration::from_secs(time_limit), ..job(1) };
        let Submitted::Accepted { provider_job, .. } = provider.submit(&job).await else { panic!("must be accepted") };
        world.advance(alive_for - 1);
        assert!(!provider.status(MODEL, &provider_job).await.is_final(), "{time_limit} s");
        world.advance(1);
        assert_eq!(provider.status(MODEL, &provider_job).await, JobStatus::Canceled, "{time_limit} s");
    }
}

#[tokio::test]
async fn canceling_answers_the_status_of_the_job() {
    for (cancel, after, expected) in [
        (CancelMode::Stops, 0, JobStatus::Canceled),
        (CancelMode::Ignored, 0, JobStatus::Waiting { queue_position: None }),
        (CancelMode::Ignored, 5, JobStatus::Running { progress: Some(35) }),
    ] {
        let (world, provider) = World::new(|knobs| (knobs.cancel, knobs.success_after_ms) = (cancel, 10_000));
        let job = accepted(&provider, 1).await;
        world.advance(after);
        assert_eq!(provider.cancel(MODEL, &job).await, expected, "{cancel:?} after {after} s");
    }
    let (world, provider) = World::new(|_| {});
    let job = accepted(&provider, 1).await;
    world.advance(1);
    assert!(
        matches!(provider.cancel(MODEL, &job).await, JobStatus::Succeeded { .. }),
        "a finished job cannot be canceled"
    );
}

#[tokio::test]
async fn a_forgotten_job_is_lost_and_a_job_at_an_unreachable_provider_is_not() {
    let (world, provider) = World::new(|_| {});
    world.fake.knobs(|knobs| knobs.reads = ReadMode::ServerError);
    assert_eq!(provider.find(&webhook_url(1)).await, Found::Unreachable);
    world.fake.knobs(|knobs| *knobs = Knobs::default());
    test_world::forgets(
        &world,
        &provider,
        &job(1),
        |fake, turn| fake.knobs(turn),
        FakeReplicate::forget,
        JobStatus::Lost,
    )
    .await;
}

#[tokio::test]
async fn outputs_are_gone_or_cut_off() {
    let (world, provider) = World::new(|knobs| knobs.output = OutputMode::CutOff);
    let job = accepted(&provider, 1).await;
    world.advance(1);
    let JobStatus::Succeeded { outputs } = provider.status(MODEL, &job).await else { panic!("must be made") };
    let mut file = provider.open_output(&outputs[0]).await.unwrap();
    assert!(file.body_mut().chunk().await.unwrap().is_some());
    assert!(file.body_mut().chunk().await.is_err(), "a broken connection must not look like the end");
    world.advance(3_600);
    assert_eq!(provider.open_output(&outputs[0]).await.err(), Some(NoOutput::Gone));
    assert_eq!(
        provider.status(MODEL, &job).await,
        JobStatus::Failed { code: "output_expired".to_owned(), billed: true }
    );
}

/// Answers every request with the redirect in `0`, or with an empty 200 after the last one.
struct Redirects(&'static [(&'static str, &'static str)]);

impl Transport for Redirects {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        assert!(!request.headers().contains_key("authorization"), "no token may be sent for an output");
        let url = request.uri().to_string();
        let to = self.0.iter().find(|(from, _)| *from == url).map(|(_, to)| *to);
        let answer = match to {
            Some(to) => http::Response::builder().status(302).header("location", to),
            None => http::Response::builder().status(200),
        };
        Box::pin(async move { Ok(answer.body(Body::from(Bytes::new())).unwrap()) })
    }
}

#[tokio::test]
async fn redirects_are_followed_to_public_hosts_alone() {
    const AGAIN: &[(&str, &str)] = &[("https://a.example/", "https://a.example/")];
    const RELATIVE: &[(&str, &str)] = &[("https://a.example/", "/b"), ("https://a.example/b", "https://b.example/c")];
    const INSIDE: &[(&str, &str)] = &[("https://a.example/", "http://127.0.0.1:9001/2018-06-01/runtime")];
    for (redirects, url, expected) in [
        (RELATIVE, "https://a.example/", None),
        (AGAIN, "https://a.example/", Some(NoOutput::Forbidden)),
        (INSIDE, "https://a.example/", Some(NoOutput::Forbidden)),
        (RELATIVE, "http://a.example/", Some(NoOutput::Forbidden)),
        (RELATIVE, "data:image/png;base64,AAAA", Some(NoOutput::Forbidden)),
    ] {
        let settings =
            ProviderCredential { api: "https://api.replicate.com/v1".to_owned(), token: "r8_local".to_owned() };
        let provider = Provider::replicate(Http::new(Redirects(redirects)), &settings).unwrap();
        assert_eq!(provider.open_output(url).await.err(), expected, "{url} {redirects:?}");
    }
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
        let secret = world.fake.settings().webhook_secret.clone();
        let webhooks = Webhooks::new(keys(), [secret.as_str()], world.http(), "https://rest.fal.test").unwrap();
        let job = accepted(&provider, 1).await;
        world.advance(1);
        let due = world.fake.take_webhooks(world.now());
        let [webhook] = due.as_slice() else { panic!("only the end is told: {due:?}") };
        assert_eq!(webhook.url, webhook_url(1));
        let (account, generation) = (id(1).parse().unwrap(), id(1).parse().unwrap());
        let mac = webhook.url.rsplit_once('=').unwrap().1;
        let call = WebhookCall { provider: ProviderName::Replicate, account, generation, mac };
        let event = webhooks.verify(&call, &webhook.headers, &webhook.body, world.now()).await;
        assert_eq!(event.ok(), good.then_some(WebhookEvent { provider_job: job, is_final: true }), "{mode:?}");
        let other = WebhookCall { generation: id(2).parse().unwrap(), ..call };
        assert!(webhooks.verify(&other, &webhook.headers, &webhook.body, world.now()).await.is_err(), "{mode:?}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let settings = ProviderCredential { api: API.to_owned(), token: "r8_secret".to_owned() };
    let (world, _) = World::new(|_| {});
    let provider = Provider::replicate(world.http(), &settings).unwrap();
    let printed = format!("{settings:?} {provider:?} {:?} {:?}", job(1), keys());
    for secret in ["r8_secret", "a red fox", "mac="] {
        assert!(!printed.contains(secret), "{secret} must not be printed: {printed}");
    }
}
