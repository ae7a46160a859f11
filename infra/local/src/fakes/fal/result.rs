//! The end of a request, in the words of the queue, the result and the webhook.

use super::{models, settings::FakeFalSettings};
use crate::fakes::{
    fastapi,
    inputs::InputFault,
    knobs::{JobOutcome, SubmitMode},
    media::files::OutputKind,
    provider::job::{FakeJob, JobEnd, Stage},
};
use http::StatusCode;
use serde_json::{Value, json};

/// The end of a request: the status and body of its result, and the error type in the
/// queue.
pub(super) struct Ending {
    pub status: StatusCode,
    pub body: Value,
    pub error_type: Option<&'static str>,
}

/// How a request ended, if it has.
pub(super) fn ending(settings: &FakeFalSettings, job: &FakeJob) -> Option<Ending> {
    let Stage::Ended(end) = job.stage else { return None };
    let bad = |status: u16, detail: &str, error_type| Ending {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        body: json!({ "detail": detail, "error_type": error_type }),
        error_type: Some(error_type),
    };
    let unprocessable = |body| Ending { status: StatusCode::UNPROCESSABLE_ENTITY, body, error_type: None };
    let mut wrong = models::wrong(job.order.model, &job.order.input);
    if job.knobs.submit == SubmitMode::Invalid {
        wrong.push(("prompt".to_owned(), InputFault::TooLarge(1_000.0)));
    }
    Some(match end {
        JobEnd::Canceled => bad(499, "Request was cancelled", "client_cancelled"),
        JobEnd::NotStarted => bad(504, "Request timed out", "request_timeout"),
        JobEnd::As(_) if !wrong.is_empty() => unprocessable(json!({ "detail": fastapi::detail(&wrong) })),
        JobEnd::As(JobOutcome::InputModerated) => unprocessable(json!({ "detail": [{
            "loc": ["body", "prompt"],
            "msg": "The content was flagged by a content checker.",
            "type": "content_policy_violation",
            "url": "https://docs.fal.ai/errors#content_policy_violation",
            "input": job.order.input.get("prompt"),
        }]})),
        JobEnd::As(JobOutcome::Fail) => bad(500, "Internal Server Error", "internal_error"),
        JobEnd::As(JobOutcome::Aborted) => bad(503, "No runner could be found", "runner_scheduling_failure"),
        JobEnd::As(JobOutcome::Succeed | JobOutcome::Moderated | JobOutcome::NoOutput | JobOutcome::UnknownStatus) => {
            Ending { status: StatusCode::OK, body: made(settings, job, end), error_type: None }
        }
    })
}

fn made(settings: &FakeFalSettings, job: &FakeJob, end: JobEnd) -> Value {
    let content_type = job.order.model.makes.content_type();
    let file = |url: &str| json!({ "url": url, "content_type": content_type, "width": 1024, "height": 1024 });
    let black = format!("{}/files/black.png", settings.public_base);
    let mut files: Vec<Value> = job.files(&settings.public_base).iter().map(|url| file(url)).collect();
    let mut held_back = vec![false; files.len()];
    // A black picture takes the place of one that is held back.
    let wanted = match end {
        JobEnd::As(JobOutcome::Moderated) => job.order.files.max(1),
        JobEnd::As(JobOutcome::Succeed) => job.order.files,
        _ => 0,
    };
    let missing = usize::try_from(wanted).unwrap_or_default().saturating_sub(files.len());
    files.extend(std::iter::repeat_n(file(&black), missing));
    held_back.extend(std::iter::repeat_n(true, missing));
    match job.order.model.makes {
        OutputKind::Pictures => json!({
            "has_nsfw_concepts": held_back,
            "images": files,
            "prompt": job.order.input.get("prompt"),
            "seed": job.order.input.get("seed"),
            "timings": { "inference": 0.2 },
        }),
        OutputKind::Film => json!({ "video": files.first(), "seed": job.order.input.get("seed") }),
    }
}

/// The webhook's event.
pub(super) fn event(settings: &FakeFalSettings, job: &FakeJob) -> Value {
    let mut event = json!({ "request_id": job.id, "gateway_request_id": job.id, "status": "OK", "payload": null });
    if let Some(Ending { status, body, .. }) = ending(settings, job) {
        event["payload"] = body;
        if !status.is_success() {
            event["status"] = "ERROR".into();
            event["error"] = format!("Invalid status code: {}", status.as_u16()).into();
        }
    }
    event
}
