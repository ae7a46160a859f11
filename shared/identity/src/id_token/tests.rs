use super::*;
use crate::test_partner::{CLIENT_ID, ISSUER, JWKS_URL, Key, NONCE, Partner, claims, header, now};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::time::Duration;

fn keys(partner: &Partner) -> RsaKeySet {
    RsaKeySet::new(partner.http(), JWKS_URL.to_owned())
}

async fn verified_at(token: &str, keys: &RsaKeySet, now: Timestamp) -> Result<IdentityProfile> {
    let expected = Expected { issuer: ISSUER, client_id: CLIENT_ID, nonce: NONCE, now };
    verify(token, &expected, keys).await
}

async fn verified(token: &str) -> Result<IdentityProfile> {
    verified_at(token, &keys(&Partner::new()), now()).await
}

fn signed(claims: &Value) -> String {
    Key::ours().sign(&header("one"), claims)
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[track_caller]
fn refused(result: Result<IdentityProfile>, why: &str) {
    match result {
        Err(Error::SignInFailed { .. }) => {}
        other => panic!("{why}: expected sign_in_failed, got {other:?}"),
    }
}

#[tokio::test]
async fn a_valid_token_has_the_profile() {
    let profile = verified(&signed(&claims())).await.unwrap();
    assert_eq!(
        profile,
        IdentityProfile {
            issuer: ISSUER.into(),
            subject: "117209350413".into(),
            email: Some("ada@example.com".into()),
            email_verified: true,
            name: Some("Ada Lovelace".into()),
            picture_url: Some("https://lh3.googleusercontent.com/a/x".into()),
        }
    );
}

#[tokio::test]
async fn both_spellings_of_the_issuer_are_accepted() {
    let profile = verified(&signed(&with("iss", json!("accounts.google.com")))).await.unwrap();
    assert_eq!(profile.issuer, ISSUER);
}

#[tokio::test]
async fn only_the_subject_is_required() {
    let mut bare = claims();
    for optional in ["email", "email_verified", "name", "picture", "azp"] {
        bare.as_object_mut().unwrap().remove(optional);
    }
    let profile = verified(&signed(&bare)).await.unwrap();
    assert_eq!((profile.email, profile.name, profile.picture_url), (None, None, None));
    assert!(!profile.email_verified);
}

#[tokio::test]
async fn an_address_is_verified_only_if_the_token_says_so() {
    for (said, holds) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("yes"), false),
        (Value::Null, false),
    ] {
        let profile = verified(&signed(&with("email_verified", said.clone()))).await.unwrap();
        assert_eq!(profile.email_verified, holds, "email_verified = {said}");
    }
}

#[tokio::test]
async fn claims_of_another_sign_in_are_refused() {
    let second = now().as_second();
    for (claim, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!("http://accounts.google.com")),
        ("iss", json!([ISSUER])),
        ("aud", json!("other.example")),
        ("aud", json!([])),
        ("aud", json!(["other.example"])),
        ("azp", json!("other.example")),
        ("nonce", json!("another")),
        ("nonce", json!("")),
        ("exp", json!(second - 3600)),
        ("exp", json!("9999999999")),
        ("iat", json!(second + 3600)),
        ("sub", json!("")),
        ("sub", json!("9".repeat(256))),
        ("sub", json!(42)),
    ] {
        refused(verified(&signed(&with(claim, value.clone()))).await, &format!("{claim} = {value}"));
    }
    for claim in ["iss", "aud", "nonce", "exp", "iat", "sub"] {
        refused(verified(&signed(&without(claim))).await, &format!("without {claim}"));
    }
}

#[tokio::test]
async fn among_several_audiences_we_must_be_the_authorised_party() {
    let several = json!([CLIENT_ID, "other.example"]);
    assert!(verified(&signed(&with("aud", several.clone()))).await.is_ok());
    assert!(verified(&signed(&with("aud", json!([CLIENT_ID])))).await.is_ok());
    let mut unauthorised = with("aud", several);
    unauthorised.as_object_mut().unwrap().remove("azp");
    refused(verified(&signed(&unauthorised)).await, "several audiences without azp");
    unauthorised["azp"] = json!("other.example");
    refused(verified(&signed(&unauthorised)).await, "another authorised party");
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart() {
    let second = now().as_second();
    assert!(verified(&signed(&with("exp", json!(second - 59)))).await.is_ok());
    refused(verified(&signed(&with("exp", json!(second - 60)))).await, "expired a minute ago");
    assert!(verified(&signed(&with("iat", json!(second + 60)))).await.is_ok());
    refused(verified(&signed(&with("iat", json!(second + 61)))).await, "issued in more than a minute");
}

#[tokio::test]
async fn no_other_algorithm_or_key_is_accepted() {
    let modulus = Key::ours().modulus();
    let jwk_text = URL_SAFE_NO_PAD.encode(&modulus);
    for secret in [modulus.as_slice(), jwk_text.as_bytes()] {
        let header = Header { alg: Algorithm::HS256, ..header("one") };
        let token = encode(&header, &claims(), &EncodingKey::from_secret(secret).unwrap()).unwrap();
        refused(verified(&token).await, "HS256 with the public modulus as its secret");
    }
    let good = signed(&claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    for alg in ["none", "None", "", "HS256", "ES256", "RS512"] {
        let head = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "kid": "one"}).to_string());
        refused(verified(&format!("{head}.{payload}.")).await, &format!("alg {alg:?} without a signature"));
        refused(verified(&format!("{head}.{payload}.{signature}")).await, &format!("alg {alg:?} in a changed header"));
    }
    for alg in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let token = Key::ours().sign(&Header { alg, ..header("one") }, &claims());
        refused(verified(&token).await, &format!("{alg:?} by the right key"));
    }
    refused(verified(&Key::strangers().sign(&header("one"), &claims())).await, "another key under the same id");
    let critical = Header { crit: Some(vec!["b64".into()]), ..header("one") };
    refused(verified(&Key::ours().sign(&critical, &claims())).await, "a critical header that is not understood");
    for garbage in ["", ".", "..", "a.b.c", &good[..good.len() - 2], &format!("{good}A"), &format!("{good}.e30")] {
        refused(verified(garbage).await, "garbage");
    }
}

#[tokio::test]
async fn a_token_without_a_key_id_needs_a_set_of_one_key() {
    let token = Key::ours().sign(&Header::new(Algorithm::RS256), &claims());
    let partner = Partner::new();
    assert!(verified_at(&token, &keys(&partner), now()).await.is_ok());
    partner.publish(vec![Key::ours().jwk("one"), Key::strangers().jwk("two")]);
    refused(verified_at(&token, &keys(&partner), now()).await, "which key is meant");
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_a_new_key() {
    let partner = Partner::new();
    let keys = keys(&partner);
    let after = |seconds| now().checked_add(Duration::from_secs(seconds)).unwrap();
    for _ in 0..3 {
        assert!(verified_at(&signed(&claims()), &keys, now()).await.is_ok());
    }
    assert_eq!(partner.key_fetches(), 1, "known keys must not be fetched again");

    partner.publish(vec![Key::strangers().jwk("two")]);
    let rotated = Key::strangers().sign(&header("two"), &claims());
    refused(verified_at(&rotated, &keys, after(59)).await, "the keys were fetched within the last minute");
    assert_eq!(partner.key_fetches(), 1);
    assert!(verified_at(&rotated, &keys, after(61)).await.is_ok());
    assert_eq!(partner.key_fetches(), 2);

    let unknown = Key::strangers().sign(&header("three"), &claims());
    for _ in 0..5 {
        refused(verified_at(&unknown, &keys, after(62)).await, "a key that is not published");
    }
    refused(verified_at(&signed(&claims()), &keys, after(62)).await, "a key that was withdrawn");
    assert_eq!(partner.key_fetches(), 2, "an unknown key may cause one fetch a minute");
}

#[tokio::test]
async fn a_withdrawn_key_is_accepted_for_an_hour_at_most() {
    let partner = Partner::new();
    let keys = keys(&partner);
    assert!(verified_at(&signed(&claims()), &keys, now()).await.is_ok());
    partner.publish(vec![Key::strangers().jwk("two")]);
    let later = now().checked_add(Duration::from_secs(3_600)).unwrap();
    refused(verified_at(&signed(&claims()), &keys, later).await, "a key that was withdrawn an hour ago");
}

#[tokio::test]
async fn keys_for_other_purposes_are_left_out() {
    let partner = Partner::new();
    let mut for_encryption = Key::ours().jwk("one");
    for_encryption["use"] = json!("enc");
    let mut for_pss = Key::ours().jwk("one");
    for_pss["alg"] = json!("PS256");
    let elliptic = json!({"kty": "EC", "kid": "one", "crv": "P-256", "x": "AA", "y": "AA"});
    for other in [for_encryption, for_pss, elliptic] {
        partner.publish(vec![other.clone()]);
        refused(verified_at(&signed(&claims()), &keys(&partner), now()).await, &other.to_string());
    }
}

#[tokio::test]
async fn without_the_key_set_a_sign_in_is_unavailable() {
    let partner = Partner::new();
    for answer in [(StatusCode::BAD_GATEWAY, "{}".to_owned()), (StatusCode::OK, "<html>".to_owned())] {
        partner.state(|state| state.jwks = Some(answer));
        let keys = keys(&partner);
        let error = verified_at(&signed(&claims()), &keys, now()).await.unwrap_err();
        assert_eq!(error.code(), "unavailable");
        partner.state(|state| state.jwks = None);
        assert!(verified_at(&signed(&claims()), &keys, now()).await.is_ok(), "a failed fetch must not be remembered");
    }
}
