//! The protocol of Black Forest Labs.

use super::{
    api,
    settings::{BflProtocol, FakeBflSettings},
    task::{result, status},
};
use crate::fakes::{
    clock::FakeClock,
    fake::Fake,
    knobs::WebhookMode,
    provider::{ApiCall, ProviderProtocol, QueuedWebhook, job::FakeJob},
};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

/// A fake Black Forest Labs. Cheap to clone; clones share their state.
pub type FakeBfl = Fake<BflProtocol>;

impl ProviderProtocol for BflProtocol {
    type FakeSettings = FakeBflSettings;

    const PAUSES_S: &'static [i64] = &[2, 4, 8, 16, 30];

    fn clock(settings: &FakeBflSettings) -> &FakeClock {
        &settings.clock
    }

    fn answer(call: &mut ApiCall<'_, Self>) -> Response<Bytes> {
        api::answer(call)
    }

    fn event(settings: &FakeBflSettings, job: &FakeJob, has_ended: bool) -> Option<Value> {
        let (status, result) = match has_ended {
            true => (status(job), result(settings, job)),
            false => ("Pending", Value::Null),
        };
        Some(json!({ "id": job.id, "status": status, "result": result, "timestamp": job.created_at.to_string() }))
    }

    /// `sha256=<hex>` over the body, with the secret of the task. There is no timestamp.
    fn signed(_: &FakeBflSettings, message: &QueuedWebhook, _: Timestamp) -> Vec<(&'static str, String)> {
        let Some(secret) = &message.secret else { return Vec::new() };
        let secret = if message.mode == WebhookMode::BadSignature { "another" } else { secret };
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &message.body);
        vec![("x-bfl-signature", format!("sha256={}", hex::encode(tag)))]
    }
}
