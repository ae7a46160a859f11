//! A fake of a provider, our client for it in process, and a clock.

use crate::{
    callback::CallbackKeys,
    job::{Job, JobStatus, ProviderJob, RefusalKind, Submitted},
    name::ProviderName,
    provider::Provider,
};
use bytes::Bytes;
use futures_util::stream;
use http::{Request, header};
use kernel::{BoxFuture, Timestamp};
use local::fakes::{AnswerLost, Fake, Knobs, Padding, PartnerProtocol, ReadMode, SubmitMode};
use net::{Body, Http, RequestFailure, Response, Transport};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// A fake and a clock.
#[derive(Clone)]
pub(crate) struct World<F> {
    pub fake: F,
    now: Arc<Mutex<Timestamp>>,
}

impl<P: PartnerProtocol> Transport for World<Fake<P>> {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        Box::pin(async move {
            let answer = self.fake.handle(self.now(), request);
            if answer.extensions().get::<AnswerLost>().is_some() {
                return Err(RequestFailure::AnswerLost("as the fake was told".to_owned()));
            }
            let announced =
                answer.headers().get(header::CONTENT_LENGTH).map(|length| length.to_str().unwrap().to_owned());
            let padding = Padding::of(&answer);
            let cut = announced.is_some_and(|length| length != (answer.body().len() as u64 + padding.0).to_string());
            let end = cut.then(|| Err(RequestFailure::AnswerLost("as the fake was told".to_owned())));
            Ok(answer
                .map(|body| Body::new(stream::iter([body].into_iter().chain(padding.pieces()).map(Ok).chain(end)))))
        })
    }
}

impl<P: PartnerProtocol> World<Fake<P>> {
    pub fn of(fake: Fake<P>) -> Self {
        Self { fake, now: Arc::new(Mutex::new(Timestamp::new(1_800_000_000, 0).unwrap())) }
    }

    pub fn http(&self) -> Http {
        Http::new(self.clone())
    }

    pub fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub fn advance(&self, seconds: i64) {
        *self.now.lock().unwrap() += jiff::SignedDuration::from_secs(seconds);
    }
}

pub(crate) fn keys() -> CallbackKeys {
    CallbackKeys::from_keys(["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]).unwrap()
}

/// The webhook URL of the job that ends in `n`.
pub(crate) fn webhook_url(provider: ProviderName, n: u8) -> String {
    let id = id(n);
    keys().webhook_url("https://cinemaxsai.com", provider, id.parse().unwrap(), id.parse().unwrap())
}

/// The id of account and generation of the job that ends in `n`.
pub(crate) fn id(n: u8) -> String {
    format!("01929e6b-6c00-7000-8000-0000000000{n:02}")
}

/// The job that ends in `n`.
pub(crate) fn job(provider: ProviderName, model: &str, input: &Value, n: u8) -> Job {
    let id = id(n);
    Job {
        model: model.to_owned(),
        input: input.as_object().unwrap().clone(),
        webhook_url: webhook_url(provider, n),
        webhook_secret: keys().webhook_secret(provider, id.parse().unwrap(), id.parse().unwrap()),
        time_limit: Duration::from_secs(300),
    }
}

pub(crate) async fn accepted(provider: &Provider, job: &Job) -> ProviderJob {
    match provider.submit(job).await {
        Submitted::Accepted { provider_job, .. } => provider_job,
        other => panic!("the fake must accept a valid job: {other:?}"),
    }
}

/// Every failed submission is refused or ambiguous, in the same way at every provider.
pub(crate) async fn refuses(job: &Job, turned: impl Fn(SubmitMode) -> Provider) {
    let refused = |kind, wait: Option<u64>| Some((kind, wait.map(Duration::from_secs)));
    let cases = [
        (SubmitMode::Throttled, refused(RefusalKind::RateLimited, Some(30))),
        (SubmitMode::OutOfCredit, refused(RefusalKind::OutOfCredit, None)),
        (SubmitMode::Retired, refused(RefusalKind::Retired, None)),
        (SubmitMode::Unavailable, refused(RefusalKind::Unavailable, Some(30))),
        (SubmitMode::ServerError, None),
        (SubmitMode::AnswerLost, None),
    ];
    for (submit, expected) in cases {
        let got = match turned(submit).submit(job).await {
            Submitted::Refused(refusal) => Some((refusal.kind, refusal.retry_after)),
            Submitted::Ambiguous => None,
            Submitted::Accepted { .. } => panic!("{submit:?} must not be accepted"),
        };
        assert_eq!(got, expected, "{submit:?}");
    }
}

/// Each job is refused in its client, for this reason and with this code.
pub(crate) async fn refuses_for_good(cases: &[(&Provider, &Job, RefusalKind, &str)]) {
    for (provider, job, kind, detail_code) in cases {
        let Submitted::Refused(refusal) = provider.submit(job).await else { panic!("{detail_code} must be refused") };
        assert_eq!((refusal.kind, refusal.detail_code.as_str()), (*kind, *detail_code));
    }
}

/// If a provider does not answer, the status of a job is unknown. If it has no such job, the status
/// is `forgotten`.
pub(crate) async fn forgets<F>(
    world: &World<F>,
    provider: &Provider,
    job: &Job,
    turn: impl Fn(&F, &dyn Fn(&mut Knobs)),
    forget: impl Fn(&F),
    forgotten: JobStatus,
) {
    let provider_job = accepted(provider, job).await;
    let model = &job.model;
    for (reads, retry_after) in
        [(ReadMode::ServerError, None), (ReadMode::AnswerLost, None), (ReadMode::Throttled, Some(30))]
    {
        turn(&world.fake, &|knobs| knobs.reads = reads);
        let unreachable = JobStatus::Unreachable { retry_after: retry_after.map(Duration::from_secs) };
        assert_eq!(provider.status(model, &provider_job).await, unreachable, "{reads:?}");
        assert_eq!(provider.cancel(model, &provider_job).await, unreachable, "{reads:?}");
    }
    turn(&world.fake, &|knobs| *knobs = Knobs::default());
    forget(&world.fake);
    assert_eq!(provider.status(model, &provider_job).await, forgotten);
    assert_eq!(provider.cancel(model, &provider_job).await, forgotten);
}
