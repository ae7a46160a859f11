//! Replicate: predictions of image and video models, webhooks and output files.
//!
//! Source of the protocol: `https://replicate.com/docs/reference/http` and the error
//! bodies that its users publish.
//!
//! [`Replicate::handle`] answers one request and [`Replicate::take_webhooks`] hands out
//! the deliveries that are due; both get the time as an argument and do no I/O. [`Knobs`]
//! make it misbehave as the real one does.

mod api;
mod control;
mod deliveries;
mod models;
mod prediction;
mod problem;
mod submission;
#[cfg(test)]
mod tests;

pub use super::{
    AnswerLost, Cancel, Counts, HoldOpen, InPieces, Knobs, Outcome, Output, Reads, Submit, Webhook, WebhookFirst,
    WebhookMode, serve,
};

use super::{Clock, Fake, deliveries::Deliveries, files, json_answer, seen};
use bytes::Bytes;
use deliveries::Message;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use prediction::Prediction;
use problem::Problem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a fake Replicate is told at its start.
#[derive(Debug, Clone)]
pub struct ReplicateSettings {
    /// Where it is reached, without a slash at the end. The API lies under `/v1`.
    pub public_base: String,
    /// The one API token that it accepts.
    pub api_token: String,
    /// The secret that it signs webhooks with: `whsec_` and standard base64.
    pub webhook_secret: String,
    /// The time for [`serve`]; [`Replicate::handle`] gets it as an argument.
    pub clock: Clock,
}

impl ReplicateSettings {
    /// Token and secret of the local platform; neither is worth anything elsewhere.
    #[must_use]
    pub fn new(public_base: impl Into<String>) -> Self {
        Self {
            public_base: public_base.into(),
            api_token: "r8_local".to_owned(),
            webhook_secret: "whsec_bG9jYWwtcmVwbGljYXRlLXdlYmhvb2stc2VjcmV0".to_owned(),
            clock: Clock::system(),
        }
    }
}

impl Default for ReplicateSettings {
    fn default() -> Self {
        Self::new("http://127.0.0.1:7001")
    }
}

/// A fake Replicate. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Replicate {
    settings: Arc<ReplicateSettings>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    knobs: Knobs,
    counts: Counts,
    /// Oldest first.
    predictions: Vec<Prediction>,
    deliveries: Deliveries<Message>,
}

impl Replicate {
    /// A fake without predictions, with every knob at its default.
    #[must_use]
    pub fn new(settings: ReplicateSettings) -> Self {
        Self { settings: Arc::new(settings), state: Arc::default() }
    }

    /// What it was started with.
    #[must_use]
    pub fn settings(&self) -> &ReplicateSettings {
        &self.settings
    }

    /// Answers one request as of `now`. Heed the extensions of the answer.
    #[must_use]
    pub fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        let mut state = self.advanced(now);
        let path = request.uri().path();
        let answer = if path.starts_with("/_control") {
            control::answer(&mut state, &request)
        } else if path.starts_with("/files/") {
            state.file(path)
        } else {
            api::answer(&self.settings, &mut state, now, &request)
        };
        answer.unwrap_or_else(Problem::into_response)
    }

    /// The webhooks that are due at `now`, oldest first. Each is handed out once; say with
    /// [`Self::webhook_answered`] what came of it.
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        self.advanced(now).deliveries.take(now, |id, message| message.signed(id, now, &self.settings))
    }

    /// Whether the delivery of a webhook was answered with a 2xx. A final event that was
    /// not is sent again with growing pauses, for about a minute in all.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        self.lock().deliveries.answered(id, delivered, Message::pauses);
    }

    /// Sends every webhook that was delivered once more, and answers how many those are:
    /// what comes at least once may come again at any time.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.lock().deliveries.resend(now)
    }

    /// When something next happens by itself: a prediction moves or a webhook is due.
    /// For a simulation that jumps from event to event.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let state = self.lock();
        let moves = state.predictions.iter().filter_map(Prediction::next_move);
        moves.chain(state.deliveries.next_due()).min()
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

    /// The address for webhooks of every prediction that was ever created and not
    /// forgotten, oldest first: the same one twice is one job too many.
    #[must_use]
    pub fn ordered(&self) -> Vec<Option<String>> {
        self.lock().predictions.iter().map(|prediction| prediction.order.webhook.clone()).collect()
    }

    /// What every prediction that was not forgotten was given: texts as they came, and of
    /// pictures the bytes of their files, as far as they are text.
    #[must_use]
    pub fn inputs(&self) -> Vec<String> {
        let state = self.lock();
        let texts = state.predictions.iter().flat_map(|prediction| prediction.order.input.values());
        texts.filter_map(|value| value.as_str()).map(seen::legible).collect()
    }

    /// Loses every prediction, file and webhook, as if killed and started anew.
    pub fn forget(&self) {
        let mut state = self.lock();
        state.predictions.clear();
        state.deliveries = Deliveries::default();
    }

    /// Of every prediction so far, this file is gone, counted from 0.
    pub fn lose_file(&self, n: u64) {
        self.lock().predictions.iter_mut().for_each(|prediction| prediction.lost_file = Some(n));
    }

    fn advanced(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.advance(now, &self.settings.public_base);
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fake for Replicate {
    fn clock(&self) -> &Clock {
        &self.settings.clock
    }

    fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        Self::handle(self, now, request)
    }

    fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        Self::take_webhooks(self, now)
    }

    fn webhook_answered(&self, id: u64, delivered: bool) {
        Self::webhook_answered(self, id, delivered);
    }

    fn finished(&self, now: Timestamp, job: &str) -> Option<Response<Bytes>> {
        let mut state = self.advanced(now);
        let prediction = state.prediction(job).filter(|prediction| prediction.is_final())?;
        Some(json_answer(StatusCode::CREATED, &prediction.to_json(&self.settings.public_base)))
    }
}

impl State {
    /// Moves every prediction to where it is at `now` and queues the webhooks of its way.
    fn advance(&mut self, now: Timestamp, public_base: &str) {
        for prediction in &mut self.predictions {
            for event in prediction.advance(now, public_base) {
                deliveries::queue(&mut self.deliveries, prediction, event);
            }
        }
    }

    fn prediction(&mut self, id: &str) -> Option<&mut Prediction> {
        self.predictions.iter_mut().find(|prediction| prediction.id == id)
    }

    /// An output file. Its address is secret enough that no token is asked for, as on
    /// `replicate.delivery`.
    fn file(&mut self, path: &str) -> Result<Response<Bytes>, Problem> {
        let id = path.trim_start_matches("/files/").split('/').next().unwrap_or_default();
        let file = self.predictions.iter().find(|prediction| prediction.id == id).and_then(|it| it.file(path));
        let answer = files::answer(&file.ok_or_else(Problem::not_found)?);
        self.counts.downloads += 1;
        Ok(answer)
    }
}
