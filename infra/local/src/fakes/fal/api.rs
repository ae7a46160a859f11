//! The routes.

use super::{
    keys::key_set,
    models::{self, named},
    result::{Ending, ending},
    settings::FalProtocol,
};
use crate::fakes::{
    fastapi::{FastApiError, json_object},
    knobs::{Knobs, SubmitMode},
    provider::{
        ApiCall,
        job::{FakeJob, JobRequest, Stage},
    },
    response::json_answer,
    text::random,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::form_urlencoded;

/// How long outputs are kept by default.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

type ApiResult = Result<Response<Bytes>, FastApiError>;

pub(super) fn answer(call: &mut ApiCall<'_, FalProtocol>) -> Response<Bytes> {
    routed(call).unwrap_or_else(FastApiError::into_response)
}

fn routed(call: &mut ApiCall<'_, FalProtocol>) -> ApiResult {
    let path = call.request.uri().path().trim_start_matches('/').to_owned();
    if path == ".well-known/jwks.json" {
        return Ok(json_answer(StatusCode::OK, &key_set(call.settings)));
    }
    authorise(call)?;
    let parts: Vec<&str> = path.split('/').collect();
    let (get, put) = (call.request.method() == Method::GET, call.request.method() == Method::PUT);
    match parts.as_slice() {
        ["v1", "models", "requests", id, "payloads"] if call.request.method() == Method::DELETE => erase(call, id),
        // The route has the owner and the app only, without the rest of the model's name.
        [owner, app, "requests", id] if get => read(call, &format!("{owner}/{app}"), id, result),
        [owner, app, "requests", id, "status"] if get => read(call, &format!("{owner}/{app}"), id, status),
        [owner, app, "requests", id, "cancel"] if put => cancel(call, &format!("{owner}/{app}"), id),
        [_, _, .., "requests", _] | [_, _, .., "requests", _, "status" | "cancel"] => Err(not_allowed()),
        [_, _, ..] if call.request.method() == Method::POST => submit(call, &path),
        _ => Err(FastApiError::new(StatusCode::NOT_FOUND, "Not Found")),
    }
}

fn authorise(call: &ApiCall<'_, FalProtocol>) -> Result<(), FastApiError> {
    match call.header("authorization").and_then(|value| value.strip_prefix("Key ")) {
        Some(key) if key == call.settings.api_key => Ok(()),
        Some(_) => Err(FastApiError::new(StatusCode::UNAUTHORIZED, "No user found for Key ID and Secret")),
        None => {
            Err(FastApiError::new(StatusCode::UNAUTHORIZED, "Authentication is required to access this application."))
        }
    }
}

fn not_allowed() -> FastApiError {
    FastApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

fn submit(call: &mut ApiCall<'_, FalProtocol>, path: &str) -> ApiResult {
    let knobs = call.submit();
    refused(&knobs, path)?;
    let model = named(path).ok_or_else(|| unknown_app(path))?;
    let input = json_object(call.request)?;
    let query = form_urlencoded::parse(call.request.uri().query().unwrap_or_default().as_bytes());
    let webhook = query.into_iter().find(|(name, _)| name == "fal_webhook").map(|(_, url)| url.into_owned());
    let order = JobRequest {
        model,
        files: input.get("num_images").and_then(Value::as_u64).unwrap_or(1),
        ratio: models::ratio(&input),
        webhook,
        secret: None,
        lifetime: lifetime(call)?,
        start_within: start_within(call)?,
        input,
    };
    let digits = random(b"0123456789abcdef", 32, call.now, call.state.counts.predictions);
    let id = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
    let mut shown = addresses(call, path, &id);
    shown["gateway_request_id"] = id.as_str().into();
    shown["status"] = "IN_QUEUE".into();
    shown["queue_position"] = knobs.queue_position.into();
    Ok(call.create(id, order, knobs, json_answer(StatusCode::OK, &shown)))
}

fn refused(knobs: &Knobs, path: &str) -> Result<(), FastApiError> {
    let locked = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.";
    match knobs.submit {
        SubmitMode::Accept | SubmitMode::Invalid | SubmitMode::AnswerLost => Ok(()),
        SubmitMode::Throttled => Err(FastApiError::for_now(StatusCode::TOO_MANY_REQUESTS, "Too many requests", knobs)),
        SubmitMode::OutOfCredit => Err(FastApiError::new(StatusCode::FORBIDDEN, locked)),
        SubmitMode::Retired => Err(unknown_app(path)),
        SubmitMode::ServerError => Err(FastApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
        SubmitMode::Unavailable => {
            Err(FastApiError::for_now(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", knobs))
        }
    }
}

fn unknown_app(path: &str) -> FastApiError {
    FastApiError::new(StatusCode::NOT_FOUND, &format!("Application \"{path}\" not found"))
}

/// `X-Fal-Object-Lifecycle-Preference: {"expiration_duration_seconds": 3600}`
fn lifetime(call: &ApiCall<'_, FalProtocol>) -> Result<SignedDuration, FastApiError> {
    let Some(header) = call.header("x-fal-object-lifecycle-preference") else { return Ok(KEPT) };
    let preference: Option<Value> = serde_json::from_str(header).ok();
    match preference.as_ref().and_then(|preference| preference.get("expiration_duration_seconds")) {
        Some(Value::Null) => Ok(SignedDuration::MAX),
        Some(seconds) if seconds.as_i64().is_some_and(|seconds| seconds > 0) => {
            Ok(SignedDuration::from_secs(seconds.as_i64().unwrap_or_default()))
        }
        _ => Err(FastApiError::new(StatusCode::BAD_REQUEST, "Invalid X-Fal-Object-Lifecycle-Preference header")),
    }
}

/// `X-Fal-Request-Timeout`: seconds to the start, more than one.
fn start_within(call: &ApiCall<'_, FalProtocol>) -> Result<Option<SignedDuration>, FastApiError> {
    let Some(header) = call.header("x-fal-request-timeout") else { return Ok(None) };
    let seconds = header.parse::<f64>().ok().filter(|seconds| *seconds > 1.0);
    let wait = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
    wait.map(Some).ok_or_else(|| FastApiError::new(StatusCode::BAD_REQUEST, "Invalid X-Fal-Request-Timeout header"))
}

fn addresses(call: &ApiCall<'_, FalProtocol>, model: &str, id: &str) -> Value {
    let app = model.split('/').take(2).collect::<Vec<_>>().join("/");
    let url = format!("{}/{app}/requests/{id}", call.settings.public_base);
    json!({
        "request_id": id, "status_url": format!("{url}/status"),
        "cancel_url": format!("{url}/cancel"), "response_url": url,
    })
}

/// Reads a request of this app.
fn read(
    call: &mut ApiCall<'_, FalProtocol>,
    app: &str,
    id: &str,
    show: impl FnOnce(&ApiCall<'_, FalProtocol>, &FakeJob) -> Response<Bytes>,
) -> ApiResult {
    let found = |call: &mut ApiCall<'_, FalProtocol>| match call
        .state
        .jobs
        .iter()
        .find(|job| job.id == id && is_of(job, app))
    {
        Some(job) => show(call, job),
        None => FastApiError::new(StatusCode::NOT_FOUND, "Request not found").into_response(),
    };
    Ok(call.read(found, "Too many requests"))
}

fn is_of(job: &FakeJob, app: &str) -> bool {
    job.order.model.name.strip_prefix(app).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn status(call: &ApiCall<'_, FalProtocol>, job: &FakeJob) -> Response<Bytes> {
    let mut shown = addresses(call, job.order.model.name, &job.id);
    let mut also = |name: &str, value: Value| shown[name] = value;
    let code = match job.stage {
        Stage::Waiting => {
            also("status", "IN_QUEUE".into());
            also("queue_position", job.queue_position(call.now).into());
            StatusCode::ACCEPTED
        }
        Stage::Running | Stage::Stuck => {
            also("status", if job.stage == Stage::Stuck { "PAUSED" } else { "IN_PROGRESS" }.into());
            also("logs", Value::Null);
            StatusCode::ACCEPTED
        }
        Stage::Ended(_) => {
            also("status", "COMPLETED".into());
            also("logs", Value::Null);
            also("metrics", json!({ "inference_time": 0.2 }));
            if let Some(Ending { status, error_type, .. }) =
                ending(call.settings, job).filter(|end| !end.status.is_success())
            {
                also("error", format!("Invalid status code: {}", status.as_u16()).into());
                also("error_type", error_type.into());
            }
            StatusCode::OK
        }
    };
    json_answer(code, &shown)
}

fn result(call: &ApiCall<'_, FalProtocol>, job: &FakeJob) -> Response<Bytes> {
    let Some(Ending { status, body, error_type }) = ending(call.settings, job) else {
        return FastApiError::new(StatusCode::BAD_REQUEST, "Request is still in progress").into_response();
    };
    if job.is_erased {
        return FastApiError::new(StatusCode::NOT_FOUND, "Request payloads were deleted").into_response();
    }
    let mut answer = json_answer(status, &body);
    if let Some(kind) = error_type {
        answer.headers_mut().insert("x-fal-error-type", HeaderValue::from_static(kind));
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn cancel(call: &mut ApiCall<'_, FalProtocol>, app: &str, id: &str) -> ApiResult {
    let is_there = call.state.job(id).is_some_and(|job| is_of(job, app));
    let (code, status) = match is_there.then(|| call.cancel(id)).flatten() {
        Some(true) => (StatusCode::ACCEPTED, "CANCELLATION_REQUESTED"),
        Some(false) => (StatusCode::BAD_REQUEST, "ALREADY_COMPLETED"),
        None => (StatusCode::NOT_FOUND, "NOT_FOUND"),
    };
    Ok(json_answer(code, &json!({ "status": status })))
}

/// `https://docs.fal.ai/platform-apis/v1/models/requests/payloads`
fn erase(call: &mut ApiCall<'_, FalProtocol>, id: &str) -> ApiResult {
    call.state.counts.erasures += 1;
    let base = &call.settings.public_base;
    let job = call.state.job(id).ok_or_else(|| FastApiError::new(StatusCode::NOT_FOUND, "Request not found"))?;
    let results = job.files(base).into_iter().map(|link| json!({ "link": link, "exception": null }));
    let results = json!({ "cdn_delete_results": results.collect::<Vec<_>>() });
    job.is_erased = true;
    Ok(json_answer(StatusCode::OK, &results))
}
