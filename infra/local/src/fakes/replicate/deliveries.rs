use super::{
    knobs::WebhookMode,
    prediction::{Event, Prediction},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

/// Pauses before a final event is sent again, in seconds: about a minute in all.
const PAUSES_S: [i64; 5] = [2, 4, 8, 16, 30];

/// How old the timestamp of a stale webhook is.
const STALE: SignedDuration = SignedDuration::from_mins(10);

/// One delivery that is due.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// For [`Replicate::webhook_answered`](super::Replicate::webhook_answered).
    pub id: u64,
    /// Where to post it.
    pub url: String,
    /// Content type, id, timestamp and signature.
    pub headers: HeaderMap,
    /// The prediction as JSON.
    pub body: Bytes,
}

#[derive(Debug, Clone)]
struct Delivery {
    id: u64,
    /// The `webhook-id`: the same whenever the event is sent again.
    message: String,
    url: String,
    body: Bytes,
    due: Timestamp,
    mode: WebhookMode,
    is_final: bool,
    attempts: usize,
}

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    made: u64,
    waiting: Vec<Delivery>,
    /// Handed out, not yet answered.
    under_way: Vec<Delivery>,
    /// Handed out and answered well, oldest first.
    delivered: Vec<Delivery>,
}

impl Deliveries {
    /// Queues what `event` makes its prediction's webhook get.
    pub fn queue(&mut self, prediction: &Prediction, event: Event) {
        let Some(url) = &prediction.order.webhook else { return };
        let mode = prediction.knobs.webhook;
        let wanted = match &prediction.order.filter {
            Some(filter) => filter.iter().any(|name| name == event.name),
            None => true,
        };
        if !wanted || mode == WebhookMode::Never {
            return;
        }
        let is_final = event.name == "completed";
        let message = format!("msg_{}{}", prediction.id, event.name);
        self.push(message.clone(), url, &event.body, event.at, mode, is_final);
        match mode {
            WebhookMode::Twice => self.push(message, url, &event.body, event.at, mode, is_final),
            WebhookMode::OutOfOrder if is_final => {
                let mut earlier = event.body;
                earlier["status"] = "processing".into();
                earlier["output"] = serde_json::Value::Null;
                self.push(format!("msg_{}late", prediction.id), url, &earlier, event.at, mode, false);
            }
            _ => {}
        }
    }

    fn push(
        &mut self,
        message: String,
        url: &str,
        body: &serde_json::Value,
        due: Timestamp,
        mode: WebhookMode,
        is_final: bool,
    ) {
        self.made += 1;
        let body = Bytes::from(body.to_string());
        self.waiting.push(Delivery {
            id: self.made,
            message,
            url: url.to_owned(),
            body,
            due,
            mode,
            is_final,
            attempts: 0,
        });
    }

    /// Hands out what is due, oldest first.
    pub fn take(&mut self, now: Timestamp, secret: &str) -> Vec<Webhook> {
        let mut due: Vec<_> = self.waiting.extract_if(.., |delivery| delivery.due <= now).collect();
        due.sort_by_key(|delivery| (delivery.due, delivery.id));
        let webhooks = due.iter().map(|delivery| delivery.signed(now, secret)).collect();
        // A pause counts from when the event was sent.
        self.under_way.extend(due.into_iter().map(|delivery| Delivery { due: now, ..delivery }));
        webhooks
    }

    pub fn answered(&mut self, id: u64, delivered: bool) {
        let Some(at) = self.under_way.iter().position(|delivery| delivery.id == id) else { return };
        let mut delivery = self.under_way.swap_remove(at);
        if delivered {
            self.delivered.push(delivery);
        } else if let (true, Some(pause)) = (delivery.is_final, PAUSES_S.get(delivery.attempts)) {
            delivery.attempts += 1;
            delivery.due = delivery.due.saturating_add(SignedDuration::from_secs(*pause)).unwrap_or(Timestamp::MAX);
            self.waiting.push(delivery);
        }
    }

    /// Queues everything that was delivered once more, and answers how much that is.
    pub fn resend(&mut self, now: Timestamp) -> usize {
        let again = std::mem::take(&mut self.delivered);
        let count = again.len();
        for delivery in again {
            self.made += 1;
            self.waiting.push(Delivery { id: self.made, due: now, attempts: 0, ..delivery });
        }
        count
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|delivery| delivery.due).min()
    }
}

impl Delivery {
    /// `https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md`
    fn signed(&self, now: Timestamp, secret: &str) -> Webhook {
        let sent_at = match self.mode {
            WebhookMode::Stale => now.saturating_sub(STALE).unwrap_or(now),
            _ => now,
        };
        let timestamp = sent_at.as_second().to_string();
        let key = match self.mode {
            WebhookMode::BadSignature => b"another secret".to_vec(),
            _ => BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default(),
        };
        let signed = [self.message.as_bytes(), timestamp.as_bytes(), &self.body].join(&b'.');
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", self.message.clone()),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", format!("v1,{}", BASE64_STANDARD.encode(tag))),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        Webhook { id: self.id, url: self.url.clone(), headers, body: self.body.clone() }
    }
}
