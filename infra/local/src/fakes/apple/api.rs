//! The routes below `/auth`.

use super::{
    authorize::{AppleProfile, AuthorizationRequest},
    keys, page,
    problem::AppleProblem,
    settings::FakeAppleSettings,
    state::AppleState,
    token,
};
use crate::fakes::{
    response::{json_answer, lost_or},
    sign_in::{answers::AnswerMode, parameters::Parameters},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;

/// The name of our service on the pages.
const CLIENT: &str = "Cinemaxsai";

pub(super) fn answer(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::POST, "/auth/authorize") => {
            sign_in_page(settings, state, now, request).unwrap_or_else(|problem| page::refused(&problem))
        }
        (&Method::GET, "/auth/keys") => {
            state.counts.key_requests += 1;
            json_answer(StatusCode::OK, &keys::key_set(state.rotations))
        }
        (&Method::POST, "/auth/token" | "/auth/revoke") => for_servers(settings, state, now, request),
        (_, "/auth/authorize" | "/auth/keys" | "/auth/token" | "/auth/revoke") => {
            json_answer(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "invalid_request" }))
        }
        _ => json_answer(StatusCode::NOT_FOUND, &json!({ "error": "invalid_request" })),
    }
}

fn for_servers(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    let mode = state.knobs.answers;
    if mode == AnswerMode::ServerError {
        return json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "server_error" }));
    }
    let answer = match request.uri().path() {
        "/auth/token" => token::answer(settings, state, now, request),
        _ => token::revoked(settings, state, now, request),
    };
    lost_or(answer.unwrap_or_else(AppleProblem::into_response), mode == AnswerMode::Lost)
}

/// The page, and its buttons: each is a form that posts to the address of the page.
fn sign_in_page(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, AppleProblem> {
    let asked = AuthorizationRequest::read(settings, &Parameters::of_query(request)?)?;
    if request.method() == Method::GET {
        return Ok(page::who(state, CLIENT, false));
    }
    let form = Parameters::of_form(request)?;
    if form.text("action") == "cancel" {
        return Ok(page::going_back(&asked.canceled()));
    }
    let person = form.text("person").trim();
    if person.is_empty() {
        return Ok(page::who(state, CLIENT, true));
    }
    let profile = profile(person, &form);
    if form.text("action") != "continue" {
        let relay = settings.relay_address(person);
        return Ok(page::consent(&asked, CLIENT, &profile, state.authorizations.get(person), &relay));
    }
    Ok(page::going_back(&asked.granted(settings, state, now, &profile)))
}

/// The person that the form describes. A form without a first name says nothing of the name.
fn profile(person: &str, form: &Parameters) -> AppleProfile {
    let profile = AppleProfile { hides_email: form.text("email") == "hide", ..AppleProfile::new(person) };
    match form.get("first_name") {
        Some(first_name) => profile.named(first_name, form.text("last_name")),
        None => profile,
    }
}
