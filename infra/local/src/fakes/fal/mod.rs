//! fal: the queue, its webhooks and output files, the published keys, and the platform API
//! for erasing.
//!
//! Source of the protocol: `https://docs.fal.ai/model-apis/model-endpoints/queue`, and its
//! official client. All hosts of the real one are one here: the queue at the root, the
//! platform API under `/v1`, the keys at `/.well-known/jwks.json`.
//!
//! As there, a submit is taken whatever it says, and what is wrong with it comes as the
//! result. Held back after it was made is a blackened picture in an answer that says 200.
//! A job that is given up ends as one that no runner could be found for. fal tells nothing
//! but the end, so a webhook out of order is one in order.

mod api;
mod models;
mod result;
#[cfg(test)]
mod tests;

pub use super::{
    AnswerLost, Cancel, Fake, Knobs, Outcome, Output, Reads, Submit, Webhook, WebhookFirst, WebhookMode, serve,
};

use super::{
    Clock,
    maker::{Call, Job, Maker, Message, Protocol},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use ring::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};

/// A fake fal. Cheap to clone; all clones are one.
pub type Fal = Maker<Wire>;

/// What a fake fal is told at its start.
#[derive(Debug, Clone)]
pub struct FalSettings {
    /// Where it is reached, without a slash at the end.
    pub public_base: String,
    /// The one API key that it accepts, which is an admin key.
    pub api_key: String,
    /// The seeds of the Ed25519 keys that it publishes. It signs webhooks with the first;
    /// the second is the one that it used before.
    pub seeds: [[u8; 32]; 2],
    /// The time for [`serve`]; [`Fake::handle`] gets it as an argument.
    pub clock: Clock,
}

impl FalSettings {
    /// Keys of the local platform; none is worth anything elsewhere.
    #[must_use]
    pub fn new(public_base: impl Into<String>) -> Self {
        Self {
            public_base: public_base.into(),
            api_key: "local-fal-key".to_owned(),
            seeds: [[17; 32], [16; 32]],
            clock: Clock::system(),
        }
    }

    /// Where the keys are published.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.public_base)
    }

    /// Where the platform API is.
    #[must_use]
    pub fn platform_api(&self) -> String {
        format!("{}/v1", self.public_base)
    }
}

impl Default for FalSettings {
    fn default() -> Self {
        Self::new("http://127.0.0.1:7003")
    }
}

/// fal's protocol.
#[derive(Debug)]
pub struct Wire;

impl Protocol for Wire {
    type Settings = FalSettings;

    const PAUSES_S: &'static [i64] = &[2, 4, 8, 16, 30, 60, 600, 3_600];

    fn clock(settings: &FalSettings) -> &Clock {
        &settings.clock
    }

    fn answer(call: &mut Call<'_, Self>) -> Response<Bytes> {
        api::answer(call)
    }

    fn event(settings: &FalSettings, job: &Job, has_ended: bool) -> Option<Value> {
        has_ended.then(|| result::event(settings, job))
    }

    /// `https://docs.fal.ai/model-apis/webhooks#verifying-your-webhook`
    fn signed(settings: &FalSettings, message: &Message, sent_at: Timestamp) -> Vec<(&'static str, String)> {
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

/// Any 32 bytes are a seed.
fn pair(seed: &[u8; 32]) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

/// The published keys: RFC 8037.
fn key_set(settings: &FalSettings) -> Value {
    let keys = settings.seeds.iter().filter_map(|seed| {
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair(seed)?.public_key());
        Some(json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": x }))
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}
