//! Replicate: predictions of image and video models, webhooks and output files.
//!
//! Source of the protocol: `https://replicate.com/docs/reference/http` and the error
//! bodies that its users publish.
//!
//! [`FakeReplicate::handle`] answers one request, and [`FakeReplicate::take_webhooks`]
//! returns the deliveries that are due. Both get the time as an argument and do no I/O.
//! [`Knobs`] make the fake fail as the real service fails.

mod api;
mod control;
mod deliveries;
mod fake;
mod models;
mod prediction;
mod problem;
mod settings;
mod state;
mod submission;
#[cfg(test)]
mod tests;

pub use super::{
    deliveries::Webhook,
    knobs::{CancelMode, JobCounts, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode},
    response::{AnswerLost, HoldOpen, InPieces, WebhookFirst},
    server::serve,
};
pub use fake::{FakeReplicate, ReplicateProtocol};
pub use settings::FakeReplicateSettings;
