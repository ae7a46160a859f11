//! The endpoints for servers: the exchange of codes, the check of refresh tokens, and revocation.

use super::{
    client::authenticate,
    id_token,
    problem::AppleProblem,
    settings::FakeAppleSettings,
    state::{AppleState, GrantedCode},
};
use crate::fakes::{
    response::json_answer,
    sign_in::{parameters::Parameters, pkce},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::mem;

type AppleResult = Result<Response<Bytes>, AppleProblem>;

/// How long a code can be exchanged.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How long an access token is valid, in seconds.
const ACCESS_LIFE_S: u64 = 3_600;

/// `POST /auth/token`.
pub(super) fn answer(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> AppleResult {
    state.counts.token_requests += 1;
    let form = Parameters::of_form(request)?;
    authenticate(settings, now, &form)?;
    match form.text("grant_type") {
        "authorization_code" => exchanged(settings, state, now, &form),
        "refresh_token" => refreshed(settings, state, now, &form),
        "" => Err(AppleProblem::invalid_request("grant_type is missing.")),
        _ => Err(AppleProblem::new("unsupported_grant_type", "The grant type is not supported.")),
    }
}

fn exchanged(settings: &FakeAppleSettings, state: &mut AppleState, now: Timestamp, form: &Parameters) -> AppleResult {
    let code = form.get("code").ok_or_else(|| AppleProblem::invalid_request("code is missing."))?;
    let gone = || AppleProblem::invalid_grant("The code has expired or has been revoked.");
    let found = state.codes.get_mut(code).ok_or_else(gone)?;
    let (was_spent, granted) = (mem::replace(&mut found.is_spent, true), found.clone());
    if was_spent {
        return Err(AppleProblem::invalid_grant("The code has already been used."));
    }
    if now.duration_since(granted.at) > CODE_LIFE {
        return Err(gone());
    }
    if form.text("redirect_uri") != granted.redirect_uri {
        return Err(AppleProblem::invalid_grant("The redirect_uri does not match the authorization request."));
    }
    if !pkce::fits(granted.challenge.as_deref(), form.get("code_verifier")) {
        return Err(AppleProblem::invalid_grant("The code_verifier does not match the authorization request."));
    }
    let refresh_token = state.new_token('r', now);
    state.refresh_tokens.insert(refresh_token.clone(), granted.clone());
    state.counts.exchanges += 1;
    tokens(settings, state, now, &granted, Some(&refresh_token))
}

fn refreshed(settings: &FakeAppleSettings, state: &mut AppleState, now: Timestamp, form: &Parameters) -> AppleResult {
    let token = form.get("refresh_token");
    let token = token.ok_or_else(|| AppleProblem::invalid_request("refresh_token is missing."))?;
    let granted = state.refresh_tokens.get(token).cloned();
    let granted = granted.ok_or_else(|| AppleProblem::invalid_grant("The token has expired or has been revoked."))?;
    tokens(settings, state, now, &GrantedCode { nonce: None, ..granted }, None)
}

/// A refresh token lives on, so only the exchange of a code answers one.
fn tokens(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    granted: &GrantedCode,
    refresh_token: Option<&str>,
) -> AppleResult {
    let authorization = state.authorizations.get(&granted.person).cloned();
    let authorization = authorization.ok_or_else(|| AppleProblem::invalid_grant("The person has revoked consent."))?;
    let access_token = state.new_token('a', now);
    let id_token = id_token::issue(settings, state, now, granted, &authorization, ("at_hash", &access_token));
    let mut body = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE_S,
        "id_token": id_token,
    });
    if let Some(token) = refresh_token {
        body["refresh_token"] = token.into();
    }
    Ok(json_answer(StatusCode::OK, &body))
}

/// `POST /auth/revoke`: 200 to any token, also to one that never was.
pub(super) fn revoked(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> AppleResult {
    let form = Parameters::of_form(request)?;
    authenticate(settings, now, &form)?;
    let token = form.get("token").ok_or_else(|| AppleProblem::invalid_request("token is missing."))?;
    state.counts.revocations += 1;
    let person = state.refresh_tokens.get(token).map(|granted| granted.person.clone());
    if person.is_some_and(|person| state.end_authorization(&person)) {
        state.counts.revoked += 1;
    }
    Ok(Response::new(Bytes::new()))
}
