//! The fake Replicate.

use super::{
    api, control, deliveries::ReplicateWebhook, prediction::Prediction, problem::ReplicateProblem,
    settings::FakeReplicateSettings, state::ReplicateState,
};
use crate::fakes::{
    clock::FakeClock,
    deliveries::{Deliveries, Webhook},
    fake::Fake,
    knobs::{JobCounts, Knobs},
    media::seen,
    response::json_answer,
    shared::SharedState,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use std::sync::{Arc, MutexGuard};

/// A fake Replicate. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct FakeReplicate {
    settings: Arc<FakeReplicateSettings>,
    state: SharedState<ReplicateState>,
}

impl FakeReplicate {
    /// A fake without predictions, with every knob at its default.
    #[must_use]
    pub fn new(settings: FakeReplicateSettings) -> Self {
        Self { settings: Arc::new(settings), state: SharedState::default() }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &FakeReplicateSettings {
        &self.settings
    }

    /// Answers one request as of `now`. The caller must respect the extensions of the
    /// answer.
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
        answer.unwrap_or_else(ReplicateProblem::into_response)
    }

    /// The webhooks that are due at `now`, oldest first. Each is returned once; the caller
    /// reports its delivery to [`Self::webhook_answered`].
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        self.advanced(now).deliveries.take(now, |id, message| message.signed(id, now, &self.settings))
    }

    /// Whether the delivery of a webhook was answered with a 2xx. The fake repeats a failed
    /// final event with growing pauses, for about a minute in all.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        self.state.lock().deliveries.answered(id, delivered, ReplicateWebhook::pauses);
    }

    /// Sends every delivered webhook again, as delivery at least once allows. Returns their
    /// number.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.state.lock().deliveries.resend(now)
    }

    /// The time of the next event: a prediction changes its status or a webhook is due. For
    /// a simulation that jumps from event to event.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let state = self.state.lock();
        let moves = state.predictions.iter().filter_map(Prediction::next_move);
        moves.chain(state.deliveries.next_due()).min()
    }

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut Knobs)) {
        turn(&mut self.state.lock().knobs);
    }

    /// The counts so far. [`Self::forget`] does not reset them.
    #[must_use]
    pub fn counts(&self) -> JobCounts {
        self.state.lock().counts
    }

    /// The webhook address of every created prediction that is not forgotten, oldest first.
    /// The same address twice means one job too many.
    #[must_use]
    pub fn ordered(&self) -> Vec<Option<String>> {
        self.state.lock().predictions.iter().map(|prediction| prediction.order.webhook.clone()).collect()
    }

    /// The inputs of every prediction that is not forgotten: the texts, and for pictures the
    /// legible bytes of their files.
    #[must_use]
    pub fn inputs(&self) -> Vec<String> {
        let state = self.state.lock();
        let texts = state.predictions.iter().flat_map(|prediction| prediction.order.input.values());
        texts.filter_map(|value| value.as_str()).map(seen::legible).collect()
    }

    /// Loses every prediction, file and webhook, as after a crash and a new start.
    pub fn forget(&self) {
        let mut state = self.state.lock();
        state.predictions.clear();
        state.deliveries = Deliveries::default();
    }

    /// Loses this file of every prediction so far; the number counts from 0.
    pub fn lose_file(&self, n: u64) {
        self.state.lock().predictions.iter_mut().for_each(|prediction| prediction.lost_file = Some(n));
    }

    fn advanced(&self, now: Timestamp) -> MutexGuard<'_, ReplicateState> {
        let mut state = self.state.lock();
        state.advance(now, &self.settings.public_base);
        state
    }
}

impl Fake for FakeReplicate {
    fn clock(&self) -> &FakeClock {
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
