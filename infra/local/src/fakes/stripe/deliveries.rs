use super::{
    StripeSettings,
    knobs::{Knobs, WebhookMode},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::Value;

/// Pauses before an event is sent again, in seconds: short at first for a person who
/// watches, then about three days in all, as at Stripe.
const PAUSES_S: [i64; 9] = [2, 8, 30, 300, 3_600, 14_400, 43_200, 86_400, 86_400];

/// How old the timestamp of a stale webhook is.
const STALE: SignedDuration = SignedDuration::from_mins(10);

/// One delivery that is due.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// For [`Stripe::webhook_answered`](super::Stripe::webhook_answered).
    pub id: u64,
    /// Where to post it.
    pub url: String,
    /// Content type and signature.
    pub headers: HeaderMap,
    /// The event as JSON.
    pub body: Bytes,
}

#[derive(Debug, Clone)]
struct Delivery {
    id: u64,
    event: Value,
    due: Timestamp,
    mode: WebhookMode,
    attempts: usize,
}

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    made: u64,
    waiting: Vec<Delivery>,
    /// Handed out, not yet answered.
    under_way: Vec<Delivery>,
    /// Every event of the past, oldest first.
    events: Vec<Value>,
}

impl Deliveries {
    /// Keeps an event and queues what the knobs make of its delivery.
    pub fn queue(&mut self, event: Value, at: Timestamp, knobs: &Knobs) {
        let late = SignedDuration::from_millis(i64::try_from(knobs.late_ms).unwrap_or(i64::MAX));
        let (times, due) = match knobs.webhook {
            WebhookMode::Never => (0, at),
            WebhookMode::Twice => (2, at),
            WebhookMode::Late => (1, at.saturating_add(late).unwrap_or(Timestamp::MAX)),
            WebhookMode::Once | WebhookMode::BadSignature | WebhookMode::Stale => (1, at),
        };
        for _ in 0..times {
            self.push(event.clone(), due, knobs.webhook);
        }
        self.events.push(event);
    }

    /// Queues every event of the past once more, and answers how many those are.
    pub fn resend(&mut self, now: Timestamp) -> usize {
        for event in self.events.clone() {
            self.push(event, now, WebhookMode::Once);
        }
        self.events.len()
    }

    fn push(&mut self, event: Value, due: Timestamp, mode: WebhookMode) {
        self.made += 1;
        self.waiting.push(Delivery { id: self.made, event, due, mode, attempts: 0 });
    }

    /// Hands out what is due, oldest first.
    pub fn take(&mut self, now: Timestamp, settings: &StripeSettings) -> Vec<Webhook> {
        let mut due: Vec<_> = self.waiting.extract_if(.., |delivery| delivery.due <= now).collect();
        due.sort_by_key(|delivery| (delivery.due, delivery.id));
        let webhooks = due.iter().map(|delivery| delivery.webhook(now, settings)).collect();
        // A pause counts from when the event was sent.
        self.under_way.extend(due.into_iter().map(|delivery| Delivery { due: now, ..delivery }));
        webhooks
    }

    pub fn answered(&mut self, id: u64, delivered: bool) {
        let Some(at) = self.under_way.iter().position(|delivery| delivery.id == id) else { return };
        let mut delivery = self.under_way.swap_remove(at);
        if let (false, Some(pause)) = (delivered, PAUSES_S.get(delivery.attempts)) {
            delivery.attempts += 1;
            delivery.due = delivery.due.saturating_add(SignedDuration::from_secs(*pause)).unwrap_or(Timestamp::MAX);
            self.waiting.push(delivery);
        }
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|delivery| delivery.due).min()
    }
}

impl Delivery {
    fn webhook(&self, now: Timestamp, settings: &StripeSettings) -> Webhook {
        match self.mode {
            WebhookMode::Stale => signed(self.id, &self.event, now.saturating_sub(STALE).unwrap_or(now), settings),
            WebhookMode::BadSignature => {
                let stranger = StripeSettings { webhook_secret: "whsec_another".to_owned(), ..settings.clone() };
                signed(self.id, &self.event, now, &stranger)
            }
            _ => signed(self.id, &self.event, now, settings),
        }
    }
}

/// `https://docs.stripe.com/webhooks#verify-manually`. The secret is the key as it stands.
/// Beside the real signature there is one of the scheme `v0`, which Stripe sends for tests.
pub(super) fn signed(id: u64, event: &Value, at: Timestamp, settings: &StripeSettings) -> Webhook {
    let body = Bytes::from(format!("{event:#}"));
    let timestamp = at.as_second().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, settings.webhook_secret.as_bytes());
    let tag = hmac::sign(&key, &[timestamp.as_bytes(), &body].join(&b'.'));
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("Stripe/1.0 (+https://stripe.com/docs/webhooks)"));
    if let Ok(signature) = HeaderValue::try_from(format!("t={timestamp},v1={hex},v0={}", "0".repeat(64))) {
        headers.insert("stripe-signature", signature);
    }
    Webhook { id, url: settings.webhook_url.clone(), headers, body }
}
