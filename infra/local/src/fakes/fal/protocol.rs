//! fal's protocol.

use super::{
    api,
    keys::pair,
    result,
    settings::{FakeFalSettings, FalProtocol},
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
use ring::digest;
use serde_json::Value;

/// A fake fal. Cheap to clone; clones share their state.
pub type FakeFal = Fake<FalProtocol>;

impl ProviderProtocol for FalProtocol {
    type FakeSettings = FakeFalSettings;

    const PAUSES_S: &'static [i64] = &[2, 4, 8, 16, 30, 60, 600, 3_600];

    fn clock(settings: &FakeFalSettings) -> &FakeClock {
        &settings.clock
    }

    fn answer(call: &mut ApiCall<'_, Self>) -> Response<Bytes> {
        api::answer(call)
    }

    fn event(settings: &FakeFalSettings, job: &FakeJob, has_ended: bool) -> Option<Value> {
        has_ended.then(|| result::event(settings, job))
    }

    /// `https://docs.fal.ai/model-apis/webhooks#verifying-your-webhook`
    fn signed(settings: &FakeFalSettings, message: &QueuedWebhook, sent_at: Timestamp) -> Vec<(&'static str, String)> {
        let user = "local|user";
        let timestamp = sent_at.as_second().to_string();
        let digest = hex::encode(digest::digest(&digest::SHA256, &message.body));
        let signed = [message.job.as_str(), user, &timestamp, &digest].join("\n");
        let seed = match message.mode {
            WebhookMode::BadSignature => [99; 32],
            WebhookMode::PreviousKey => settings.seeds[1],
            _ => settings.seeds[0],
        };
        let signature = pair(&seed).map(|pair| hex::encode(pair.sign(signed.as_bytes()))).unwrap_or_default();
        vec![
            ("x-fal-webhook-request-id", message.job.clone()),
            ("x-fal-webhook-user-id", user.to_owned()),
            ("x-fal-webhook-timestamp", timestamp),
            ("x-fal-webhook-signature", signature),
        ]
    }
}
