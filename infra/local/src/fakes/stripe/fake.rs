//! The fake Stripe.

use super::{
    api, control,
    deliveries::{self, StripeWebhook},
    knobs::{StripeCounts, StripeKnobs},
    page,
    problem::StripeProblem,
    session::CheckoutSession,
    settings::FakeStripeSettings,
    state::StripeState,
};
use crate::fakes::{
    clock::FakeClock,
    deliveries::Webhook,
    fake::{Fake, PartnerProtocol, StateParts},
};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::Value;

/// The protocol of Stripe.
#[derive(Debug)]
pub struct StripeProtocol;

/// A fake Stripe. Cheap to clone; clones share their state.
pub type FakeStripe = Fake<StripeProtocol>;

impl PartnerProtocol for StripeProtocol {
    type Settings = FakeStripeSettings;
    type State = StripeState;
    type Knobs = StripeKnobs;
    type Counts = StripeCounts;
    type Message = StripeWebhook;

    fn clock(settings: &FakeStripeSettings) -> &FakeClock {
        &settings.clock
    }

    fn parts(state: &mut StripeState) -> StateParts<'_, Self> {
        StateParts { knobs: &mut state.knobs, counts: state.counts, deliveries: &mut state.deliveries }
    }

    fn advance(_: &FakeStripeSettings, state: &mut StripeState, now: Timestamp) {
        state.advance(now);
    }

    fn next_move(state: &StripeState) -> Option<Timestamp> {
        state.sessions.iter().filter_map(CheckoutSession::next_move).min()
    }

    fn respond(
        settings: &FakeStripeSettings,
        state: &mut StripeState,
        now: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        if path.starts_with("/_control") {
            control::answer(state, now, request).unwrap_or_else(StripeProblem::into_response)
        } else if let Some(session) = path.strip_prefix("/c/pay/") {
            page::answer(state, now, request.method(), session)
        } else {
            api::answer(settings, state, now, request)
        }
    }

    fn due(settings: &FakeStripeSettings, state: &mut StripeState, now: Timestamp) -> Vec<Webhook> {
        state.deliveries.take(now, |id, message| message.signed(id, now, settings))
    }

    fn pauses(_: &StripeWebhook) -> &'static [i64] {
        deliveries::PAUSES_S
    }

    fn resend(state: &mut StripeState, now: Timestamp) -> usize {
        state.resend(now)
    }
}

impl FakeStripe {
    /// Presses "Pay" on the page of a session, as of `now`.
    #[must_use]
    pub fn pay(&self, now: Timestamp, session: &str) -> Response<Bytes> {
        page::answer(&mut self.advanced(now), now, &Method::POST, session)
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
}
