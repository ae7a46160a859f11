//! The common part of the fake AI providers: the state of jobs that wait, run and end.
//! [`ProviderProtocol`] is the part that differs.

pub(super) mod job;

use super::{
    clock::FakeClock,
    control,
    deliveries::{Deliveries, STALE, Webhook},
    fake::{Fake, PartnerProtocol, StateParts},
    fastapi::FastApiError,
    inputs::pictures,
    knobs::{JobCounts, Knobs, ReadMode, SubmitMode, WebhookMode},
    media::files,
    response::{WebhookFirst, json_answer, lost_or},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use jiff::Timestamp;
use job::{FakeJob, JobRequest, Stage};
use serde_json::{Value, json};
use std::fmt::Debug;

/// One provider's protocol.
pub trait ProviderProtocol: Debug + Send + Sync + Sized + 'static {
    /// The settings of the fake.
    type FakeSettings: Debug + Send + Sync;

    /// Pauses before a webhook is sent again, in seconds.
    const PAUSES_S: &'static [i64];

    /// The clock in the settings.
    fn clock(settings: &Self::FakeSettings) -> &FakeClock;

    /// Answers a request to the API.
    #[doc(hidden)]
    fn answer(call: &mut ApiCall<'_, Self>) -> Response<Bytes>;

    /// The webhook's event for a job that has ended, or has begun; `None` where the provider
    /// sends none.
    #[doc(hidden)]
    fn event(settings: &Self::FakeSettings, job: &FakeJob, has_ended: bool) -> Option<Value>;

    /// The headers that sign a webhook sent at this time.
    #[doc(hidden)]
    fn signed(
        settings: &Self::FakeSettings,
        message: &QueuedWebhook,
        sent_at: Timestamp,
    ) -> Vec<(&'static str, String)>;
}

/// A request to the API, with everything that its answer needs.
#[derive(Debug)]
pub struct ApiCall<'a, P: ProviderProtocol> {
    pub(super) settings: &'a P::FakeSettings,
    pub(super) state: &'a mut ProviderState,
    pub(super) now: Timestamp,
    pub(super) request: &'a Request<Bytes>,
}

/// A webhook to deliver.
#[derive(Debug, Clone)]
pub struct QueuedWebhook {
    pub(super) job: String,
    url: String,
    pub(super) secret: Option<String>,
    pub(super) body: Bytes,
    pub(super) mode: WebhookMode,
}

/// Knobs, counts, jobs and webhooks.
#[derive(Debug, Default)]
pub struct ProviderState {
    pub knobs: Knobs,
    pub counts: JobCounts,
    /// Oldest first.
    pub jobs: Vec<FakeJob>,
    deliveries: Deliveries<QueuedWebhook>,
}

impl<P: ProviderProtocol> PartnerProtocol for P {
    type Settings = P::FakeSettings;
    type State = ProviderState;
    type Knobs = Knobs;
    type Counts = JobCounts;
    type Message = QueuedWebhook;

    fn clock(settings: &P::FakeSettings) -> &FakeClock {
        <P as ProviderProtocol>::clock(settings)
    }

    fn parts(state: &mut ProviderState) -> StateParts<'_, Self> {
        StateParts { knobs: &mut state.knobs, counts: state.counts, deliveries: &mut state.deliveries }
    }

    fn advance(settings: &P::FakeSettings, state: &mut ProviderState, now: Timestamp) {
        state.advance::<P>(now, settings);
    }

    fn next_move(state: &ProviderState) -> Option<Timestamp> {
        state.jobs.iter().filter_map(FakeJob::next_move).min()
    }

    fn respond(
        settings: &P::FakeSettings,
        state: &mut ProviderState,
        now: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        if path.starts_with("/files/") {
            state.file(now, path)
        } else if path.starts_with("/_control") {
            state.control(request)
        } else {
            P::answer(&mut ApiCall { settings, state, now, request })
        }
    }

    fn due(settings: &P::FakeSettings, state: &mut ProviderState, now: Timestamp) -> Vec<Webhook> {
        state.deliveries.take(now, |id, message| message.webhook::<P>(id, now, settings))
    }

    fn pauses(_: &QueuedWebhook) -> &'static [i64] {
        P::PAUSES_S
    }
}

impl<P: ProviderProtocol> Fake<P> {
    /// The webhook address of every created job that is not forgotten, oldest first. The
    /// same address twice means one job too many.
    #[must_use]
    pub fn ordered(&self) -> Vec<Option<String>> {
        self.state.lock().jobs.iter().map(|job| job.order.webhook.clone()).collect()
    }

    /// Loses every job, file and webhook, as after a crash and a new start.
    pub fn forget(&self) {
        self.state.lock().forget();
    }
}

impl ProviderState {
    /// Moves every job to its stage at `now`, and queues the webhooks of their ends.
    fn advance<P: ProviderProtocol>(&mut self, now: Timestamp, settings: &P::FakeSettings) {
        for job in &mut self.jobs {
            if let Some(ended_at) = job.advance(now) {
                queue::<P>(&mut self.deliveries, settings, job, ended_at);
            }
        }
    }

    pub fn job(&mut self, id: &str) -> Option<&mut FakeJob> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// A file by its path. The address is the only credential.
    fn file(&mut self, now: Timestamp, path: &str) -> Response<Bytes> {
        match self.jobs.iter().find_map(|job| job.file(now, path)) {
            Some(file) => {
                let answer = files::answer(&file);
                self.counts.downloads += 1;
                answer
            }
            None => FastApiError::new(StatusCode::NOT_FOUND, "Not Found").into_response(),
        }
    }

    /// `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs
    /// that it names, `POST /_control/reset` resets all knobs, `POST /_control/forget` loses
    /// every job.
    fn control(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        match control::turn(&mut self.knobs, request) {
            Ok(true) => {}
            Ok(false) if (request.method(), request.uri().path()) == (&Method::POST, "/_control/forget") => {
                self.forget()
            }
            Ok(false) => return FastApiError::new(StatusCode::NOT_FOUND, "Not Found").into_response(),
            Err(error) => return FastApiError::new(StatusCode::BAD_REQUEST, &error.to_string()).into_response(),
        }
        json_answer(StatusCode::OK, &json!({ "knobs": self.knobs, "counts": self.counts }))
    }

    fn forget(&mut self) {
        self.jobs.clear();
        self.deliveries = Deliveries::default();
    }
}

impl<P: ProviderProtocol> ApiCall<'_, P> {
    /// Counts a submit and returns the knobs for it.
    pub fn submit(&mut self) -> Knobs {
        self.state.counts.submits += 1;
        self.state.knobs.for_submit()
    }

    /// Creates the job. `shown` is the answer, which shows the job at its creation.
    pub fn create(&mut self, id: String, order: JobRequest, knobs: Knobs, shown: Response<Bytes>) -> Response<Bytes> {
        let (lost, early) = (knobs.submit == SubmitMode::AnswerLost, knobs.webhook == WebhookMode::Early);
        self.state.counts.count_pictures(pictures(order.model.inputs, &order.input).map(|picture| picture.is_bare));
        self.state.jobs.push(FakeJob::new(id, order, knobs, self.now));
        self.state.counts.predictions += 1;
        self.state.advance::<P>(self.now, self.settings);
        let mut answer = lost_or(shown, lost);
        if early {
            answer.extensions_mut().insert(WebhookFirst);
        }
        answer
    }

    /// Counts a read and answers it in the mode of the knobs. `too_many` is the sentence of
    /// a 429.
    pub fn read(&mut self, answer: impl FnOnce(&mut Self) -> Response<Bytes>, too_many: &str) -> Response<Bytes> {
        self.state.counts.reads += 1;
        match self.state.knobs.reads {
            ReadMode::Answer => answer(self),
            ReadMode::AnswerLost => lost_or(answer(self), true),
            ReadMode::ServerError => {
                FastApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
            }
            ReadMode::Throttled => {
                FastApiError::for_now(StatusCode::TOO_MANY_REQUESTS, too_many, &self.state.knobs).into_response()
            }
        }
    }

    /// Cancels a job. Returns whether that was in time; `None` when there is no such job.
    pub fn cancel(&mut self, id: &str) -> Option<bool> {
        self.state.counts.cancels += 1;
        let ProviderState { jobs, deliveries, .. } = &mut *self.state;
        let job = jobs.iter_mut().find(|job| job.id == id)?;
        let in_time = !matches!(job.stage, Stage::Ended(_));
        if job.cancel(self.now) {
            queue::<P>(deliveries, self.settings, job, self.now);
        }
        Some(in_time)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }
}

/// Queues the events of a job's end for its webhook.
fn queue<P: ProviderProtocol>(
    deliveries: &mut Deliveries<QueuedWebhook>,
    settings: &P::FakeSettings,
    job: &FakeJob,
    at: Timestamp,
) {
    let Some(url) = &job.order.webhook else { return };
    let mode = job.knobs.webhook;
    let message = |event: Value| QueuedWebhook {
        job: job.id.clone(),
        url: url.clone(),
        secret: job.order.secret.clone(),
        body: Bytes::from(event.to_string()),
        mode,
    };
    let told: &[bool] = match mode {
        WebhookMode::Never => &[],
        WebhookMode::Twice => &[true, true],
        WebhookMode::OutOfOrder => &[true, false],
        _ => &[true],
    };
    for event in told.iter().filter_map(|has_ended| P::event(settings, job, *has_ended)) {
        deliveries.push(message(event), at);
    }
}

impl QueuedWebhook {
    fn webhook<P: ProviderProtocol>(&self, id: u64, now: Timestamp, settings: &P::FakeSettings) -> Webhook {
        let sent_at = match self.mode {
            WebhookMode::Stale => now.saturating_sub(STALE).unwrap_or(now),
            _ => now,
        };
        let mut headers = HeaderMap::new();
        let signed = P::signed(settings, self, sent_at);
        for (name, value) in signed.into_iter().chain([("content-type", "application/json".to_owned())]) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        Webhook { id, url: self.url.clone(), headers, body: self.body.clone() }
    }
}
