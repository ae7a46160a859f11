//! The meaning of answers of Replicate. Pure.

use crate::{
    adapters::{
        answer::{Problem, failed, moderated, unknown},
        api::Answer,
    },
    job::{JobStatus, ProviderJob, RefusalKind},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

/// The fields of a prediction that we use.
#[derive(Debug, Deserialize)]
pub(super) struct Prediction {
    pub id: ProviderJob,
    status: String,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    data_removed: bool,
    #[serde(default)]
    logs: Option<String>,
    pub webhook: Option<String>,
}

/// A page of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub results: Vec<Prediction>,
    pub next: Option<String>,
}

/// The id of the created prediction.
pub(super) fn created(body: &[u8]) -> Option<ProviderJob> {
    serde_json::from_slice(body).ok().map(|prediction: Prediction| prediction.id)
}

/// The refusal that only Replicate has.
pub(super) fn own_refusal(status: StatusCode, problem: &Problem) -> Option<RefusalKind> {
    (status == StatusCode::UNPROCESSABLE_ENTITY && problem.title.contains("Invalid version"))
        .then_some(RefusalKind::Retired)
}

/// Parses a page of the list; `None` if the request failed.
pub(super) fn page(answer: Answer) -> Option<Page> {
    let answer = answer.ok().filter(|answer| answer.status() == StatusCode::OK)?;
    serde_json::from_slice(answer.body()).ok()
}

impl Prediction {
    pub(super) fn job_status(self) -> JobStatus {
        match self.status.as_str() {
            "starting" => JobStatus::Waiting { queue_position: None },
            "processing" => JobStatus::Running { progress: self.logs.as_deref().and_then(progress) },
            "succeeded" => match outputs(self.output) {
                outputs if !outputs.is_empty() => JobStatus::Succeeded { outputs },
                _ if self.data_removed => failed("output_expired"),
                _ => failed("no_output"),
            },
            "failed" => {
                let error = self.error.as_str().unwrap_or_default();
                if moderated(error) { JobStatus::Moderated } else { failed(&error_code(error)) }
            }
            // A deadline aborts waiting predictions and cancels running ones:
            // https://replicate.com/changelog/2025-10-16-prediction-deadlines
            "canceled" | "aborted" => JobStatus::Canceled,
            other => unknown("replicate", other),
        }
    }
}

/// The URLs of the output. Models answer with one URL, a list, or nothing.
fn outputs(output: Value) -> Vec<String> {
    match output {
        Value::String(url) => vec![url],
        Value::Array(urls) => {
            urls.into_iter().filter_map(|url| if let Value::String(url) = url { Some(url) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}

/// The code at the end of an error, such as `(code: PA)` or `(E1001)`. The rest of the text is
/// dropped, because it may quote the prompt.
fn error_code(error: &str) -> String {
    let last = error.trim_end().trim_end_matches('.').strip_suffix(')').and_then(|text| text.rsplit_once('('));
    let found = last.map(|(_, found)| found.trim_start_matches("code:").trim());
    let is_code = |found: &&str| (1..=8).contains(&found.len()) && found.chars().all(|c| c.is_ascii_alphanumeric());
    found.filter(is_code).map_or_else(|| "model_error".to_owned(), str::to_ascii_lowercase)
}

/// The last percentage of a progress bar in the logs, such as ` 45%|████▌     | 9/20`, as in
/// Replicate's own clients. The rest of the logs is dropped, because it may quote the prompt.
fn progress(logs: &str) -> Option<u8> {
    logs.rsplit(['\n', '\r']).find_map(|line| {
        let (percent, bar) = line.trim_start().split_once('%')?;
        let (_, counts) = bar.trim_start().strip_prefix('|')?.split_once('|')?;
        let (done, _) = counts.trim_start().split_once('/')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
        let percent = percent.parse().ok().filter(|percent| *percent <= 100)?;
        is_number(done).then_some(percent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::answer::{read, submitted, tests::answer},
        job::Submitted,
    };
    use serde_json::json;

    #[test]
    fn a_missing_version_is_no_invalid_input() {
        let refused = |body: &str| match submitted(answer(422, body), created, own_refusal) {
            Submitted::Refused(refusal) => Some(refusal.kind),
            Submitted::Accepted { .. } | Submitted::Ambiguous => None,
        };
        let gone = refused(r#"{"title": "Invalid version or not permitted", "detail": "x"}"#);
        assert_eq!(gone, Some(RefusalKind::Retired));
        assert_eq!(refused(r#"{"detail": "x"}"#), Some(RefusalKind::InvalidInput));
    }

    #[test]
    fn an_invalid_id_is_ambiguous() {
        let body = r#"{"id": "../x", "status": "starting"}"#;
        assert_eq!(submitted(answer(201, body), created, own_refusal), Submitted::Ambiguous);
    }

    #[test]
    fn every_status_has_one_meaning() {
        let succeeded = |urls: &[&str]| JobStatus::Succeeded { outputs: urls.iter().map(|&url| url.into()).collect() };
        let cases = [
            (json!({ "status": "starting" }), JobStatus::Waiting { queue_position: None }),
            (json!({ "status": "processing" }), JobStatus::Running { progress: None }),
            (json!({ "status": "processing", "logs": null }), JobStatus::Running { progress: None }),
            (
                json!({ "status": "processing", "logs": "Using seed: 1\n  5%|▌         | 1/20 [00:00<00:01]\n" }),
                JobStatus::Running { progress: Some(5) },
            ),
            (json!({ "status": "paused" }), JobStatus::Running { progress: None }),
            (json!({ "status": "canceled" }), JobStatus::Canceled),
            (json!({ "status": "aborted" }), JobStatus::Canceled),
            (json!({ "status": "succeeded", "output": "https://a" }), succeeded(&["https://a"])),
            (
                json!({ "status": "succeeded", "output": ["https://a", "https://b"] }),
                succeeded(&["https://a", "https://b"]),
            ),
            (json!({ "status": "succeeded", "output": null }), failed("no_output")),
            (json!({ "status": "succeeded", "output": [] }), failed("no_output")),
            (json!({ "status": "succeeded", "output": null, "data_removed": true }), failed("output_expired")),
            (json!({ "status": "failed", "error": "NSFW content detected. Try again." }), JobStatus::Moderated),
            (
                json!({ "status": "failed", "error": "The input was flagged as sensitive. (E005)" }),
                JobStatus::Moderated,
            ),
            (json!({ "status": "failed", "error": "Prediction interrupted; please retry (code: PA)" }), failed("pa")),
            (json!({ "status": "failed", "error": "Unexpected error handling prediction (E9243)." }), failed("e9243")),
            (json!({ "status": "failed", "error": "no such thing as (a red fox)" }), failed("model_error")),
            (json!({ "status": "failed", "error": null }), failed("model_error")),
        ];
        for (mut body, expected) in cases {
            body["id"] = json!("gm3qorzdhgbfurvjtvhg6dckhu");
            let prediction: Prediction = read(answer(200, &body.to_string())).unwrap();
            assert_eq!(prediction.job_status(), expected, "{body}");
        }
    }

    #[test]
    fn progress_is_the_last_bar_in_the_logs() {
        for (logs, expected) in [
            ("", None),
            ("Using seed: 1\n", None),
            ("  0%|          | 0/4 [00:00<?, ?it/s]", Some(0)),
            (" 0%|  | 0/4 [00:00<?]\r 50%|█████     | 2/4 [00:00<00:00]\n", Some(50)),
            ("100%|██████████| 4/4 [00:01<00:00,  3.5it/s]\nDone\n", Some(100)),
            ("25%|██▌       | 1/4\nprompt: 90% | of a boat\n", Some(25)),
            ("300%|x| 1/2", None),
            ("99% of a boat", None),
            ("a boat 99%|x| 1/2", None),
            ("99%|x| one/2", None),
            ("-1%|x| 1/2", None),
        ] {
            assert_eq!(progress(logs), expected, "{logs:?}");
        }
    }
}
