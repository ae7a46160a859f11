//! ID tokens, right and wrong.

use super::{
    keys,
    knobs::{AppleFlags, AppleIdTokenMode},
    settings::FakeAppleSettings,
    state::{AppleState, Authorization, GrantedCode},
};
use crate::fakes::sign_in::jwt::{part, signed};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// How long an ID token is valid, in seconds.
const LIFE_S: i64 = 24 * 60 * 60;

/// The ID token of an authorization. `bound` is the claim with the hash of a code or an access
/// token that comes with it, and that text.
pub(super) fn issue(
    settings: &FakeAppleSettings,
    state: &AppleState,
    now: Timestamp,
    granted: &GrantedCode,
    authorization: &Authorization,
    bound: (&str, &str),
) -> String {
    let mut claims = claims(settings, state, now, granted, authorization);
    claims[bound.0] = half_hash(bound.1).into();
    let key = keys::current(state.rotations);
    let mut remove = |name: &str| drop(claims.as_object_mut().and_then(|claims| claims.remove(name)));
    match state.knobs.id_token {
        AppleIdTokenMode::NoNonce => remove("nonce"),
        AppleIdTokenMode::NoSubject => remove("sub"),
        AppleIdTokenMode::NoEmail => ["email", "email_verified", "is_private_email"].into_iter().for_each(remove),
        AppleIdTokenMode::Issuer => claims["iss"] = "https://appleid.elsewhere.test".into(),
        AppleIdTokenMode::Audience => claims["aud"] = "com.another.web".into(),
        AppleIdTokenMode::Nonce => claims["nonce"] = "the nonce of another attempt".into(),
        AppleIdTokenMode::Expired => {
            claims["iat"] = (now.as_second() - LIFE_S - 3600).into();
            claims["exp"] = (now.as_second() - 3600).into();
        }
        AppleIdTokenMode::Unsigned => {
            return format!("{}.{}.", part(&json!({ "alg": "none", "kid": key.id() })), part(&claims));
        }
        AppleIdTokenMode::UnknownKey => return signed(keys::strangers().id(), &claims, keys::strangers()),
        AppleIdTokenMode::OtherKey => return signed(key.id(), &claims, keys::strangers()),
        AppleIdTokenMode::Good => {}
    }
    signed(key.id(), &claims, key)
}

fn claims(
    settings: &FakeAppleSettings,
    state: &AppleState,
    now: Timestamp,
    granted: &GrantedCode,
    authorization: &Authorization,
) -> Value {
    let flag = |is_set: bool| match state.knobs.flags {
        AppleFlags::Text => json!(is_set.to_string()),
        AppleFlags::Boolean => json!(is_set),
    };
    let mut claims = json!({
        "iss": settings.issuer(),
        "aud": settings.client_id,
        "exp": now.as_second() + LIFE_S,
        "iat": now.as_second(),
        "sub": settings.subject(&granted.person),
        "auth_time": granted.at.as_second(),
        "nonce_supported": true,
    });
    if let Some(nonce) = &granted.nonce {
        claims["nonce"] = nonce.as_str().into();
    }
    if granted.has_email {
        claims["email"] = authorization.email.as_str().into();
        claims["email_verified"] = flag(true);
        claims["is_private_email"] = flag(authorization.is_private);
    }
    claims
}

/// The left half of the SHA-256, as OpenID Connect Core defines `at_hash` and `c_hash`.
fn half_hash(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}
