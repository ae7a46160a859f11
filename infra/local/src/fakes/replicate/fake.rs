//! The fake Replicate.

use super::{
    api, control, deliveries::ReplicateWebhook, prediction::Prediction, problem::ReplicateProblem,
    settings::FakeReplicateSettings, state::ReplicateState,
};
use crate::fakes::{
    clock::FakeClock,
    deliveries::Webhook,
    fake::{Fake, PartnerProtocol, StateParts},
    knobs::{JobCounts, Knobs},
    media::seen,
    response::json_answer,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;

/// The protocol of Replicate.
#[derive(Debug)]
pub struct ReplicateProtocol;

/// A fake Replicate. Cheap to clone; clones share their state.
pub type FakeReplicate = Fake<ReplicateProtocol>;

impl PartnerProtocol for ReplicateProtocol {
    type Settings = FakeReplicateSettings;
    type State = ReplicateState;
    type Knobs = Knobs;
    type Counts = JobCounts;
    type Message = ReplicateWebhook;

    fn clock(settings: &FakeReplicateSettings) -> &FakeClock {
        &settings.clock
    }

    fn parts(state: &mut ReplicateState) -> StateParts<'_, Self> {
        StateParts { knobs: &mut state.knobs, counts: state.counts, deliveries: &mut state.deliveries }
    }

    fn advance(settings: &FakeReplicateSettings, state: &mut ReplicateState, now: Timestamp) {
        state.advance(now, &settings.public_base);
    }

    fn next_move(state: &ReplicateState) -> Option<Timestamp> {
        state.predictions.iter().filter_map(Prediction::next_move).min()
    }

    fn respond(
        settings: &FakeReplicateSettings,
        state: &mut ReplicateState,
        now: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        let answer = if path.starts_with("/_control") {
            control::answer(state, request)
        } else if path.starts_with("/files/") {
            state.file(path)
        } else {
            api::answer(settings, state, now, request)
        };
        answer.unwrap_or_else(ReplicateProblem::into_response)
    }

    fn due(settings: &FakeReplicateSettings, state: &mut ReplicateState, now: Timestamp) -> Vec<Webhook> {
        state.deliveries.take(now, |id, message| message.signed(id, now, settings))
    }

    fn pauses(message: &ReplicateWebhook) -> &'static [i64] {
        message.pauses()
    }

    fn finished(settings: &FakeReplicateSettings, state: &mut ReplicateState, job: &str) -> Option<Response<Bytes>> {
        let prediction = state.prediction(job).filter(|prediction| prediction.is_final())?;
        Some(json_answer(StatusCode::CREATED, &prediction.to_json(&settings.public_base)))
    }
}

impl FakeReplicate {
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
        self.state.lock().forget();
    }

    /// Loses this file of every prediction so far; the number counts from 0.
    pub fn lose_file(&self, n: u64) {
        self.state.lock().predictions.iter_mut().for_each(|prediction| prediction.lost_file = Some(n));
    }
}
