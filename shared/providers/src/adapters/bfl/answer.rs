//! The meaning of answers of Black Forest Labs. Pure.

use crate::{
    adapters::answer::{failed, unknown},
    job::{JobStatus, ProviderJob},
};
use serde::Deserialize;

/// The answer to a submission. It has a polling URL, unless it promises a webhook.
#[derive(Debug, Deserialize)]
pub(super) struct Task {
    pub id: ProviderJob,
    pub polling_url: Option<String>,
}

impl Task {
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

/// The status of a task.
#[derive(Debug, Deserialize)]
pub(super) struct TaskResult {
    status: String,
    result: Option<Made>,
    /// From 0 to 1.
    progress: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Made {
    sample: Option<String>,
}

impl TaskResult {
    /// Refusals have HTTP status 200, before the start or after the end of a task.
    pub fn job_status(self) -> JobStatus {
        match self.status.as_str() {
            "Pending" => JobStatus::Running { progress: self.progress.map(percent) },
            "Ready" => match self.result.and_then(|made| made.sample) {
                Some(url) => JobStatus::Succeeded { outputs: vec![url] },
                None => failed("no_output"),
            },
            "Error" => failed("model_error"),
            "Request Moderated" | "Content Moderated" => JobStatus::Moderated,
            "Task not found" => JobStatus::Lost,
            other => unknown("bfl", other),
        }
    }
}

/// A fraction of 1 in percent. Values outside the range are clamped.
fn percent(part: f64) -> u8 {
    (part * 100.0).clamp(0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::answer::{read, tests::answer};
    use serde_json::json;

    /// The sample code of the vendor waits for ever on all but the first two.
    #[test]
    fn every_status_has_one_meaning() {
        let made = JobStatus::Succeeded { outputs: vec!["https://a".to_owned()] };
        let result = json!({ "sample": "https://a", "seed": 1, "prompt": "a secret prompt" });
        let cases = [
            (json!({ "status": "Ready", "result": result }), made),
            (
                json!({ "status": "Error", "result": null, "details": { "x": "a secret prompt" } }),
                failed("model_error"),
            ),
            (
                json!({ "status": "Pending", "result": null, "progress": 0.5 }),
                JobStatus::Running { progress: Some(50) },
            ),
            (json!({ "status": "Pending", "progress": 7e9 }), JobStatus::Running { progress: Some(100) }),
            (json!({ "status": "Pending", "progress": -1 }), JobStatus::Running { progress: Some(0) }),
            (json!({ "status": "Pending" }), JobStatus::Running { progress: None }),
            (json!({ "status": "Request Moderated", "result": null }), JobStatus::Moderated),
            (json!({ "status": "Content Moderated", "result": null }), JobStatus::Moderated),
            (json!({ "status": "Task not found", "result": null }), JobStatus::Lost),
            (json!({ "status": "Ready", "result": null }), failed("no_output")),
            (json!({ "status": "Ready", "result": { "sample": null } }), failed("no_output")),
            (json!({ "status": "aborted" }), JobStatus::Running { progress: None }),
        ];
        for (mut body, expected) in cases {
            body["id"] = json!("0d8f2c3a-6a0e-4c3e-9a39-3f2f1f3a7d10");
            let outcome: TaskResult = read(answer(200, &body.to_string())).unwrap();
            assert_eq!(outcome.job_status(), expected, "{body}");
        }
    }
}
