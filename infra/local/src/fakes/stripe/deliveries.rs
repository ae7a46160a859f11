use super::{
    StripeSettings,
    knobs::{Knobs, WebhookMode},
};
use crate::fakes::{
    Webhook,
    deliveries::{Deliveries, STALE},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::Value;

/// Pauses before an event is sent again, in seconds: short at first for a person who
/// watches, then about three days in all, as at Stripe.
pub(super) const PAUSES_S: &[i64] = &[2, 8, 30, 300, 3_600, 14_400, 43_200, 86_400, 86_400];

/// One event on its way.
#[derive(Debug, Clone)]
pub(super) struct Message {
    event: Value,
    mode: WebhookMode,
}

impl Message {
    /// An event that is delivered as it should be.
    pub fn of(event: Value) -> Self {
        Self { event, mode: WebhookMode::Once }
    }

    pub fn signed(&self, id: u64, now: Timestamp, settings: &StripeSettings) -> Webhook {
        match self.mode {
            WebhookMode::Stale => signed(id, &self.event, now.saturating_sub(STALE).unwrap_or(now), settings),
            WebhookMode::BadSignature => {
                let stranger = StripeSettings { webhook_secret: "whsec_another".to_owned(), ..settings.clone() };
                signed(id, &self.event, now, &stranger)
            }
            _ => signed(id, &self.event, now, settings),
        }
    }
}

/// Queues what the knobs make of an event's delivery.
pub(super) fn queue(deliveries: &mut Deliveries<Message>, event: &Value, at: Timestamp, knobs: &Knobs) {
    let late = SignedDuration::from_millis(i64::try_from(knobs.late_ms).unwrap_or(i64::MAX));
    let (times, due) = match knobs.webhook {
        WebhookMode::Never => (0, at),
        WebhookMode::Twice => (2, at),
        WebhookMode::Late => (1, at.saturating_add(late).unwrap_or(Timestamp::MAX)),
        WebhookMode::Once | WebhookMode::BadSignature | WebhookMode::Stale => (1, at),
    };
    for _ in 0..times {
        deliveries.push(Message { event: event.clone(), mode: knobs.webhook }, due);
    }
}

/// `https://docs.stripe.com/webhooks#verify-manually`. The secret is the key as it stands.
/// Beside the real signature there is one of the scheme `v0`, which Stripe sends for tests.
pub(super) fn signed(id: u64, event: &Value, at: Timestamp, settings: &StripeSettings) -> Webhook {
    let body = Bytes::from(format!("{event:#}"));
    let timestamp = at.as_second().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, settings.webhook_secret.as_bytes());
    let tag = hex::encode(hmac::sign(&key, &[timestamp.as_bytes(), &body].join(&b'.')));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("Stripe/1.0 (+https://stripe.com/docs/webhooks)"));
    if let Ok(signature) = HeaderValue::try_from(format!("t={timestamp},v1={tag},v0={}", "0".repeat(64))) {
        headers.insert("stripe-signature", signature);
    }
    Webhook { id, url: settings.webhook_url.clone(), headers, body }
}
