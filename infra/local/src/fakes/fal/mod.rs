//! fal: the queue, its webhooks and output files, the published keys, and the platform API
//! for erasing.
//!
//! Source of the protocol: `https://docs.fal.ai/model-apis/model-endpoints/queue`, and its
//! official client. All hosts of the real service are one here: the queue at the root, the
//! platform API under `/v1`, the keys at `/.well-known/jwks.json`.
//!
//! As at fal, a submit is accepted even with an invalid input, and the fault is the result
//! of the job. Output that the safety checker holds back is a black picture in an answer
//! with 200. A job that the fake gives up ends as if it had no runner. fal sends only the event
//! of the end, so webhooks out of order do not differ from webhooks in order.

mod api;
mod keys;
mod models;
mod protocol;
mod result;
mod settings;
#[cfg(test)]
mod tests;

pub use super::{
    knobs::{CancelMode, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode},
    response::{AnswerLost, WebhookFirst},
};
pub use protocol::FakeFal;
pub use settings::{FakeFalSettings, FalProtocol};
