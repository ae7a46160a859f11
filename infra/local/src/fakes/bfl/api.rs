//! The routes under `/v1`.

use super::{
    settings::BflProtocol,
    task::{result, status},
};
use crate::fakes::{
    fastapi::{FastApiError, json_object, missing_parameter},
    inputs::{InputFault, InputKind, faults},
    knobs::{Knobs, SubmitMode},
    media::{files::OutputKind, seen::SeenEncoding},
    provider::{
        ApiCall,
        job::{FakeModel, JobRequest},
    },
    response::json_answer,
    text::random,
};
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// How long an output can be read.
const KEPT: SignedDuration = SignedDuration::from_mins(10);

/// Schemas `Flux2Inputs` and `FluxUltraInput` without input pictures, and
/// `FluxKontextProInputs` with its first input picture, which the real model does not need.
const MODELS: &[FakeModel] = &[
    FakeModel {
        name: "flux-2-pro",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("width", InputKind::Whole(64, 2_048)),
            ("height", InputKind::Whole(64, 2_048)),
            ("safety_tolerance", InputKind::Whole(0, 5)),
            ("output_format", InputKind::OneOf(&["jpeg", "png", "webp"])),
            ("webhook_url", InputKind::Text),
            ("webhook_secret", InputKind::Text),
        ],
    },
    FakeModel {
        name: "flux-pro-1.1-ultra",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("prompt_upsampling", InputKind::Flag),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("aspect_ratio", InputKind::Text),
            ("safety_tolerance", InputKind::Whole(0, 6)),
            ("output_format", InputKind::OneOf(&["jpeg", "png", "webp"])),
            ("raw", InputKind::Flag),
            ("webhook_url", InputKind::Text),
            ("webhook_secret", InputKind::Text),
        ],
    },
    FakeModel {
        name: "flux-kontext-pro",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("input_image", InputKind::Picture(SeenEncoding::Base64)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("aspect_ratio", InputKind::Text),
            ("output_format", InputKind::OneOf(&["jpeg", "png", "webp"])),
            ("prompt_upsampling", InputKind::Flag),
            ("safety_tolerance", InputKind::Whole(0, 6)),
            ("webhook_url", InputKind::Text),
            ("webhook_secret", InputKind::Text),
        ],
    },
];

type ApiResult = Result<Response<Bytes>, FastApiError>;

pub(super) fn answer(call: &mut ApiCall<'_, BflProtocol>) -> Response<Bytes> {
    routed(call).unwrap_or_else(FastApiError::into_response)
}

fn routed(call: &mut ApiCall<'_, BflProtocol>) -> ApiResult {
    let path = call.request.uri().path().strip_prefix("/v1/").unwrap_or_default();
    let method = call.request.method();
    match path {
        // The document demands no key here: the id is enough.
        "get_result" if method == Method::GET => Ok(get_result(call)),
        "credits" if method == Method::GET => {
            authorise(call)?;
            Ok(json_answer(StatusCode::OK, &json!({ "credits": 1_000.0 })))
        }
        "get_result" | "credits" => Err(FastApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")),
        model if method == Method::POST => submit(call, model),
        _ => Err(not_found()),
    }
}

fn not_found() -> FastApiError {
    FastApiError::new(StatusCode::NOT_FOUND, "Not Found")
}

fn authorise(call: &ApiCall<'_, BflProtocol>) -> Result<(), FastApiError> {
    match call.header("x-key") {
        Some(key) if key == call.settings.api_key => Ok(()),
        _ => Err(FastApiError::new(StatusCode::FORBIDDEN, "Not authenticated")),
    }
}

fn submit(call: &mut ApiCall<'_, BflProtocol>, model: &str) -> ApiResult {
    authorise(call)?;
    let knobs = call.submit();
    refused(&knobs)?;
    let model = MODELS.iter().find(|known| known.name == model).ok_or_else(not_found)?;
    let mut input = json_object(call.request)?;
    // Optional parameters may be null.
    input.retain(|_, value| !value.is_null());
    let wrong = wrong(model, &input);
    if !wrong.is_empty() {
        return Err(FastApiError::of(&wrong));
    }
    let text = |input: &mut Map<String, Value>, name| match input.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (webhook, secret) = (text(&mut input, "webhook_url"), text(&mut input, "webhook_secret"));
    let order = JobRequest {
        model,
        files: 1,
        ratio: ratio(&input),
        webhook,
        secret,
        lifetime: KEPT,
        start_within: None,
        input,
    };
    let id = random(b"0123456789abcdef", 32, call.now, call.state.counts.predictions);
    let mut shown = json!({ "id": id, "cost": 3.0, "input_mp": 0.0, "output_mp": 1.0 });
    // `AsyncWebhookResponse`, without a polling URL, or `AsyncResponse`.
    match &order.webhook {
        Some(url) => {
            shown["status"] = "Pending".into();
            shown["webhook_url"] = url.as_str().into();
        }
        None => shown["polling_url"] = format!("{}/v1/get_result?id={id}", call.settings.public_base).into(),
    }
    Ok(call.create(id, order, knobs, json_answer(StatusCode::OK, &shown)))
}

fn refused(knobs: &Knobs) -> Result<(), FastApiError> {
    match knobs.submit {
        SubmitMode::Accept | SubmitMode::AnswerLost => Ok(()),
        SubmitMode::Throttled => {
            Err(FastApiError::for_now(StatusCode::TOO_MANY_REQUESTS, "Too many active tasks", knobs))
        }
        SubmitMode::OutOfCredit => Err(FastApiError::new(StatusCode::PAYMENT_REQUIRED, "Insufficient credits")),
        SubmitMode::Retired => Err(not_found()),
        SubmitMode::Invalid => Err(FastApiError::of(&[("prompt".to_owned(), InputFault::TooLarge(1_000.0))])),
        SubmitMode::ServerError => Err(FastApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
        SubmitMode::Unavailable => {
            Err(FastApiError::for_now(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", knobs))
        }
    }
}

/// The faults of an input. In addition to the document's rules, sides are multiples of 16,
/// and this fake makes only PNG.
fn wrong(model: &FakeModel, input: &Map<String, Value>) -> Vec<(String, InputFault)> {
    let mut found = faults(model.inputs, input);
    for side in ["width", "height"] {
        let odd = input.get(side).and_then(Value::as_i64).filter(|pixels| pixels % 16 != 0);
        if let (true, Some(pixels)) = (found.is_empty(), odd) {
            found.push((side.to_owned(), InputFault::TooSmall((pixels / 16 * 16 + 16) as f64)));
        }
    }
    if found.is_empty() && input.get("output_format").and_then(Value::as_str) != Some("png") {
        found.push(("output_format".to_owned(), InputFault::NotOneOf(&["png"])));
    }
    found
}

/// Width to height, as `16:9`.
fn ratio(input: &Map<String, Value>) -> Option<String> {
    let side = |name| input.get(name).and_then(Value::as_i64);
    let sides = side("width").zip(side("height")).map(|(width, height)| format!("{width}:{height}"));
    sides.or_else(|| input.get("aspect_ratio").and_then(Value::as_str).map(str::to_owned))
}

/// Schema `ResultResponse`. The answer about an unknown task is a 200, too.
fn get_result(call: &mut ApiCall<'_, BflProtocol>) -> Response<Bytes> {
    let query = form_urlencoded::parse(call.request.uri().query().unwrap_or_default().as_bytes());
    let id = query.into_iter().find(|(name, _)| name == "id").map(|(_, id)| id.into_owned());
    let Some(id) = id else { return missing_parameter("id").into_response() };
    let shown = |call: &mut ApiCall<'_, BflProtocol>| {
        let job = call.state.jobs.iter().find(|job| job.id == id);
        let shown = json!({
            "id": id,
            "status": job.map_or("Task not found", status),
            "result": job.map_or(Value::Null, |job| result(call.settings, job)),
            "progress": job.map(|job| job.progress(call.now)),
            "details": null,
            "preview": null,
        });
        json_answer(StatusCode::OK, &shown)
    };
    call.read(shown, "Too Many Requests")
}
