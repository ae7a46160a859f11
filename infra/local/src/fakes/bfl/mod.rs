//! Black Forest Labs: image tasks, their webhooks and output files.
//!
//! Source of the protocol: `https://docs.bfl.ai` and the OpenAPI document at
//! `https://api.bfl.ai/openapi.json`. The fake refuses every parameter that the document
//! does not have. So it never ignores a parameter.
//!
//! The fake forgets a job that the provider gives up. The API has no request to cancel or
//! to erase. One key is valid at a time.

mod api;
mod protocol;
mod settings;
mod task;
#[cfg(test)]
mod tests;

pub use super::{
    knobs::{JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode},
    response::{AnswerLost, WebhookFirst},
};
pub use protocol::FakeBfl;
pub use settings::{BflProtocol, FakeBflSettings};
