//! The meaning of answers of fal. Pure.

use crate::{
    adapters::{
        answer::{Problem, code, failed, failed_unbilled, moderated, unreachable},
        api::Answer,
    },
    job::{Erasure, JobStatus, ProviderJob, RefusalKind},
};
use http::StatusCode;
use serde::Deserialize;

/// The fields of the answer to a submission that we use.
#[derive(Debug, Deserialize)]
struct Submission {
    request_id: ProviderJob,
    queue_position: Option<u32>,
}

/// The status of a request in the queue.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Queued {
    pub status: String,
    /// Present while the request waits.
    pub queue_position: Option<u32>,
    /// Present if the request failed.
    error: Option<String>,
    error_type: Option<String>,
}

/// The outputs of a model. The model decides which field has them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Made {
    images: Vec<File>,
    image: Option<File>,
    video: Option<File>,
    /// For each image, whether the safety checker replaced it by a black one.
    has_nsfw_concepts: Vec<bool>,
}

#[derive(Debug, Deserialize)]
struct File {
    url: String,
}

/// The id of the queued request.
pub(super) fn queued(body: &[u8]) -> Option<ProviderJob> {
    serde_json::from_slice(body).ok().map(|submission: Submission| submission.request_id)
}

/// The number of requests before the queued one.
pub(super) fn position(body: &[u8]) -> Option<u32> {
    serde_json::from_slice(body).ok().and_then(|submission: Submission| submission.queue_position)
}

/// The refusal that only fal has: it locks an account without credit.
pub(super) fn own_refusal(status: StatusCode, problem: &Problem) -> Option<RefusalKind> {
    (status == StatusCode::FORBIDDEN && problem.says("User is locked")).then_some(RefusalKind::OutOfCredit)
}

/// The final status of a request, by the answer to reading its result.
pub(super) fn finished(queued: &Queued, answer: Answer) -> JobStatus {
    let Ok(answer) = answer else { return JobStatus::Unreachable { retry_after: None } };
    let status = answer.status();
    if status.is_success() {
        return match serde_json::from_slice::<Made>(answer.body()) {
            Ok(made) => made.job_status(),
            Err(_) => JobStatus::Unreachable { retry_after: None },
        };
    }
    let has_failed = queued.error.is_some() || queued.error_type.is_some();
    let problem = Problem::read(answer.body());
    if problem.as_ref().is_some_and(Problem::is_moderation) || queued.error.as_deref().is_some_and(moderated) {
        return JobStatus::Moderated;
    }
    let kind = queued.error_type.as_deref().map(code).or(problem.as_ref().and_then(Problem::fault));
    match (status.as_u16(), kind) {
        (_, Some("client_cancelled")) => JobStatus::Canceled,
        // These statuses belong to a result. 401, 403 and 429 concern our key and our rate.
        (400 | 422, _) => failed(kind.unwrap_or("model_error")),
        (404 | 410, _) if !has_failed => failed("output_expired"),
        (401 | 403 | 429, _) => unreachable(&answer),
        // fal does not bill a request that ended with a server error: <https://fal.ai/docs>.
        (500.., _) if has_failed => failed_unbilled(kind.unwrap_or("model_error")),
        _ if has_failed => failed(kind.unwrap_or("model_error")),
        _ => unreachable(&answer),
    }
}

impl Made {
    /// A black picture is a refusal in an answer with status 200.
    fn job_status(self) -> JobStatus {
        let all = self.images.into_iter().chain(self.image).chain(self.video);
        let held_back = self.has_nsfw_concepts.iter().copied().chain(std::iter::repeat(false));
        let (held_back, made): (Vec<_>, Vec<_>) = all.zip(held_back).partition(|(_, held_back)| *held_back);
        let outputs: Vec<String> = made.into_iter().map(|(file, _)| file.url).collect();
        match (outputs.is_empty(), held_back.is_empty()) {
            (false, _) => JobStatus::Succeeded { outputs },
            (true, false) => JobStatus::Moderated,
            (true, true) => failed("no_output"),
        }
    }
}

/// The outcome of erasing a request.
pub(super) fn erased(answer: Answer) -> Erasure {
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(200..=299 | 404 | 410) => Erasure::Done,
        Ok(401 | 403) => Erasure::NotAllowed,
        Ok(_) | Err(_) => Erasure::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::answer::{submitted, tests::answer},
        job::Submitted,
    };
    use serde_json::{Value, json};

    #[test]
    fn an_account_without_credit_is_locked() {
        let kind = |status, body: &str| match submitted(answer(status, body), queued, own_refusal) {
            Submitted::Refused(refusal) => Some(refusal.kind),
            Submitted::Accepted { .. } | Submitted::Ambiguous => None,
        };
        let locked = r#"{"detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."}"#;
        assert_eq!(kind(403, locked), Some(RefusalKind::OutOfCredit));
        assert_eq!(kind(403, r#"{"detail": "Forbidden"}"#), Some(RefusalKind::Unavailable));
        assert_eq!(kind(404, r#"{"detail": "Application \"x\" not found"}"#), Some(RefusalKind::Retired));
        assert_eq!(kind(200, r#"{"request_id": "../x"}"#), None, "an answer that does not parse is ambiguous");
    }

    #[test]
    fn every_result_has_one_meaning() {
        let url = |url: &str| json!({ "url": url, "content_type": "image/png" });
        let made = |urls: &[&str]| JobStatus::Succeeded { outputs: urls.iter().map(|&url| url.into()).collect() };
        let policy = json!({ "detail": [{
            "loc": ["body", "prompt"], "msg": "The content was flagged by a content checker.",
            "type": "content_policy_violation", "input": "a secret prompt",
        }]});
        let pair = json!([url("https://a"), url("https://b")]);
        let cases = [
            (200, json!({ "images": pair }), made(&["https://a", "https://b"])),
            (200, json!({ "images": pair, "has_nsfw_concepts": [true, false] }), made(&["https://b"])),
            (200, json!({ "images": pair, "has_nsfw_concepts": [true, true] }), JobStatus::Moderated),
            (200, json!({ "video": url("https://v") }), made(&["https://v"])),
            (200, json!({ "image": url("https://i"), "has_nsfw_concepts": [false] }), made(&["https://i"])),
            (200, json!({ "images": [] }), failed("no_output")),
            (200, json!({ "text": "a poem" }), failed("no_output")),
            (422, policy, JobStatus::Moderated),
            (422, json!({ "detail": [{ "loc": [], "type": "image_too_small" }] }), failed("image_too_small")),
            (422, json!({ "detail": [{ "loc": [], "type": "a secret prompt" }] }), failed("unreadable")),
            (400, json!({ "detail": "no" }), failed("model_error")),
            (404, json!({ "detail": "no" }), failed("output_expired")),
            (403, json!({ "detail": "no" }), JobStatus::Unreachable { retry_after: None }),
            (500, json!({ "detail": "no" }), JobStatus::Unreachable { retry_after: None }),
        ];
        for (status, body, expected) in cases {
            assert_eq!(finished(&Queued::default(), answer(status, &body.to_string())), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_queue_explains_a_failure() {
        let ended = |queued: Value, status| {
            finished(&serde_json::from_value(queued).unwrap(), answer(status, r#"{"detail": "no"}"#))
        };
        let cases = [
            (json!({ "error_type": "client_cancelled" }), 499, JobStatus::Canceled),
            (json!({ "error_type": "request_timeout" }), 504, failed_unbilled("request_timeout")),
            (json!({ "error_type": "runner_disconnected" }), 503, failed_unbilled("runner_disconnected")),
            (json!({ "error": "Internal Server Error" }), 500, failed_unbilled("model_error")),
            (json!({ "error": "flagged as sensitive" }), 500, JobStatus::Moderated),
            (json!({ "error_type": "internal_error" }), 429, JobStatus::Unreachable { retry_after: None }),
        ];
        for (mut queued, status, expected) in cases {
            queued["status"] = json!("COMPLETED");
            assert_eq!(ended(queued.clone(), status), expected, "{queued}");
        }
    }

    #[test]
    fn a_missing_request_counts_as_erased() {
        for (status, expected) in [
            (200, Erasure::Done),
            (204, Erasure::Done),
            (404, Erasure::Done),
            (403, Erasure::NotAllowed),
            (429, Erasure::Later),
            (500, Erasure::Later),
        ] {
            assert_eq!(erased(answer(status, "")), expected, "{status}");
        }
    }
}
