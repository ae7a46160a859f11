//! The state of the fake Stripe.

use super::{
    deliveries::{self, StripeWebhook},
    idempotency::KeptAnswers,
    knobs::{StripeCounts, StripeKnobs},
    session::CheckoutSession,
    settings::API_VERSION,
};
use crate::fakes::{deliveries::Deliveries, text::random};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Knobs, counts, sessions and webhooks.
#[derive(Debug, Default)]
pub struct StripeState {
    pub(super) knobs: StripeKnobs,
    pub(super) counts: StripeCounts,
    ids: u64,
    /// Oldest first.
    pub(super) sessions: Vec<CheckoutSession>,
    pub(super) answers: KeptAnswers,
    pub(super) deliveries: Deliveries<StripeWebhook>,
    /// Every event so far, oldest first.
    told: Vec<Value>,
}

impl StripeState {
    /// Moves every session to its status at `now`, and queues the events of the changes.
    pub(super) fn advance(&mut self, now: Timestamp) {
        let moved: Vec<_> = self.sessions.iter_mut().filter_map(|session| session.advance(now)).collect();
        for (at, kind, object) in moved {
            self.tell(at, kind, &object);
        }
    }

    pub(super) fn session(&mut self, id: &str) -> Option<&mut CheckoutSession> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// Makes an event and queues its delivery.
    pub(super) fn tell(&mut self, at: Timestamp, kind: &str, object: &Value) {
        let event = self.event(at, kind, object);
        deliveries::queue(&mut self.deliveries, &event, at, &self.knobs);
        self.told.push(event);
    }

    /// Queues every event so far again. Returns their number.
    pub(super) fn resend(&mut self, now: Timestamp) -> usize {
        for event in &self.told {
            self.deliveries.push(StripeWebhook::of(event.clone()), now);
        }
        self.told.len()
    }

    pub(super) fn event(&mut self, at: Timestamp, kind: &str, object: &Value) -> Value {
        self.counts.events += 1;
        json!({
            "id": self.new_id("evt_1", 23, at), "object": "event", "api_version": API_VERSION,
            "created": at.as_second(), "data": { "object": object }, "livemode": false, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "type": kind,
        })
    }

    /// An id in the form of Stripe's.
    pub(super) fn new_id(&mut self, prefix: &str, length: usize, now: Timestamp) -> String {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        self.ids += 1;
        format!("{prefix}{}", random(ALPHABET, length, now, self.ids))
    }
}
