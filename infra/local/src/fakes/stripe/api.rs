//! The routes under `/v1`.

use super::{
    form::FormParameters,
    idempotency::KeyedRequest,
    problem::{StripeProblem, json_answer},
    session::CheckoutSession,
    settings::{API_VERSION, FakeStripeSettings},
    state::StripeState,
    submission,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;

type StripeResult = Result<Response<Bytes>, StripeProblem>;

pub(super) fn answer(
    settings: &FakeStripeSettings,
    state: &mut StripeState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    state.counts.requests += 1;
    let mut answer = routed(settings, state, now, request).unwrap_or_else(StripeProblem::into_response);
    let id = state.new_id("req_", 14, now);
    let echo = |name| request.headers().get(name).cloned();
    let headers = [
        (HeaderName::from_static("request-id"), HeaderValue::try_from(id).ok()),
        (HeaderName::from_static("stripe-version"), Some(HeaderValue::from_static(API_VERSION))),
        (HeaderName::from_static("idempotency-key"), echo("idempotency-key")),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

fn routed(
    settings: &FakeStripeSettings,
    state: &mut StripeState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> StripeResult {
    let (method, path) = (request.method(), request.uri().path());
    authorise(settings, request)?;
    if let Some(version) = request.headers().get("stripe-version").filter(|version| *version != API_VERSION) {
        let message = format!("Invalid Stripe API version: {}", version.to_str().unwrap_or_default());
        return Err(StripeProblem::malformed(message));
    }
    let parts: Vec<&str> = path.strip_prefix("/v1/").unwrap_or_default().split('/').collect();
    match (method, parts.as_slice()) {
        (&Method::GET, ["checkout", "sessions", id]) => {
            FormParameters::of_query(request)?.finish()?;
            let session = state.session(id).ok_or_else(|| StripeProblem::no_such("checkout.session", "session", id))?;
            Ok(json_answer(StatusCode::OK, &session.to_json()))
        }
        (&Method::GET, ["payment_intents", id]) => {
            FormParameters::of_query(request)?.finish()?;
            let session = state.sessions.iter().find(|session| session.intent() == Some(id));
            let intent = session.and_then(CheckoutSession::intent_json);
            Ok(json_answer(
                StatusCode::OK,
                &intent.ok_or_else(|| StripeProblem::no_such("payment_intent", "intent", id))?,
            ))
        }
        (&Method::POST, ["checkout", "sessions"]) => {
            once(state, now, request, |state, form| create(settings, state, now, form))
        }
        (&Method::POST, ["checkout", "sessions", id, "expire"]) => {
            once(state, now, request, |state, form| expire(state, now, id, form))
        }
        _ => Err(StripeProblem::no_route(method, path)),
    }
}

/// Bearer, or Basic with the key as the user and no password.
fn authorise(settings: &FakeStripeSettings, request: &Request<Bytes>) -> Result<(), StripeProblem> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, rest) = header.and_then(|header| header.split_once(' ')).ok_or_else(StripeProblem::no_key)?;
    let key = match scheme {
        "Bearer" => rest.to_owned(),
        "Basic" => {
            let pair = BASE64_STANDARD.decode(rest).ok().and_then(|pair| String::from_utf8(pair).ok());
            pair.and_then(|pair| pair.strip_suffix(':').map(str::to_owned)).ok_or_else(StripeProblem::no_key)?
        }
        _ => return Err(StripeProblem::no_key()),
    };
    if key == settings.secret_key { Ok(()) } else { Err(StripeProblem::wrong_key()) }
}

/// Carries a request out, unless its key has an answer from an earlier request.
fn once(
    state: &mut StripeState,
    now: Timestamp,
    request: &Request<Bytes>,
    carry_out: impl FnOnce(&mut StripeState, FormParameters) -> StripeResult,
) -> StripeResult {
    let form = FormParameters::of_body(request)?;
    let Some(key) = request.headers().get("idempotency-key") else { return carry_out(state, form) };
    let key = key.to_str().map_err(|_| StripeProblem::malformed("The idempotency key is no text."))?;
    let call = KeyedRequest { key, path: request.uri().path(), parameters: form.fingerprint() };
    if let Some(answer) = state.answers.replay(now, &call)? {
        return Ok(answer);
    }
    let answer = carry_out(state, form)?;
    state.answers.remember(now, call, &answer);
    Ok(answer)
}

fn create(
    settings: &FakeStripeSettings,
    state: &mut StripeState,
    now: Timestamp,
    form: FormParameters,
) -> StripeResult {
    let order = submission::order(now, form)?;
    let id = state.new_id("cs_test_a1", 56, now);
    let url = format!("{}/c/pay/{id}", settings.public_base);
    let session = CheckoutSession::new(id, url, order, now);
    let shown = session.to_json();
    state.sessions.push(session);
    state.counts.sessions += 1;
    Ok(json_answer(StatusCode::OK, &shown))
}

fn expire(state: &mut StripeState, now: Timestamp, id: &str, form: FormParameters) -> StripeResult {
    form.finish()?;
    let session = state.session(id).ok_or_else(|| StripeProblem::no_such("checkout.session", "session", id))?;
    if !session.is_open() {
        return Err(StripeProblem::malformed("Only Checkout Sessions with a status in [\"open\"] can be expired."));
    }
    let (at, kind, object) = session.expire(now);
    state.tell(at, kind, &object);
    Ok(json_answer(StatusCode::OK, &object))
}
