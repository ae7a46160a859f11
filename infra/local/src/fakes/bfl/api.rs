//! The routes under `/v1`.

use super::{Submit, Wire, result, status};
use crate::fakes::{
    Knobs,
    fastapi::{Refusal, json_object, missing_parameter},
    files::Makes,
    inputs::{Fault, Kind, faults},
    json_answer,
    maker::{Call, Model, Order},
    random,
    seen::Form,
};
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// How long an output can be read.
const KEPT: SignedDuration = SignedDuration::from_mins(10);

/// Schemas `Flux2Inputs` and `FluxUltraInput`, without pictures that go in, and
/// `FluxKontextProInputs` with the first of its pictures, which the real one can do without.
const MODELS: &[Model] = &[
    Model {
        name: "flux-2-pro",
        makes: Makes::Pictures,
        inputs: &[
            ("prompt", Kind::Text),
            ("seed", Kind::Whole(i64::MIN, i64::MAX)),
            ("width", Kind::Whole(64, 2_048)),
            ("height", Kind::Whole(64, 2_048)),
            ("safety_tolerance", Kind::Whole(0, 5)),
            ("output_format", Kind::OneOf(&["jpeg", "png", "webp"])),
            ("webhook_url", Kind::Text),
            ("webhook_secret", Kind::Text),
        ],
    },
    Model {
        name: "flux-pro-1.1-ultra",
        makes: Makes::Pictures,
        inputs: &[
            ("prompt", Kind::Text),
            ("prompt_upsampling", Kind::Flag),
            ("seed", Kind::Whole(i64::MIN, i64::MAX)),
            ("aspect_ratio", Kind::Text),
            ("safety_tolerance", Kind::Whole(0, 6)),
            ("output_format", Kind::OneOf(&["jpeg", "png", "webp"])),
            ("raw", Kind::Flag),
            ("webhook_url", Kind::Text),
            ("webhook_secret", Kind::Text),
        ],
    },
    Model {
        name: "flux-kontext-pro",
        makes: Makes::Pictures,
        inputs: &[
            ("prompt", Kind::Text),
            ("input_image", Kind::Picture(Form::Base64)),
            ("seed", Kind::Whole(i64::MIN, i64::MAX)),
            ("aspect_ratio", Kind::Text),
            ("output_format", Kind::OneOf(&["jpeg", "png", "webp"])),
            ("prompt_upsampling", Kind::Flag),
            ("safety_tolerance", Kind::Whole(0, 6)),
            ("webhook_url", Kind::Text),
            ("webhook_secret", Kind::Text),
        ],
    },
];

type Answer = Result<Response<Bytes>, Refusal>;

pub(super) fn answer(call: &mut Call<'_, Wire>) -> Response<Bytes> {
    routed(call).unwrap_or_else(Refusal::into_response)
}

fn routed(call: &mut Call<'_, Wire>) -> Answer {
    let path = call.request.uri().path().strip_prefix("/v1/").unwrap_or_default();
    let method = call.request.method();
    match path {
        // Whoever knows the id may ask: the document demands no key here.
        "get_result" if method == Method::GET => Ok(get_result(call)),
        "credits" if method == Method::GET => {
            authorise(call)?;
            Ok(json_answer(StatusCode::OK, &json!({ "credits": 1_000.0 })))
        }
        "get_result" | "credits" => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")),
        model if method == Method::POST => submit(call, model),
        _ => Err(not_found()),
    }
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Not Found")
}

fn authorise(call: &Call<'_, Wire>) -> Result<(), Refusal> {
    match call.header("x-key") {
        Some(key) if key == call.settings.api_key => Ok(()),
        _ => Err(Refusal::new(StatusCode::FORBIDDEN, "Not authenticated")),
    }
}

fn submit(call: &mut Call<'_, Wire>, model: &str) -> Answer {
    authorise(call)?;
    let knobs = call.submit();
    refused(&knobs)?;
    let model = MODELS.iter().find(|known| known.name == model).ok_or_else(not_found)?;
    let mut input = json_object(call.request)?;
    // What is optional may be null.
    input.retain(|_, value| !value.is_null());
    let wrong = wrong(model, &input);
    if !wrong.is_empty() {
        return Err(Refusal::of(&wrong));
    }
    let text = |input: &mut Map<String, Value>, name| match input.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (webhook, secret) = (text(&mut input, "webhook_url"), text(&mut input, "webhook_secret"));
    let order =
        Order { model, files: 1, ratio: ratio(&input), webhook, secret, lifetime: KEPT, start_within: None, input };
    let id = random(b"0123456789abcdef", 32, call.now, call.state.counts.predictions);
    let mut shown = json!({ "id": id, "cost": 3.0, "input_mp": 0.0, "output_mp": 1.0 });
    // `AsyncWebhookResponse`, which has no polling URL, or `AsyncResponse`.
    match &order.webhook {
        Some(url) => {
            shown["status"] = "Pending".into();
            shown["webhook_url"] = url.as_str().into();
        }
        None => shown["polling_url"] = format!("{}/v1/get_result?id={id}", call.settings.public_base).into(),
    }
    Ok(call.create(id, order, knobs, json_answer(StatusCode::OK, &shown)))
}

fn refused(knobs: &Knobs) -> Result<(), Refusal> {
    match knobs.submit {
        Submit::Accept | Submit::AnswerLost => Ok(()),
        Submit::Throttled => Err(Refusal::for_now(StatusCode::TOO_MANY_REQUESTS, "Too many active tasks", knobs)),
        Submit::OutOfCredit => Err(Refusal::new(StatusCode::PAYMENT_REQUIRED, "Insufficient credits")),
        Submit::Retired => Err(not_found()),
        Submit::Invalid => Err(Refusal::of(&[("prompt".to_owned(), Fault::TooLarge(1_000.0))])),
        Submit::ServerError => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
        Submit::Unavailable => Err(Refusal::for_now(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", knobs)),
    }
}

/// Beyond the document: sides are multiples of 16, and this fake codes PNG alone.
fn wrong(model: &Model, input: &Map<String, Value>) -> Vec<(String, Fault)> {
    let mut found = faults(model.inputs, input);
    for side in ["width", "height"] {
        let odd = input.get(side).and_then(Value::as_i64).filter(|pixels| pixels % 16 != 0);
        if let (true, Some(pixels)) = (found.is_empty(), odd) {
            found.push((side.to_owned(), Fault::TooSmall((pixels / 16 * 16 + 16) as f64)));
        }
    }
    if found.is_empty() && input.get("output_format").and_then(Value::as_str) != Some("png") {
        found.push(("output_format".to_owned(), Fault::NotOneOf(&["png"])));
    }
    found
}

/// Width to height, as `16:9`.
fn ratio(input: &Map<String, Value>) -> Option<String> {
    let side = |name| input.get(name).and_then(Value::as_i64);
    let sides = side("width").zip(side("height")).map(|(width, height)| format!("{width}:{height}"));
    sides.or_else(|| input.get("aspect_ratio").and_then(Value::as_str).map(str::to_owned))
}

/// Schema `ResultResponse`. A task that nobody knows is told with 200.
fn get_result(call: &mut Call<'_, Wire>) -> Response<Bytes> {
    let query = form_urlencoded::parse(call.request.uri().query().unwrap_or_default().as_bytes());
    let id = query.into_iter().find(|(name, _)| name == "id").map(|(_, id)| id.into_owned());
    let Some(id) = id else { return missing_parameter("id").into_response() };
    let shown = |call: &mut Call<'_, Wire>| {
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
