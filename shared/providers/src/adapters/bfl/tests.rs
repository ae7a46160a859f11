//! Tests against the fake in process: the outcome of each misbehaviour.

use crate::{
    adapters::output::NoOutput,
    credential::ProviderCredential,
    job::{Erasure, Found, Job, JobStatus, ProviderJob, RefusalKind},
    name::ProviderName,
    provider::Provider,
    test_world::{self, World, id, keys},
    webhook::{WebhookCall, WebhookEvent, Webhooks},
};
use bytes::Bytes;
use http::Request;
use kernel::BoxFuture;
use local::fakes::{FakeBfl, FakeBflSettings, JobOutcome, Knobs, WebhookMode};
use net::{Body, Http, RequestFailure, Response, Transport};
use serde_json::json;
use std::sync::{Arc, Mutex};

const MODEL: &str = "flux-2-pro";

impl World<FakeBfl> {
    fn new(turn: impl FnOnce(&mut Knobs)) -> (Self, Provider) {
        let world = Self::of(FakeBfl::new(FakeBflSettings::default()));
        world.fake.knobs(turn);
        let provider = world.provider("local-bfl-key");
        (world, provider)
    }

    fn provider(&self, key: &str) -> Provider {
        let api = format!("{}/v1", self.fake.settings().public_base);
        Provider::bfl(self.http(), &ProviderCredential { api, token: key.to_owned() }).unwrap()
    }
}

fn job(n: u8) -> Job {
    let input = json!({ "prompt": "a red fox", "output_format": "png", "width": 512, "height": 512 });
    test_world::job(ProviderName::Bfl, MODEL, &input, n)
}

async fn accepted(provider: &Provider) -> ProviderJob {
    test_world::accepted(provider, &job(1)).await
}

fn failed(code: &str) -> JobStatus {
    JobStatus::Failed { code: code.to_owned(), billed: true }
}

#[tokio::test]
async fn a_job_is_made_and_its_output_can_be_read_for_ten_minutes() {
    let (world, provider) = World::new(|knobs| knobs.success_after_ms = 10_000);
    let job = accepted(&provider).await;
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Running { progress: Some(0) });
    world.advance(4);
    assert_eq!(provider.status(MODEL, &job).await, JobStatus::Running { progress: Some(40) });
    world.advance(6);
    let JobStatus::Succeeded { outputs } = provider.status(MODEL, &job).await else { panic!("must be made") };
    assert_eq!(outputs.len(), 1);
    world.advance(599);
    let mut file = provider.open_output(&outputs[0]).await.unwrap();
    assert!(file.body_mut().chunk().await.unwrap().unwrap().starts_with(b"\x89PNG"));
    world.advance(1);
    assert_eq!(provider.open_output(&outputs[0]).await.err(), Some(NoOutput::Gone));
}

#[tokio::test]
async fn a_submit_is_refused_or_ambiguous_and_never_both() {
    test_world::refuses(&job(1), |submit| World::new(|knobs| knobs.submit = submit).1).await;
}

#[tokio::test]
async fn a_job_that_the_provider_cannot_read_is_refused_for_good() {
    let (world, provider) = World::new(|_| {});
    let mut invalid = job(1);
    invalid.input.insert("width".to_owned(), json!(32));
    let unknown = Job { model: "flux-9".to_owned(), ..job(1) };
    let stranger = world.provider("other");
    test_world::refuses_for_good(&[
        (&provider, &invalid, RefusalKind::InvalidInput, "http_422 greater_than_equal:width"),
        (&provider, &unknown, RefusalKind::Retired, "http_404"),
        (&stranger, &job(1), RefusalKind::Unavailable, "http_403"),
    ])
    .await;
    assert_eq!(world.fake.counts().predictions, 0);
}

#[tokio::test]
async fn outcomes_are_distinguished() {
    for (outcome, expected) in [
        (JobOutcome::Fail, failed("model_error")),
        (JobOutcome::NoOutput, failed("no_output")),
        (JobOutcome::Moderated, JobStatus::Moderated),
        (JobOutcome::InputModerated, JobStatus::Moderated),
        // Another cluster may know the task.
        (JobOutcome::Aborted, JobStatus::Running { progress: None }),
        (JobOutcome::UnknownStatus, JobStatus::Running { progress: None }),
    ] {
        let (world, provider) = World::new(|knobs| knobs.outcome = outcome);
        let job = accepted(&provider).await;
        world.advance(1);
        assert_eq!(provider.status(MODEL, &job).await, expected, "{outcome:?}");
    }
}

#[tokio::test]
async fn nothing_can_be_canceled_listed_or_erased() {
    let (_, provider) = World::new(|_| {});
    let job = accepted(&provider).await;
    assert_eq!(provider.cancel(MODEL, &job).await, JobStatus::Running { progress: Some(0) });
    assert_eq!(provider.find(&test_world::webhook_url(ProviderName::Bfl, 1)).await, Found::NotListed);
    assert_eq!(provider.erase(&job).await, Erasure::NotOffered);
}

#[tokio::test]
async fn a_job_that_this_cluster_does_not_know_is_not_lost() {
    let (world, provider) = World::new(|_| {});
    test_world::forgets(
        &world,
        &provider,
        &job(1),
        |fake, turn| fake.knobs(turn),
        FakeBfl::forget,
        JobStatus::Running { progress: None },
    )
    .await;
}

/// The time is not signed, so an old webhook verifies. It is only a hint.
#[tokio::test]
async fn webhooks_of_the_fake_verify_for_their_own_job_alone() {
    for (mode, good) in [(WebhookMode::Once, true), (WebhookMode::Stale, true), (WebhookMode::BadSignature, false)] {
        let (world, provider) = World::new(|knobs| knobs.webhook = mode);
        let webhooks = Webhooks::new(keys(), ["whsec_AAAA"], world.http(), "https://rest.fal.test").unwrap();
        let job = accepted(&provider).await;
        world.advance(1);
        let due = world.fake.take_webhooks(world.now());
        let [webhook] = due.as_slice() else { panic!("only the end is told: {due:?}") };
        let (account, generation) = (id(1).parse().unwrap(), id(1).parse().unwrap());
        let mac = webhook.url.rsplit_once('=').unwrap().1;
        let call = WebhookCall { provider: ProviderName::Bfl, account, generation, mac };
        let event = webhooks.verify(&call, &webhook.headers, &webhook.body, world.now()).await;
        assert_eq!(event.ok(), good.then_some(WebhookEvent { provider_job: job, is_final: true }), "{mode:?}");
        let url = test_world::webhook_url(ProviderName::Bfl, 2);
        let other = WebhookCall { generation: id(2).parse().unwrap(), account: id(2).parse().unwrap(), ..call };
        let other = WebhookCall { mac: url.rsplit_once('=').unwrap().1, ..other };
        let event = webhooks.verify(&other, &webhook.headers, &webhook.body, world.now()).await;
        assert!(event.is_err(), "{mode:?}: a webhook of one job must not do for another");
    }
}

/// Answers every submission with one polling URL, knows no task, and records the requests.
#[derive(Clone)]
struct Clusters(Arc<Mutex<Vec<String>>>, &'static str);

impl Transport for Clusters {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        self.0.lock().unwrap().push(request.uri().to_string());
        let answer = json!({ "id": "t-1", "polling_url": self.1, "status": "Task not found" });
        Box::pin(async move { Ok(http::Response::new(Body::from(Bytes::from(answer.to_string())))) })
    }
}

#[tokio::test]
async fn a_job_is_asked_about_where_it_was_made_and_nowhere_else() {
    const EU: &str = "https://api.eu.bfl.ai/v1/get_result?id=t-1";
    for (polling_url, asked) in [
        ("https://api.eu1.bfl.ai/v1/get_result?id=t-1", "https://api.eu1.bfl.ai/v1/get_result?id=t-1"),
        (EU, EU),
        ("http://api.eu1.bfl.ai/v1/get_result?id=t-1", EU),
        ("https://api.eu1.bfl.ai:8443/v1/get_result?id=t-1", EU),
        ("https://api.eu1.bfl.ai.evil.example/v1", EU),
        ("https://api.x.y.bfl.ai/v1", EU),
        ("https://127.0.0.1/v1", EU),
        ("not a URL", EU),
    ] {
        let clusters = Clusters(Arc::default(), polling_url);
        let settings = ProviderCredential { api: "https://api.eu.bfl.ai/v1".to_owned(), token: "k".to_owned() };
        let provider = Provider::bfl(Http::new(clusters.clone()), &settings).unwrap();
        let job = accepted(&provider).await;
        let status = provider.status(MODEL, &job).await;
        let lost = if asked == EU { JobStatus::Running { progress: None } } else { JobStatus::Lost };
        assert_eq!(status, lost, "{polling_url}: a job is lost only where it was made");
        assert_eq!(clusters.0.lock().unwrap().last().map(String::as_str), Some(asked), "{polling_url}");
    }
}
