//! The fake Stripe.

use super::{
    api, control, deliveries,
    knobs::{StripeCounts, StripeKnobs},
    page,
    problem::StripeProblem,
    session::CheckoutSession,
    settings::FakeStripeSettings,
    state::StripeState,
};
use crate::fakes::{clock::FakeClock, deliveries::Webhook, fake::Fake, shared::SharedState};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::{Arc, MutexGuard};

/// A fake Stripe. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct FakeStripe {
    settings: Arc<FakeStripeSettings>,
    state: SharedState<StripeState>,
}

impl FakeStripe {
    /// A fake without sessions, with every knob at its default.
    #[must_use]
    pub fn new(settings: FakeStripeSettings) -> Self {
        Self { settings: Arc::new(settings), state: SharedState::default() }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &FakeStripeSettings {
        &self.settings
    }

    /// Answers one request as of `now`. The caller must respect the extensions of the
    /// answer.
    #[must_use]
    pub fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        let mut state = self.advanced(now);
        let path = request.uri().path();
        if path.starts_with("/_control") {
            control::answer(&mut state, now, &request).unwrap_or_else(StripeProblem::into_response)
        } else if let Some(session) = path.strip_prefix("/c/pay/") {
            page::answer(&mut state, now, request.method(), session)
        } else {
            api::answer(&self.settings, &mut state, now, &request)
        }
    }

    /// Presses "Pay" on the page of a session, as of `now`.
    #[must_use]
    pub fn pay(&self, now: Timestamp, session: &str) -> Response<Bytes> {
        page::answer(&mut self.advanced(now), now, &Method::POST, session)
    }

    /// The webhooks that are due at `now`, oldest first. Each is returned once; the caller
    /// reports its delivery to [`Self::webhook_answered`].
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        self.advanced(now).deliveries.take(now, |id, message| message.signed(id, now, &self.settings))
    }

    /// Whether the delivery of a webhook was answered with a 2xx. The fake repeats a failed
    /// one with growing pauses, for about three days in all.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        self.state.lock().deliveries.answered(id, delivered, |_| deliveries::PAUSES_S);
    }

    /// Sends every event so far again, as Stripe's dashboard can. Returns their number.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.state.lock().resend(now)
    }

    /// Makes an event of the caller's choice, correctly signed as of `now`. The caller
    /// delivers it: it is not queued.
    #[must_use]
    pub fn event(&self, now: Timestamp, kind: &str, object: &Value) -> Webhook {
        let event = self.state.lock().event(now, kind, object);
        deliveries::signed(0, &event, now, &self.settings)
    }

    /// The session object of the API.
    #[must_use]
    pub fn session(&self, now: Timestamp, id: &str) -> Option<Value> {
        Some(self.advanced(now).session(id)?.to_json())
    }

    /// The time of the next event: a payment ends, a session expires or a webhook is due.
    /// For a simulation that jumps from event to event.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let state = self.state.lock();
        state.sessions.iter().filter_map(CheckoutSession::next_move).chain(state.deliveries.next_due()).min()
    }

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut StripeKnobs)) {
        turn(&mut self.state.lock().knobs);
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> StripeCounts {
        self.state.lock().counts
    }

    fn advanced(&self, now: Timestamp) -> MutexGuard<'_, StripeState> {
        let mut state = self.state.lock();
        state.advance(now);
        state
    }
}

impl Fake for FakeStripe {
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
}
