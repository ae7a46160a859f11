//! The meaning of answers that all providers share. Pure.

use crate::{
    adapters::api::Answer,
    job::{JobStatus, ProviderJob, Refusal, RefusalKind, Submitted},
};
use http::{HeaderMap, StatusCode, header};
use net::RequestFailure;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::time::Duration;

/// The longest code of an error that is kept, in characters.
const CODE_CHARS: usize = 64;

/// A refusal: RFC 7807 with extensions at Replicate, validation errors of FastAPI at the others.
/// Every field except the detail may be missing.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    #[serde(default)]
    pub title: String,
    /// A sentence, or a list of faults.
    detail: Detail,
    /// In seconds. Replicate repeats the header here, because proxies drop it.
    retry_after: Option<u64>,
    #[serde(default)]
    invalid_fields: Vec<InvalidField>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Detail {
    Sentence(String),
    Faults(Vec<Fault>),
    Other(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
struct InvalidField {
    r#type: String,
    field: String,
}

#[derive(Debug, Deserialize)]
struct Fault {
    r#type: String,
    #[serde(default)]
    loc: Vec<Value>,
    #[serde(default)]
    msg: String,
}

impl Problem {
    /// Parses the problem in a body; `None` if the body is not the provider's, such as a page of a
    /// gateway.
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Whether the sentence contains this text.
    pub fn says(&self, text: &str) -> bool {
        matches!(&self.detail, Detail::Sentence(sentence) if sentence.contains(text))
    }

    /// The kind of the first fault in a list, made safe for a log.
    pub fn fault(&self) -> Option<&str> {
        match &self.detail {
            Detail::Faults(faults) => faults.first().map(|fault| code(&fault.r#type)),
            Detail::Sentence(_) | Detail::Other(_) => None,
        }
    }

    /// Whether the content policy of the provider refuses.
    pub fn is_moderation(&self) -> bool {
        match &self.detail {
            Detail::Sentence(sentence) => moderated(sentence),
            Detail::Faults(faults) => faults.iter().any(|fault| moderated(&fault.r#type) || moderated(&fault.msg)),
            Detail::Other(_) => false,
        }
    }

    /// Kind and name of each refused field, made safe for a log.
    fn fields(&self) -> Vec<String> {
        let place = |fault: &Fault| {
            let parts = fault.loc.iter().filter_map(Value::as_str).filter(|part| *part != "body");
            parts.collect::<Vec<_>>().join(".")
        };
        let spelt = |kind: &str, field: &str| format!(" {}:{}", code(kind), code(field));
        match &self.detail {
            Detail::Faults(faults) => faults.iter().map(|fault| spelt(&fault.r#type, &place(fault))).collect(),
            Detail::Sentence(_) | Detail::Other(_) => {
                self.invalid_fields.iter().map(|field| spelt(&field.r#type, &field.field)).collect()
            }
        }
    }
}

/// The outcome of a submission. It is refused only if nothing was sent or the provider itself
/// refused; every unclear answer is ambiguous. `job` parses the id of an accepted job. `own`
/// recognises the refusals that only this provider has.
pub(crate) fn submitted(
    answer: Answer,
    job: impl FnOnce(&[u8]) -> Option<ProviderJob>,
    own: impl FnOnce(StatusCode, &Problem) -> Option<RefusalKind>,
) -> Submitted {
    let answer = match answer {
        Ok(answer) => answer,
        Err(RequestFailure::NotSent(_) | RequestFailure::Forbidden(_)) => return unavailable("not_sent"),
        Err(_) => return Submitted::Ambiguous,
    };
    let status = answer.status();
    if status.is_success() {
        return job(answer.body())
            .map_or(Submitted::Ambiguous, |provider_job| Submitted::Accepted { provider_job, queue_position: None });
    }
    // If a gateway answered, the provider may have accepted the request.
    let problem = Problem::read(answer.body());
    if status.is_server_error() && !(status == StatusCode::SERVICE_UNAVAILABLE && problem.is_some()) {
        return Submitted::Ambiguous;
    }
    let kind = problem.as_ref().and_then(|problem| own(status, problem));
    Submitted::Refused(Refusal {
        kind: kind.unwrap_or_else(|| refusal_kind(status, problem.as_ref())),
        retry_after: retry_after(answer.headers(), problem.as_ref()),
        detail_code: detail_code(status, problem.as_ref()),
    })
}

/// The meaning of an HTTP status that all providers share.
fn refusal_kind(status: StatusCode, problem: Option<&Problem>) -> RefusalKind {
    match status.as_u16() {
        402 => RefusalKind::OutOfCredit,
        404 | 410 => RefusalKind::Retired,
        429 => RefusalKind::RateLimited,
        400 | 422 if problem.is_some_and(Problem::is_moderation) => RefusalKind::Moderated,
        400 | 413 | 415 | 422 => RefusalKind::InvalidInput,
        _ => RefusalKind::Unavailable,
    }
}

/// Parses the answer to a read. Otherwise answers the status of the job that the failure means.
pub(crate) fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, JobStatus> {
    let answer = answer.map_err(|_| JobStatus::Unreachable { retry_after: None })?;
    match answer.status() {
        status if status.is_success() => {
            serde_json::from_slice(answer.body()).map_err(|_| JobStatus::Unreachable { retry_after: None })
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(JobStatus::Lost),
        _ => Err(unreachable(&answer)),
    }
}

/// An unknown status, with the wait that the provider asks for.
pub(crate) fn unreachable(answer: &http::Response<bytes::Bytes>) -> JobStatus {
    let problem = Problem::read(answer.body());
    JobStatus::Unreachable { retry_after: retry_after(answer.headers(), problem.as_ref()) }
}

/// The status for an unknown word. The deadline ends such a job.
pub(crate) fn unknown(provider: &'static str, status: &str) -> JobStatus {
    tracing::warn!(provider, status = code(status), "the provider's status is not known");
    JobStatus::Running { progress: None }
}

pub(crate) fn failed(code: &str) -> JobStatus {
    JobStatus::Failed { code: code.to_owned(), billed: true }
}

/// A failed job that the provider does not bill.
pub(crate) fn failed_unbilled(code: &str) -> JobStatus {
    JobStatus::Failed { code: code.to_owned(), billed: false }
}

/// Whether a text is the message of a safety checker that withholds content: `NSFW content detected`, `flagged as sensitive … (E005)`,
/// `content_policy_violation`.
pub(crate) fn moderated(text: &str) -> bool {
    const SIGNS: [&str; 7] = [
        "nsfw",
        "flagged as sensitive",
        "(e005)",
        "safety checker",
        "moderation",
        "content_policy_violation",
        "content checker",
    ];
    let text = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// A word of the provider, made safe for a log.
pub(crate) fn code(text: &str) -> &str {
    let is_code = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-');
    if text.len() <= CODE_CHARS && text.bytes().all(is_code) { text } else { "unreadable" }
}

/// The wait from the header, or else from the body, at most an hour. A wrong answer must not delay a
/// job for longer.
fn retry_after(headers: &HeaderMap, problem: Option<&Problem>) -> Option<Duration> {
    let header = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let seconds: Option<u64> = header.or(problem.and_then(|problem| problem.retry_after));
    seconds.map(|seconds| Duration::from_secs(seconds.min(60 * 60)))
}

fn detail_code(status: StatusCode, problem: Option<&Problem>) -> String {
    let fields = problem.map(Problem::fields).unwrap_or_default().concat();
    format!("http_{}{fields}", status.as_u16()).chars().take(CODE_CHARS).collect()
}

pub(crate) fn unavailable(detail_code: &str) -> Submitted {
    let detail_code = detail_code.to_owned();
    Submitted::Refused(Refusal { kind: RefusalKind::Unavailable, retry_after: None, detail_code })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use bytes::Bytes;
    use http::Response;
    use serde_json::json;

    /// An answer of the provider.
    pub(crate) fn answer(status: u16, body: &str) -> Answer {
        Ok(Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
    }

    fn refused(answer: Answer) -> Option<Refusal> {
        match submitted(answer, |_| None, |_, _| None) {
            Submitted::Refused(refusal) => Some(refusal),
            Submitted::Accepted { .. } | Submitted::Ambiguous => None,
        }
    }

    #[test]
    fn only_a_clear_refusal_is_a_refusal() {
        let detail = r#"{"detail": "no"}"#;
        let cases = [
            (200, "", None),
            (302, "", Some(RefusalKind::Unavailable)),
            (400, detail, Some(RefusalKind::InvalidInput)),
            (401, detail, Some(RefusalKind::Unavailable)),
            (402, "", Some(RefusalKind::OutOfCredit)),
            (403, detail, Some(RefusalKind::Unavailable)),
            (404, detail, Some(RefusalKind::Retired)),
            (410, detail, Some(RefusalKind::Retired)),
            (422, detail, Some(RefusalKind::InvalidInput)),
            (422, r#"{"detail": "The input was flagged as sensitive (E005)"}"#, Some(RefusalKind::Moderated)),
            (422, r#"{"detail": [{"type": "content_policy_violation"}]}"#, Some(RefusalKind::Moderated)),
            (422, r#"{"detail": {"prompt": "nsfw"}}"#, Some(RefusalKind::InvalidInput)),
            (429, "<html>", Some(RefusalKind::RateLimited)),
            (500, detail, None),
            (502, "<html>", None),
            (503, "<html>", None),
            (503, detail, Some(RefusalKind::Unavailable)),
            (504, detail, None),
        ];
        for (status, body, expected) in cases {
            assert_eq!(refused(answer(status, body)).map(|refusal| refusal.kind), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_lost_answer_is_ambiguous_and_a_refused_connection_is_not() {
        let failure = |failure| submitted(Err(failure), |_| None, |_, _| None);
        assert_eq!(failure(RequestFailure::AnswerLost(String::new())), Submitted::Ambiguous);
        assert_eq!(failure(RequestFailure::TooLarge { limit: 1 }), Submitted::Ambiguous);
        assert_eq!(failure(RequestFailure::NotSent(String::new())), unavailable("not_sent"));
    }

    #[test]
    fn a_wait_is_read_from_header_or_body_and_bounded() {
        let with = |header: Option<&str>, body: &str| {
            let mut answer = Response::builder().status(429);
            if let Some(header) = header {
                answer = answer.header("retry-after", header);
            }
            let refusal = refused(Ok(answer.body(Bytes::from(body.to_owned())).unwrap()))?;
            refusal.retry_after.map(|wait| wait.as_secs())
        };
        assert_eq!(with(Some("7"), r#"{"detail": "x", "retry_after": 9}"#), Some(7));
        assert_eq!(with(None, r#"{"detail": "x", "retry_after": 9}"#), Some(9));
        assert_eq!(with(Some("99999999"), ""), Some(3_600));
        assert_eq!(with(Some("Wed, 21 Oct 2026 07:28:00 GMT"), ""), None);
    }

    #[test]
    fn a_refusal_names_fields_and_never_quotes_input() {
        let problem = json!({
            "detail": "- input.prompt: a secret prompt", "title": "Input validation failed",
            "invalid_fields": [
                { "type": "enum", "field": "input.aspect_ratio", "description": "a secret prompt" },
                { "type": "required", "field": "a secret prompt" },
            ],
        });
        let faults = json!({ "detail": [
            { "loc": ["body", "width"], "msg": "a secret prompt", "type": "multiple_of", "input": "a secret prompt" },
            { "loc": ["body", "images", 0], "type": "a secret prompt" },
        ]});
        for (body, expected) in [
            (problem, "http_422 enum:input.aspect_ratio required:unreadable"),
            (faults, "http_422 multiple_of:width unreadable:images"),
        ] {
            assert_eq!(refused(answer(422, &body.to_string())).unwrap().detail_code, expected);
        }
    }

    #[test]
    fn a_job_is_lost_only_when_the_provider_says_so() {
        let nothing = JobStatus::Unreachable { retry_after: None };
        let status = |answer| read::<Value>(answer).unwrap_err();
        for (code, expected) in
            [(404, JobStatus::Lost), (410, JobStatus::Lost), (401, nothing.clone()), (500, nothing.clone())]
        {
            assert_eq!(status(answer(code, "")), expected, "{code}");
        }
        assert_eq!(status(answer(200, "<html>")), nothing);
        assert_eq!(status(Err(RequestFailure::NotSent(String::new()))), nothing);
    }
}
