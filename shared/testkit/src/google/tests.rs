use super::{
    consent::{
        CLIENT_SECRET, GOOGLE_AUTHORIZE_URL, GOOGLE_CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL,
        GoogleProfile,
    },
    token::Tampering,
};
use crate::world::World;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use url::{Url, form_urlencoded};

const CALLBACK: &str = "https://cinemaxsai.test/v1/login/google/callback";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

fn authorize_url() -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let parameters = [
        ("client_id", GOOGLE_CLIENT_ID),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email profile"),
        ("state", "0123456789abcdef"),
        ("nonce", "fedcba9876543210"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    Url::parse_with_params(GOOGLE_AUTHORIZE_URL, parameters).unwrap().into()
}

fn code(callback: &str) -> String {
    let query: BTreeMap<_, _> = Url::parse(callback).unwrap().query_pairs().into_owned().collect();
    assert_eq!(query["state"], "0123456789abcdef");
    query["code"].clone()
}

async fn exchange(world: &World, code: &str, change: (&str, &str)) -> (u16, Value) {
    let mut form = BTreeMap::from([
        ("grant_type", "authorization_code"),
        ("client_id", GOOGLE_CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]);
    form.insert(change.0, change.1);
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = http::Request::post(GOOGLE_TOKEN_URL).header("content-type", "application/x-www-form-urlencoded");
    let answer = world.net().fetch(request.body(form.into()).unwrap(), 10_000).await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

async fn verified(world: &World, token: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let request = http::Request::get(GOOGLE_JWKS_URL).body(Bytes::new()).unwrap();
    let keys = world.net().fetch(request, 10_000).await.unwrap();
    let keys: JwkSet = serde_json::from_slice(keys.body()).unwrap();
    let kid = jsonwebtoken::decode_header(token)?.kid.unwrap_or_default();
    let key = keys.find(&kid).ok_or(jsonwebtoken::errors::ErrorKind::InvalidSignature)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[GOOGLE_CLIENT_ID]);
    validation.set_issuer(&[GOOGLE_ISSUER]);
    validation.validate_exp = false;
    Ok(decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims)
}

#[tokio::test(start_paused = true)]
async fn a_code_gives_the_persons_token_once() {
    let world = World::new(1);
    let google = world.google();
    let code = code(&google.sign_in(&authorize_url(), &GoogleProfile::new("ada")));
    let (status, answer) = exchange(&world, &code, ("code", &code)).await;
    assert_eq!(status, 200, "{answer}");
    let claims = verified(&world, answer["id_token"].as_str().unwrap()).await.unwrap();
    assert_eq!((claims["sub"].as_str(), claims["email_verified"].as_bool()), (Some("ada"), Some(true)));
    assert_eq!(claims["nonce"], "fedcba9876543210");
    assert_eq!(claims["exp"], world.now().as_second() + 3600);
    let (status, answer) = exchange(&world, &code, ("code", &code)).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "a code is valid once");
}

#[tokio::test(start_paused = true)]
async fn an_exchange_with_a_wrong_parameter_is_refused() {
    let cases = [
        (("client_id", "another"), 401, "invalid_client"),
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("redirect_uri", "https://elsewhere.test/"), 400, "redirect_uri_mismatch"),
        (("code_verifier", "another-verifier"), 400, "invalid_grant"),
        (("code", "4/unknown"), 400, "invalid_grant"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
    ];
    for (change, status, error) in cases {
        let world = World::new(1);
        let code = code(&world.google().sign_in(&authorize_url(), &GoogleProfile::new("ada")));
        let answer = exchange(&world, &code, change).await;
        assert_eq!((answer.0, answer.1["error"].as_str()), (status, Some(error)), "{change:?}");
    }
    let world = World::new(1);
    let code = code(&world.google().sign_in(&authorize_url(), &GoogleProfile::new("ada")));
    world.advance(Duration::from_secs(601));
    assert_eq!(exchange(&world, &code, ("code", &code)).await.0, 400, "a code is valid for ten minutes");
}

#[tokio::test(start_paused = true)]
async fn forged_tokens_do_not_verify() {
    let forged = [
        Tampering::UnknownKey,
        Tampering::OtherKey,
        Tampering::Unsigned,
        Tampering::PublicKeyAsSecret,
        Tampering::Changed,
    ];
    for tampering in forged.into_iter().chain([Tampering::Issuer, Tampering::Audience]) {
        let world = World::new(1);
        let google = world.google();
        google.tamper(tampering);
        let code = code(&google.sign_in(&authorize_url(), &GoogleProfile::new("ada")));
        let (_, answer) = exchange(&world, &code, ("code", &code)).await;
        let token = answer["id_token"].as_str().unwrap();
        assert!(verified(&world, token).await.is_err(), "{tampering:?} must not verify");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotated_key_signs_and_the_one_before_is_still_published() {
    let world = World::new(1);
    let google = world.google();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let code = code(&google.sign_in(&authorize_url(), &GoogleProfile::new("ada")));
        let (_, answer) = exchange(&world, &code, ("code", &code)).await;
        tokens.push(answer["id_token"].as_str().unwrap().to_owned());
        google.rotate_key();
    }
    assert!(verified(&world, &tokens[1]).await.is_ok());
    assert!(verified(&world, &tokens[0]).await.is_err(), "two rotations later the key is gone");
}

#[tokio::test(start_paused = true)]
async fn a_security_event_verifies_unless_it_is_tampered_with() {
    const DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    let world = World::new(1);
    let google = world.google();
    let token = google.security_event(DISABLED, "ada");
    assert_eq!(jsonwebtoken::decode_header(&token).unwrap().typ.as_deref(), Some("secevent+jwt"));
    let claims = claims_of_event(&world, &token).await.unwrap();
    assert!(claims["exp"].is_null() && claims["sub"].is_null() && claims["jti"].is_string(), "{claims}");
    assert_eq!(claims["iat"], world.now().as_second());
    assert_eq!(claims["events"][DISABLED]["subject"]["sub"], "ada");
    let claims = claims_of_event(&world, &google.security_event(DISABLED, "")).await.unwrap();
    assert!(claims["events"][DISABLED]["subject"].is_null(), "an event about nobody: {claims}");
    for tampering in Tampering::OF_EVENTS {
        google.tamper(tampering);
        let token = google.security_event(DISABLED, "ada");
        assert!(claims_of_event(&world, &token).await.is_none(), "{tampering:?} must not verify");
    }
}

/// The claims of a security event token that Google's published key has signed for us.
async fn claims_of_event(world: &World, token: &str) -> Option<Value> {
    let request = http::Request::get(GOOGLE_JWKS_URL).body(Bytes::new()).unwrap();
    let keys = world.net().fetch(request, 10_000).await.unwrap();
    let keys: JwkSet = serde_json::from_slice(keys.body()).unwrap();
    let key = keys.find(&jsonwebtoken::decode_header(token).ok()?.kid?)?.clone();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[GOOGLE_CLIENT_ID]);
    validation.set_issuer(&[GOOGLE_ISSUER]);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    Some(decode::<Value>(token, &DecodingKey::from_jwk(&key).unwrap(), &validation).ok()?.claims)
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "code_challenge_method")]
async fn a_login_without_pkce_fails_the_test() {
    let world = World::new(1);
    let _ = world.google().sign_in(&authorize_url().replace("S256", "plain"), &GoogleProfile::new("ada"));
}
