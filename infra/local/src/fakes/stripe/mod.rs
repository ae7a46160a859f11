//! Stripe: Checkout Sessions in payment mode with their hosted page, PaymentIntents, and
//! signed webhooks.
//!
//! Source of the protocol: `https://docs.stripe.com/api`, and the answers that its users
//! publish. A parameter that Stripe knows and the fake does not is refused like one that
//! nobody knows, so nothing is ever ignored.
//!
//! [`Stripe::handle`] answers one request and [`Stripe::take_webhooks`] hands out the
//! deliveries that are due; both get the time as an argument and do no I/O. [`Knobs`] make
//! it misbehave as the real one does. An answer with the extension [`WebhookFirst`] is to
//! be handed over after the webhooks that are due: as at Stripe, the buyer comes back when
//! we know of the payment.

mod api;
mod control;
mod deliveries;
mod form;
mod idempotency;
mod knobs;
mod page;
mod problem;
mod session;
mod submission;
#[cfg(test)]
mod tests;

pub use super::{Webhook, WebhookFirst, serve};
pub use knobs::{Knobs, Payment, WebhookMode};

use super::{Clock, Fake, deliveries::Deliveries, random};
use bytes::Bytes;
use deliveries::Message;
use http::{Request, Response};
use idempotency::Answered;
use jiff::Timestamp;
use problem::Problem;
use serde::Serialize;
use serde_json::{Value, json};
use session::Session;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The one version of the API that the fake speaks.
pub const API_VERSION: &str = "2026-10-28.endive";

/// What a fake Stripe is told at its start.
#[derive(Debug, Clone)]
pub struct StripeSettings {
    /// Where it is reached, without a slash at the end. The API lies under `/v1`, the
    /// hosted pages under `/c/pay`.
    pub public_base: String,
    /// The one secret key that it accepts.
    pub secret_key: String,
    /// The secret that it signs webhooks with, `whsec_…`.
    pub webhook_secret: String,
    /// Where events are sent.
    pub webhook_url: String,
    /// The time for [`serve`]; [`Stripe::handle`] gets it as an argument.
    pub clock: Clock,
}

impl StripeSettings {
    /// Keys of the local platform; neither is worth anything elsewhere.
    #[must_use]
    pub fn new(public_base: impl Into<String>, webhook_url: impl Into<String>) -> Self {
        Self {
            public_base: public_base.into(),
            secret_key: "sk_test_local".to_owned(),
            webhook_secret: "whsec_local_stripe_secret".to_owned(),
            webhook_url: webhook_url.into(),
            clock: Clock::system(),
        }
    }
}

/// What has happened so far, for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Requests to the API, whatever came of them.
    pub requests: u64,
    /// Sessions that were opened. A replay opens none.
    pub sessions: u64,
    /// Payments that were made: each is money.
    pub payments: u64,
    /// Events that were made, whether or not they were delivered.
    pub events: u64,
}

/// A fake Stripe. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Stripe {
    settings: Arc<StripeSettings>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    knobs: Knobs,
    counts: Counts,
    ids: u64,
    /// Oldest first.
    sessions: Vec<Session>,
    /// By the Idempotency-Key.
    answered: BTreeMap<String, Answered>,
    deliveries: Deliveries<Message>,
    /// Every event of the past, oldest first.
    told: Vec<Value>,
}

impl Stripe {
    /// A fake without sessions, with every knob at its default.
    #[must_use]
    pub fn new(settings: StripeSettings) -> Self {
        Self { settings: Arc::new(settings), state: Arc::default() }
    }

    /// What it was started with.
    #[must_use]
    pub fn settings(&self) -> &StripeSettings {
        &self.settings
    }

    /// Answers one request as of `now`. Heed the extensions of the answer.
    #[must_use]
    pub fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        let mut state = self.advanced(now);
        let path = request.uri().path();
        if path.starts_with("/_control") {
            control::answer(&mut state, now, &request).unwrap_or_else(Problem::into_response)
        } else if let Some(session) = path.strip_prefix("/c/pay/") {
            page::answer(&mut state, now, request.method(), session)
        } else {
            api::answer(&self.settings, &mut state, now, &request)
        }
    }

    /// Presses "Pay" on the page of a session, as of `now`.
    #[must_use]
    pub fn pay(&self, now: Timestamp, session: &str) -> Response<Bytes> {
        page::answer(&mut self.advanced(now), now, &http::Method::POST, session)
    }

    /// The webhooks that are due at `now`, oldest first. Each is handed out once; say with
    /// [`Self::webhook_answered`] what came of it.
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        self.advanced(now).deliveries.take(now, |id, message| message.signed(id, now, &self.settings))
    }

    /// Whether the delivery of a webhook was answered with a 2xx. One that was not is sent
    /// again with growing pauses, for about three days in all.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        self.lock().deliveries.answered(id, delivered, |_| deliveries::PAUSES_S);
    }

    /// Sends every event of the past again, as its dashboard can, and answers how many
    /// those are.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.lock().resend(now)
    }

    /// An event of the caller's own making, correctly signed as of `now`. It is not
    /// queued: hand it to whom you like.
    #[must_use]
    pub fn event(&self, now: Timestamp, kind: &str, object: &Value) -> Webhook {
        let event = self.lock().event(now, kind, object);
        deliveries::signed(0, &event, now, &self.settings)
    }

    /// A session as the API shows it.
    #[must_use]
    pub fn session(&self, now: Timestamp, id: &str) -> Option<Value> {
        Some(self.advanced(now).session(id)?.to_json())
    }

    /// When something next happens by itself: a payment ends, a session expires or a
    /// webhook is due. For a simulation that jumps from event to event.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let state = self.lock();
        state.sessions.iter().filter_map(Session::next_move).chain(state.deliveries.next_due()).min()
    }

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut Knobs)) {
        turn(&mut self.lock().knobs);
    }

    /// What has happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    fn advanced(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.advance(now);
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fake for Stripe {
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
}

impl State {
    /// Moves every session to where it is at `now` and queues the events of its way.
    fn advance(&mut self, now: Timestamp) {
        let moved: Vec<_> = self.sessions.iter_mut().filter_map(|session| session.advance(now)).collect();
        for (at, kind, object) in moved {
            self.tell(at, kind, &object);
        }
    }

    fn session(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// Makes an event and queues its delivery.
    fn tell(&mut self, at: Timestamp, kind: &str, object: &Value) {
        let event = self.event(at, kind, object);
        deliveries::queue(&mut self.deliveries, &event, at, &self.knobs);
        self.told.push(event);
    }

    /// Queues every event of the past once more, and answers how many those are.
    fn resend(&mut self, now: Timestamp) -> usize {
        for event in &self.told {
            self.deliveries.push(Message::of(event.clone()), now);
        }
        self.told.len()
    }

    fn event(&mut self, at: Timestamp, kind: &str, object: &Value) -> Value {
        self.counts.events += 1;
        json!({
            "id": self.new_id("evt_1", 23, at), "object": "event", "api_version": API_VERSION,
            "created": at.as_second(), "data": { "object": object }, "livemode": false, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "type": kind,
        })
    }

    /// An id as Stripe's.
    fn new_id(&mut self, prefix: &str, length: usize, now: Timestamp) -> String {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        self.ids += 1;
        format!("{prefix}{}", random(ALPHABET, length, now, self.ids))
    }
}
