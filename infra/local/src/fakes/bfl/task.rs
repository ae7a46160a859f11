//! Status and result of a task.

use super::settings::FakeBflSettings;
use crate::fakes::{
    knobs::JobOutcome,
    provider::job::{FakeJob, JobEnd, Stage},
};
use serde_json::{Value, json};

/// The status of a task.
pub(super) fn status(job: &FakeJob) -> &'static str {
    match job.stage {
        Stage::Waiting | Stage::Running => "Pending",
        Stage::Stuck => "Paused",
        Stage::Ended(JobEnd::As(outcome)) => match outcome {
            JobOutcome::Succeed | JobOutcome::NoOutput | JobOutcome::UnknownStatus => "Ready",
            JobOutcome::Fail => "Error",
            JobOutcome::Moderated => "Content Moderated",
            JobOutcome::InputModerated => "Request Moderated",
            JobOutcome::Aborted => "Task not found",
        },
        Stage::Ended(JobEnd::Canceled | JobEnd::NotStarted) => "Error",
    }
}

/// The result of a task.
pub(super) fn result(settings: &FakeBflSettings, job: &FakeJob) -> Value {
    match job.files(&settings.public_base).first() {
        Some(sample) => json!({
            "sample": sample,
            "prompt": job.order.input.get("prompt"),
            "seed": job.order.input.get("seed").cloned().unwrap_or_else(|| json!(1)),
        }),
        None => Value::Null,
    }
}
