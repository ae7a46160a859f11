//! Black Forest Labs: image tasks, their webhooks and output files.
//!
//! Source of the protocol: `https://docs.bfl.ai` and the OpenAPI document at
//! `https://api.bfl.ai/openapi.json`. A parameter that the document has not is refused
//! like one of the wrong type, so nothing is ever ignored.
//!
//! A job that is given up is forgotten. There is nothing to cancel or to erase with, and
//! one key at a time.

mod api;
#[cfg(test)]
mod tests;

pub use super::{AnswerLost, Fake, Knobs, Outcome, Output, Reads, Submit, Webhook, WebhookFirst, WebhookMode, serve};

use super::{
    Clock,
    maker::{Call, End, Job, Maker, Message, Protocol, Stage},
};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

/// A fake Black Forest Labs. Cheap to clone; all clones are one.
pub type Bfl = Maker<Wire>;

/// What a fake Black Forest Labs is told at its start.
#[derive(Debug, Clone)]
pub struct BflSettings {
    /// Where it is reached, without a slash at the end. The API lies under `/v1`.
    pub public_base: String,
    /// The one API key that it accepts.
    pub api_key: String,
    /// The time for [`serve`]; [`Fake::handle`] gets it as an argument.
    pub clock: Clock,
}

impl BflSettings {
    /// The key of the local platform; it is worth nothing elsewhere.
    #[must_use]
    pub fn new(public_base: impl Into<String>) -> Self {
        Self { public_base: public_base.into(), api_key: "local-bfl-key".to_owned(), clock: Clock::system() }
    }
}

impl Default for BflSettings {
    fn default() -> Self {
        Self::new("http://127.0.0.1:7004")
    }
}

/// The protocol of Black Forest Labs.
#[derive(Debug)]
pub struct Wire;

impl Protocol for Wire {
    type Settings = BflSettings;

    const PAUSES_S: &'static [i64] = &[2, 4, 8, 16, 30];

    fn clock(settings: &BflSettings) -> &Clock {
        &settings.clock
    }

    fn answer(call: &mut Call<'_, Self>) -> Response<Bytes> {
        api::answer(call)
    }

    fn event(settings: &BflSettings, job: &Job, has_ended: bool) -> Option<Value> {
        let (status, result) = match has_ended {
            true => (status(job), result(settings, job)),
            false => ("Pending", Value::Null),
        };
        Some(json!({ "id": job.id, "status": status, "result": result, "timestamp": job.created_at.to_string() }))
    }

    /// `sha256=<hex>` over the body, with the secret that the task came with. Nothing says
    /// when.
    fn signed(_: &BflSettings, message: &Message, _: Timestamp) -> Vec<(&'static str, String)> {
        let Some(secret) = &message.secret else { return Vec::new() };
        let secret = if message.mode == WebhookMode::BadSignature { "another" } else { secret };
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &message.body);
        vec![("x-bfl-signature", format!("sha256={}", hex::encode(tag)))]
    }
}

/// The status of a task.
fn status(job: &Job) -> &'static str {
    match job.stage {
        Stage::Waiting | Stage::Running => "Pending",
        Stage::Stuck => "Paused",
        Stage::Ended(End::As(outcome)) => match outcome {
            Outcome::Succeed | Outcome::NoOutput | Outcome::UnknownStatus => "Ready",
            Outcome::Fail => "Error",
            Outcome::Moderated => "Content Moderated",
            Outcome::InputModerated => "Request Moderated",
            Outcome::Aborted => "Task not found",
        },
        Stage::Ended(End::Canceled | End::NotStarted) => "Error",
    }
}

/// What a task made.
fn result(settings: &BflSettings, job: &Job) -> Value {
    match job.files(&settings.public_base).first() {
        Some(sample) => json!({
            "sample": sample,
            "prompt": job.order.input.get("prompt"),
            "seed": job.order.input.get("seed").cloned().unwrap_or_else(|| json!(1)),
        }),
        None => Value::Null,
    }
}
