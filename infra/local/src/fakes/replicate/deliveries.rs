//! The webhooks of predictions, signed by the Standard Webhooks specification.

use super::{
    prediction::{Prediction, PredictionEvent},
    settings::FakeReplicateSettings,
};
use crate::fakes::{
    deliveries::{Deliveries, STALE, Webhook},
    knobs::WebhookMode,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use ring::hmac;
use serde_json::Value;

/// Pauses before a final event is sent again, in seconds: about a minute in all.
const PAUSES_S: &[i64] = &[2, 4, 8, 16, 30];

/// One event to deliver.
#[derive(Debug, Clone)]
pub struct ReplicateWebhook {
    /// The `webhook-id`, which stays the same when the event is sent again.
    id: String,
    url: String,
    body: Bytes,
    mode: WebhookMode,
    is_final: bool,
}

/// Queues an event for its prediction's webhook, in the mode of the knobs.
pub(super) fn queue(deliveries: &mut Deliveries<ReplicateWebhook>, prediction: &Prediction, event: PredictionEvent) {
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
    let message = |name: &str, body: &Value, is_final| ReplicateWebhook {
        id: format!("msg_{}{name}", prediction.id),
        url: url.clone(),
        body: Bytes::from(body.to_string()),
        mode,
        is_final,
    };
    deliveries.push(message(event.name, &event.body, is_final), event.at);
    match mode {
        WebhookMode::Twice => deliveries.push(message(event.name, &event.body, is_final), event.at),
        WebhookMode::OutOfOrder if is_final => {
            let mut earlier = event.body;
            earlier["status"] = "processing".into();
            earlier["output"] = Value::Null;
            deliveries.push(message("late", &earlier, false), event.at);
        }
        _ => {}
    }
}

impl ReplicateWebhook {
    /// The pauses before the event is sent again. Only a final event is.
    pub fn pauses(&self) -> &'static [i64] {
        if self.is_final { PAUSES_S } else { &[] }
    }

    /// `https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md`
    pub fn signed(&self, id: u64, now: Timestamp, settings: &FakeReplicateSettings) -> Webhook {
        let sent_at = match self.mode {
            WebhookMode::Stale => now.saturating_sub(STALE).unwrap_or(now),
            _ => now,
        };
        let timestamp = sent_at.as_second().to_string();
        let decoded = |secret: &str| BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
        let current = decoded(&settings.webhook_secret);
        let keys = match self.mode {
            WebhookMode::BadSignature => vec![b"another secret".to_vec()],
            WebhookMode::PreviousKey => vec![b"the key of the future".to_vec(), current],
            _ => vec![current],
        };
        let signed = [self.id.as_bytes(), timestamp.as_bytes(), &self.body].join(&b'.');
        let signature = |key: Vec<u8>| {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed);
            format!("v1,{}", BASE64_STANDARD.encode(tag))
        };
        let signatures: Vec<_> = keys.into_iter().map(signature).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.join(" ")),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        Webhook { id, url: self.url.clone(), headers, body: self.body.clone() }
    }
}
