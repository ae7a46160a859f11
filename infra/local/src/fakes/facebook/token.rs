//! Tokens: the exchange of codes, and `debug_token`.

use super::{
    knobs::FacebookTokenMode,
    problem::{GraphProblem, graph_answer},
    settings::FakeFacebookSettings,
    state::{FacebookState, GrantedToken},
};
use crate::fakes::sign_in::{parameters::Parameters, pkce};
use bytes::Bytes;
use http::Response;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::mem;

type GraphResult = Result<Response<Bytes>, GraphProblem>;

/// How long a code can be exchanged.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How long a person's token is valid: about 60 days.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The length of a token, in characters. Facebook's are longer.
const TOKEN_CHARS: usize = 64;

/// `oauth/access_token`, with the parameters of query and body.
pub(super) fn exchange(
    settings: &FakeFacebookSettings,
    state: &mut FacebookState,
    now: Timestamp,
    sent: &Parameters,
) -> GraphResult {
    if let Some(other) = sent.get("grant_type").filter(|kind| *kind != "authorization_code") {
        let why = format!("Invalid grant_type: '{other}'. Supported types: authorization_code");
        return Err(GraphProblem::new(100, why));
    }
    match sent.get("client_id") {
        None => return Err(GraphProblem::new(101, "Missing client_id parameter.")),
        Some(id) if id != settings.app_id => {
            return Err(GraphProblem::new(101, "Error validating application. Invalid application ID."));
        }
        Some(_) => {}
    }
    let redirect_uri = sent.get("redirect_uri");
    let redirect_uri = redirect_uri.ok_or_else(|| GraphProblem::new(191, "Missing redirect_uri parameter."))?;
    if sent.text("client_secret") != settings.app_secret {
        return Err(GraphProblem::new(1, "Error validating client secret."));
    }
    let code = sent.get("code").ok_or_else(|| GraphProblem::new(1, "Missing authorization code"))?;
    let found = state.codes.get_mut(code);
    let found = found.ok_or_else(|| GraphProblem::new(100, "Invalid verification code format."))?;
    let (was_spent, granted) = (mem::replace(&mut found.is_spent, true), found.clone());
    if was_spent {
        return Err(GraphProblem::new(100, "This authorization code has been used.").with_subcode(36_009));
    }
    if now.duration_since(granted.at) > CODE_LIFE {
        return Err(GraphProblem::new(100, "This authorization code has expired.").with_subcode(36_007));
    }
    if redirect_uri != granted.redirect_uri {
        let why = "Error validating verification code. Please make sure your redirect_uri is identical to the one you used \
                   in the OAuth dialog request";
        return Err(GraphProblem::new(100, why).with_subcode(36_008));
    }
    if !pkce::fits(granted.challenge.as_deref(), sent.get("code_verifier")) {
        return Err(GraphProblem::new(100, "Error validating verification code. The code_verifier does not match."));
    }
    let token = format!("EAA{}", state.new_text(TOKEN_CHARS, now));
    let expires_at = now.saturating_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX);
    let kept = GrantedToken { at: now, expires_at, person: granted.person, has_email: granted.has_email };
    state.tokens.insert(token.clone(), kept);
    state.counts.exchanges += 1;
    let answer = json!({ "access_token": token, "token_type": "bearer", "expires_in": TOKEN_LIFE.as_secs() });
    Ok(graph_answer(&answer))
}

/// `debug_token`, which our app alone may ask, with its own token.
pub(super) fn debugged(
    settings: &FakeFacebookSettings,
    state: &FacebookState,
    now: Timestamp,
    access_token: Option<&str>,
    sent: &Parameters,
) -> GraphResult {
    let access_token =
        access_token.ok_or_else(|| GraphProblem::new(104, "An access token is required to request this resource."))?;
    if state.tokens.contains_key(access_token) {
        let why = "(#100) You must provide an app access token, or a user access token that is an owner or developer of \
                   the app";
        return Err(GraphProblem::new(100, why));
    }
    if access_token != settings.app_token() {
        return Err(GraphProblem::new(190, "Invalid OAuth access token signature."));
    }
    if sent.get("appsecret_proof").is_some_and(|proof| proof != settings.proof(access_token)) {
        return Err(GraphProblem::method("Invalid appsecret_proof provided in the API argument"));
    }
    let input = sent.get("input_token").ok_or_else(|| GraphProblem::missing("input_token"))?;
    let mode = state.knobs.token;
    let Some(token) = state.tokens.get(input) else {
        let error = json!({ "code": 190, "message": "Invalid OAuth access token." });
        return Ok(graph_answer(&json!({ "data": { "error": error, "is_valid": false, "scopes": [] } })));
    };
    let is_alive = now < token.expires_at && state.people.contains_key(&token.person);
    let expires_at = match mode {
        FacebookTokenMode::Expired => now.as_second() - 3_600,
        _ => token.expires_at.as_second(),
    };
    let user_id = match mode {
        FacebookTokenMode::OtherUser => settings.user_id("somebody else"),
        _ => settings.user_id(&token.person),
    };
    let scopes = if token.has_email { vec!["email", "public_profile"] } else { vec!["public_profile"] };
    let mut data = json!({
        "app_id": if mode == FacebookTokenMode::OtherApp { "702300000000999" } else { settings.app_id.as_str() },
        "type": if mode == FacebookTokenMode::Page { "PAGE" } else { "USER" },
        "application": "Cinemaxsai",
        "data_access_expires_at": token.expires_at.as_second(),
        "expires_at": expires_at,
        "is_valid": is_alive && mode != FacebookTokenMode::Invalid,
        "issued_at": token.at.as_second(),
        "scopes": scopes,
        "user_id": user_id,
    });
    if !is_alive {
        let message = "Error validating access token: The session is invalid because the user logged out.";
        data["error"] = json!({ "code": 190, "message": message, "subcode": 467 });
    }
    Ok(graph_answer(&json!({ "data": data })))
}
