//! The webhooks of events.

use super::{
    knobs::{StripeKnobs, StripeWebhookMode},
    settings::FakeStripeSettings,
};
use crate::fakes::deliveries::{Deliveries, STALE, Webhook};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::Value;

/// Pauses before an event is sent again, in seconds: short at first for a person at the
/// screen, and about three days in all, as at Stripe.
pub(super) const PAUSES_S: &[i64] = &[2, 8, 30, 300, 3_600, 14_400, 43_200, 86_400, 86_400];

/// One event to deliver.
#[derive(Debug, Clone)]
pub struct StripeWebhook {
    event: Value,
    mode: StripeWebhookMode,
}

impl StripeWebhook {
    /// An event in the mode [`StripeWebhookMode::Once`].
    pub fn of(event: Value) -> Self {
        Self { event, mode: StripeWebhookMode::Once }
    }

    pub fn signed(&self, id: u64, now: Timestamp, settings: &FakeStripeSettings) -> Webhook {
        match self.mode {
            StripeWebhookMode::Stale => signed(id, &self.event, now.saturating_sub(STALE).unwrap_or(now), settings),
            StripeWebhookMode::BadSignature => {
                let stranger = FakeStripeSettings { webhook_secret: "whsec_another".to_owned(), ..settings.clone() };
                signed(id, &self.event, now, &stranger)
            }
            _ => signed(id, &self.event, now, settings),
        }
    }
}

/// Queues the deliveries of an event, in the mode of the knobs.
pub(super) fn queue(deliveries: &mut Deliveries<StripeWebhook>, event: &Value, at: Timestamp, knobs: &StripeKnobs) {
    let late = SignedDuration::from_millis(i64::try_from(knobs.late_ms).unwrap_or(i64::MAX));
    let (times, due) = match knobs.webhook {
        StripeWebhookMode::Never => (0, at),
        StripeWebhookMode::Twice => (2, at),
        StripeWebhookMode::Late => (1, at.saturating_add(late).unwrap_or(Timestamp::MAX)),
        StripeWebhookMode::Once | StripeWebhookMode::BadSignature | StripeWebhookMode::Stale => (1, at),
    };
    for _ in 0..times {
        deliveries.push(StripeWebhook { event: event.clone(), mode: knobs.webhook }, due);
    }
}

/// Signs an event by `https://docs.stripe.com/webhooks#verify-manually`. The whole secret is
/// the key. Beside the real signature there is one of the scheme `v0`, which Stripe sends
/// for tests.
pub(super) fn signed(id: u64, event: &Value, at: Timestamp, settings: &FakeStripeSettings) -> Webhook {
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
