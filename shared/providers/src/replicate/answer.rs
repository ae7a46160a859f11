//! What Replicate's answers mean. Pure: every rule is a function of what came back.

use super::bounded;
use crate::{JobStatus, ProviderJob, Refusal, RefusalKind, Submitted};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use net::Failure;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

type Answer = Result<Response<Bytes>, Failure>;

/// The longest code that is kept of an error.
const CODE_CHARS: usize = 64;

/// A prediction, as much of it as we read.
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
    pub webhook: Option<String>,
}

/// A page of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub results: Vec<Prediction>,
    pub next: Option<String>,
}

/// An answer that refuses: RFC 7807 with extensions, all of them optional.
#[derive(Debug, Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    detail: String,
    retry_after: Option<u64>,
    #[serde(default)]
    invalid_fields: Vec<InvalidField>,
}

#[derive(Debug, Deserialize)]
struct InvalidField {
    r#type: String,
    field: String,
}

/// What came of a submit. It is refused for certain only when nothing was sent or when
/// Replicate itself said no; everything unclear is ambiguous.
pub(super) fn submitted(answer: Answer) -> Submitted {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Failure::NotSent(_) | Failure::Forbidden(_)) => return unavailable("not_sent"),
        Err(_) => return Submitted::Ambiguous,
    };
    let status = answer.status();
    if status.is_success() {
        return match serde_json::from_slice::<Prediction>(answer.body()) {
            Ok(prediction) => Submitted::Accepted { provider_job: prediction.id },
            Err(_) => Submitted::Ambiguous,
        };
    }
    // A gateway's page may hide what became of the request behind it; Replicate's own
    // refusals are JSON with a detail.
    let problem: Option<Problem> = serde_json::from_slice(answer.body()).ok();
    if status.is_server_error() && !(status == StatusCode::SERVICE_UNAVAILABLE && problem.is_some()) {
        return Submitted::Ambiguous;
    }
    Submitted::Refused(Refusal {
        kind: refusal_kind(status, problem.as_ref()),
        retry_after: retry_after(answer.headers(), problem.as_ref()),
        detail_code: detail_code(status, problem.as_ref()),
    })
}

/// How a job stands, by the answer to reading or canceling it.
pub(super) fn status(answer: Answer) -> JobStatus {
    let Ok(answer) = answer else { return JobStatus::Unreachable { retry_after: None } };
    match answer.status() {
        status if status.is_success() => match serde_json::from_slice::<Prediction>(answer.body()) {
            Ok(prediction) => prediction.job_status(),
            Err(_) => JobStatus::Unreachable { retry_after: None },
        },
        StatusCode::NOT_FOUND | StatusCode::GONE => JobStatus::Lost,
        _ => {
            let problem: Option<Problem> = serde_json::from_slice(answer.body()).ok();
            JobStatus::Unreachable { retry_after: retry_after(answer.headers(), problem.as_ref()) }
        }
    }
}

/// A page of the list, unless it could not be had.
pub(super) fn page(answer: Answer) -> Option<Page> {
    let answer = answer.ok().filter(|answer| answer.status() == StatusCode::OK)?;
    serde_json::from_slice(answer.body()).ok()
}

impl Prediction {
    fn job_status(self) -> JobStatus {
        match self.status.as_str() {
            "starting" => JobStatus::Waiting,
            "processing" => JobStatus::Running,
            "succeeded" => match outputs(self.output) {
                outputs if !outputs.is_empty() => JobStatus::Succeeded { outputs },
                _ if self.data_removed => failed("output_expired"),
                _ => failed("no_output"),
            },
            "failed" => {
                let error = self.error.as_str().unwrap_or_default();
                if moderated(error) { JobStatus::Moderated } else { failed(&error_code(error)) }
            }
            // A deadline aborts what has not begun and cancels what has:
            // https://replicate.com/changelog/2025-10-16-prediction-deadlines
            "canceled" | "aborted" => JobStatus::Canceled,
            unknown => {
                tracing::warn!(provider = "replicate", status = code(unknown), "the provider's status is not known");
                JobStatus::Running
            }
        }
    }
}

fn failed(code: &str) -> JobStatus {
    JobStatus::Failed { code: code.to_owned() }
}

/// The output's URLs: models answer with one, with a list, or with nothing.
fn outputs(output: Value) -> Vec<String> {
    match output {
        Value::String(url) => vec![url],
        Value::Array(urls) => {
            urls.into_iter().filter_map(|url| if let Value::String(url) = url { Some(url) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a text is what models say when their safety checker or Replicate's holds
/// something back: `NSFW content detected`, `flagged as sensitive … (E005)`.
fn moderated(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["nsfw", "flagged as sensitive", "(e005)", "safety checker", "moderation"].iter().any(|sign| text.contains(sign))
}

/// The code that Replicate puts at the end of an error, such as `(code: PA)` or `(E1001)`.
/// Nothing else of the text is kept: it may quote the prompt.
fn error_code(error: &str) -> String {
    let last = error.trim_end().trim_end_matches('.').strip_suffix(')').and_then(|text| text.rsplit_once('('));
    let found = last.map(|(_, found)| found.trim_start_matches("code:").trim());
    let is_code = |found: &&str| (1..=8).contains(&found.len()) && found.chars().all(|c| c.is_ascii_alphanumeric());
    found.filter(is_code).map_or_else(|| "model_error".to_owned(), str::to_ascii_lowercase)
}

fn refusal_kind(status: StatusCode, problem: Option<&Problem>) -> RefusalKind {
    let said = |text: &str| problem.is_some_and(|problem| problem.title.contains(text));
    match status.as_u16() {
        402 => RefusalKind::OutOfCredit,
        404 | 410 => RefusalKind::Retired,
        422 if said("Invalid version") => RefusalKind::Retired,
        429 => RefusalKind::RateLimited,
        400 | 422 if problem.is_some_and(|problem| moderated(&problem.detail)) => RefusalKind::Moderated,
        400 | 413 | 415 | 422 => RefusalKind::InvalidInput,
        _ => RefusalKind::Unavailable,
    }
}

/// From the header, else from the body, which has it where proxies drop the header.
fn retry_after(headers: &HeaderMap, problem: Option<&Problem>) -> Option<Duration> {
    let header = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    header.or(problem.and_then(|problem| problem.retry_after)).map(bounded)
}

fn detail_code(status: StatusCode, problem: Option<&Problem>) -> String {
    let fields = problem.into_iter().flat_map(|problem| &problem.invalid_fields);
    let fields = fields.map(|field| format!(" {}:{}", code(&field.r#type), code(&field.field)));
    format!("http_{}{}", status.as_u16(), fields.collect::<String>()).chars().take(CODE_CHARS).collect()
}

/// A word of the provider's that is safe in a log.
fn code(text: &str) -> &str {
    let is_code = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-');
    if text.len() <= CODE_CHARS && text.bytes().all(is_code) { text } else { "unreadable" }
}

fn unavailable(detail_code: &str) -> Submitted {
    let detail_code = detail_code.to_owned();
    Submitted::Refused(Refusal { kind: RefusalKind::Unavailable, retry_after: None, detail_code })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &str) -> Answer {
        Ok(Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
    }

    fn kind(status: u16, body: &str) -> Option<RefusalKind> {
        match submitted(answer(status, body)) {
            Submitted::Refused(refusal) => Some(refusal.kind),
            Submitted::Accepted { .. } | Submitted::Ambiguous => None,
        }
    }

    #[test]
    fn only_a_clear_no_is_a_refusal() {
        let detail = r#"{"detail": "no"}"#;
        let cases = [
            (200, "", None),
            (201, r#"{"id": "../x", "status": "starting"}"#, None),
            (302, "", Some(RefusalKind::Unavailable)),
            (400, detail, Some(RefusalKind::InvalidInput)),
            (401, detail, Some(RefusalKind::Unavailable)),
            (402, "", Some(RefusalKind::OutOfCredit)),
            (403, detail, Some(RefusalKind::Unavailable)),
            (404, detail, Some(RefusalKind::Retired)),
            (410, detail, Some(RefusalKind::Retired)),
            (422, r#"{"title": "Invalid version or not permitted", "detail": "x"}"#, Some(RefusalKind::Retired)),
            (422, r#"{"detail": "The input was flagged as sensitive (E005)"}"#, Some(RefusalKind::Moderated)),
            (429, "<html>", Some(RefusalKind::RateLimited)),
            (500, detail, None),
            (502, "<html>", None),
            (503, "<html>", None),
            (503, detail, Some(RefusalKind::Unavailable)),
            (504, detail, None),
        ];
        for (status, body, expected) in cases {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_lost_answer_is_ambiguous_and_a_refused_connection_is_not() {
        let failure = |failure| submitted(Err(failure));
        assert_eq!(failure(Failure::AnswerLost(String::new())), Submitted::Ambiguous);
        assert_eq!(failure(Failure::TooLarge { limit: 1 }), Submitted::Ambiguous);
        assert_eq!(failure(Failure::NotSent(String::new())), unavailable("not_sent"));
    }

    #[test]
    fn a_wait_is_read_from_header_or_body_and_bounded() {
        let with = |header: Option<&str>, body: &str| {
            let mut answer = Response::builder().status(429);
            if let Some(header) = header {
                answer = answer.header("retry-after", header);
            }
            match submitted(Ok(answer.body(Bytes::from(body.to_owned())).unwrap())) {
                Submitted::Refused(refusal) => refusal.retry_after.map(|wait| wait.as_secs()),
                Submitted::Accepted { .. } | Submitted::Ambiguous => None,
            }
        };
        assert_eq!(with(Some("7"), r#"{"detail": "x", "retry_after": 9}"#), Some(7));
        assert_eq!(with(None, r#"{"detail": "x", "retry_after": 9}"#), Some(9));
        assert_eq!(with(Some("99999999"), ""), Some(3_600));
        assert_eq!(with(Some("Wed, 21 Oct 2026 07:28:00 GMT"), ""), None);
    }

    #[test]
    fn a_refusal_names_fields_and_never_quotes_input() {
        let body = json!({
            "detail": "- input.prompt: a secret prompt", "title": "Input validation failed",
            "invalid_fields": [
                { "type": "enum", "field": "input.aspect_ratio", "description": "a secret prompt" },
                { "type": "required", "field": "a secret prompt" },
            ],
        });
        let Submitted::Refused(refusal) = submitted(answer(422, &body.to_string())) else { panic!("must be refused") };
        assert_eq!(refusal.detail_code, "http_422 enum:input.aspect_ratio required:unreadable");
    }

    #[test]
    fn every_status_means_one_thing() {
        let failed = |code: &str| JobStatus::Failed { code: code.to_owned() };
        let succeeded = |urls: &[&str]| JobStatus::Succeeded { outputs: urls.iter().map(|&url| url.into()).collect() };
        let cases = [
            (json!({ "status": "starting" }), JobStatus::Waiting),
            (json!({ "status": "processing" }), JobStatus::Running),
            (json!({ "status": "paused" }), JobStatus::Running),
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
            assert_eq!(status(answer(200, &body.to_string())), expected, "{body}");
        }
    }

    #[test]
    fn a_job_is_lost_only_when_the_provider_says_so() {
        let unreachable = JobStatus::Unreachable { retry_after: None };
        for (code, expected) in
            [(404, JobStatus::Lost), (410, JobStatus::Lost), (401, unreachable.clone()), (500, unreachable.clone())]
        {
            assert_eq!(status(answer(code, "")), expected, "{code}");
        }
        assert_eq!(status(answer(200, "<html>")), unreachable);
        assert_eq!(status(Err(Failure::NotSent(String::new()))), unreachable);
    }
}
