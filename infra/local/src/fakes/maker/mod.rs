//! What the fakes of AI providers have in common whose jobs wait, run and end: the state
//! behind the protocol. [`Protocol`] is what each adds.

mod job;

pub(super) use job::{End, Job, Model, Order, Stage};

use super::{
    Clock, Counts, Fake, Knobs, Reads, Submit, Webhook, WebhookFirst, WebhookMode, control,
    deliveries::{Deliveries, STALE},
    fastapi::Refusal,
    files, json_answer, lost_or,
    seen::seen,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One provider's protocol.
pub trait Protocol: Debug + Send + Sync + Sized + 'static {
    /// What a fake is told at its start.
    type Settings: Debug + Send + Sync;

    /// Pauses before a webhook is sent again, in seconds.
    const PAUSES_S: &'static [i64];

    /// The time of the settings.
    fn clock(settings: &Self::Settings) -> &Clock;

    /// Answers a request to the API.
    #[doc(hidden)]
    fn answer(call: &mut Call<'_, Self>) -> Response<Bytes>;

    /// What the webhook tells when a job has ended, or had only begun; nothing where that
    /// is not told.
    #[doc(hidden)]
    fn event(settings: &Self::Settings, job: &Job, has_ended: bool) -> Option<Value>;

    /// The headers that sign a body as sent at a time.
    #[doc(hidden)]
    fn signed(settings: &Self::Settings, message: &Message, sent_at: Timestamp) -> Vec<(&'static str, String)>;
}

/// Everything that an answer is made from.
#[derive(Debug)]
pub struct Call<'a, P: Protocol> {
    pub(super) settings: &'a P::Settings,
    pub(super) state: &'a mut State,
    pub(super) now: Timestamp,
    pub(super) request: &'a Request<Bytes>,
}

/// A webhook on its way.
#[derive(Debug, Clone)]
pub struct Message {
    pub(super) job: String,
    url: String,
    pub(super) secret: Option<String>,
    pub(super) body: Bytes,
    pub(super) mode: WebhookMode,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub knobs: Knobs,
    pub counts: Counts,
    /// Oldest first.
    pub jobs: Vec<Job>,
    deliveries: Deliveries<Message>,
}

/// A fake AI provider. Cheap to clone; all clones are one.
#[derive(Debug)]
pub struct Maker<P: Protocol> {
    settings: Arc<P::Settings>,
    state: Arc<Mutex<State>>,
}

impl<P: Protocol> Clone for Maker<P> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone(), state: self.state.clone() }
    }
}

impl<P: Protocol> Maker<P> {
    /// A fake without jobs, with every knob at its default.
    #[must_use]
    pub fn new(settings: P::Settings) -> Self {
        Self { settings: Arc::new(settings), state: Arc::default() }
    }

    /// What it was started with.
    #[must_use]
    pub fn settings(&self) -> &P::Settings {
        &self.settings
    }

    /// When something next happens by itself: a job moves or a webhook is due. For a
    /// simulation that jumps from event to event.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let state = self.lock();
        state.jobs.iter().filter_map(Job::next_move).chain(state.deliveries.next_due()).min()
    }

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut Knobs)) {
        turn(&mut self.lock().knobs);
    }

    /// What has happened so far. Not reset by [`Self::forget`].
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// The address for webhooks of every job that was ever created and not forgotten,
    /// oldest first: the same one twice is one job too many.
    #[must_use]
    pub fn ordered(&self) -> Vec<Option<String>> {
        self.lock().jobs.iter().map(|job| job.order.webhook.clone()).collect()
    }

    /// Sends every webhook that was delivered once more, and answers how many those are:
    /// what comes at least once may come again at any time.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.lock().deliveries.resend(now)
    }

    /// Loses every job, file and webhook, as if killed and started anew.
    pub fn forget(&self) {
        self.lock().forget();
    }

    fn advanced(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.advance::<P>(now, &self.settings);
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Protocol> Fake for Maker<P> {
    fn clock(&self) -> &Clock {
        P::clock(&self.settings)
    }

    fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        let mut state = self.advanced(now);
        let path = request.uri().path();
        let special = match path.strip_prefix("/files/") {
            Some(_) => Some(state.file(now, path)),
            None if path.starts_with("/_control") => Some(state.control(&request)),
            None => None,
        };
        special.unwrap_or_else(|| {
            P::answer(&mut Call { settings: &self.settings, state: &mut state, now, request: &request })
        })
    }

    fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        self.advanced(now).deliveries.take(now, |id, message| message.webhook::<P>(id, now, &self.settings))
    }

    fn webhook_answered(&self, id: u64, delivered: bool) {
        self.lock().deliveries.answered(id, delivered, |_| P::PAUSES_S);
    }
}

impl State {
    /// Moves every job to where it is at `now` and queues the webhooks of their ends.
    fn advance<P: Protocol>(&mut self, now: Timestamp, settings: &P::Settings) {
        for job in &mut self.jobs {
            if let Some(ended_at) = job.advance(now) {
                queue::<P>(&mut self.deliveries, settings, job, ended_at);
            }
        }
    }

    pub fn job(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// A file by its path. Whoever knows the address may read it while it is there.
    fn file(&mut self, now: Timestamp, path: &str) -> Response<Bytes> {
        match self.jobs.iter().find_map(|job| job.file(now, path)) {
            Some(file) => {
                let answer = files::answer(&file);
                self.counts.downloads += 1;
                answer
            }
            None => Refusal::new(StatusCode::NOT_FOUND, "Not Found").into_response(),
        }
    }

    /// `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs
    /// that it names, `POST /_control/reset` turns all back, `POST /_control/forget` loses
    /// every job.
    fn control(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/_control") => {}
            (&Method::PATCH, "/_control") => match control::turned(&self.knobs, request.body()) {
                Ok(turned) => self.knobs = turned,
                Err(error) => return Refusal::new(StatusCode::BAD_REQUEST, &error.to_string()).into_response(),
            },
            (&Method::POST, "/_control/reset") => self.knobs = Knobs::default(),
            (&Method::POST, "/_control/forget") => self.forget(),
            _ => return Refusal::new(StatusCode::NOT_FOUND, "Not Found").into_response(),
        }
        json_answer(StatusCode::OK, &json!({ "knobs": self.knobs, "counts": self.counts }))
    }

    fn forget(&mut self) {
        self.jobs.clear();
        self.deliveries = Deliveries::default();
    }
}

impl<P: Protocol> Call<'_, P> {
    /// Counts a submit and takes the knobs that hold for it.
    pub fn submit(&mut self) -> Knobs {
        self.state.counts.submits += 1;
        self.state.knobs.for_submit()
    }

    /// Creates the job; `shown` is the answer to it as it was created.
    pub fn create(&mut self, id: String, order: Order, knobs: Knobs, shown: Response<Bytes>) -> Response<Bytes> {
        let (lost, early) = (knobs.submit == Submit::AnswerLost, knobs.webhook == WebhookMode::Early);
        self.state.counts.look_at(seen(order.model.inputs, &order.input));
        self.state.jobs.push(Job::new(id, order, knobs, self.now));
        self.state.counts.predictions += 1;
        self.state.advance::<P>(self.now, self.settings);
        let mut answer = lost_or(shown, lost);
        if early {
            answer.extensions_mut().insert(WebhookFirst);
        }
        answer
    }

    /// Counts a read, and makes of its answer what the knobs say; `too_many` is the sentence
    /// of a 429.
    pub fn read(&mut self, answer: impl FnOnce(&mut Self) -> Response<Bytes>, too_many: &str) -> Response<Bytes> {
        self.state.counts.reads += 1;
        match self.state.knobs.reads {
            Reads::Answer => answer(self),
            Reads::AnswerLost => lost_or(answer(self), true),
            Reads::ServerError => {
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
            }
            Reads::Throttled => {
                Refusal::for_now(StatusCode::TOO_MANY_REQUESTS, too_many, &self.state.knobs).into_response()
            }
        }
    }

    /// Cancels a job; `None` when there is none, else whether that was in time.
    pub fn cancel(&mut self, id: &str) -> Option<bool> {
        self.state.counts.cancels += 1;
        let State { jobs, deliveries, .. } = &mut *self.state;
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

/// Queues what a job's webhook gets at its end.
fn queue<P: Protocol>(deliveries: &mut Deliveries<Message>, settings: &P::Settings, job: &Job, at: Timestamp) {
    let Some(url) = &job.order.webhook else { return };
    let mode = job.knobs.webhook;
    let message = |event: Value| Message {
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

impl Message {
    fn webhook<P: Protocol>(&self, id: u64, now: Timestamp, settings: &P::Settings) -> Webhook {
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
