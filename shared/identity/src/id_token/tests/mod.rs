mod bad_claims;
mod keys;

use super::*;
use crate::test_partner::{
    APPLE_ISSUER, APPLE_JWKS_URL, CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, Key, NONCE, Partner, SERVICES_ID,
    apple_claims, google_claims, header, now, with, without,
};
use jsonwebtoken::Header;
use kernel::Error;
use serde_json::{Value, json};

/// A partner with ID tokens.
pub(super) struct Issuing {
    provider: IdentityProvider,
    issuer: Issuer,
    client_id: &'static str,
    jwks_url: &'static str,
    claims: Value,
}

pub(super) fn google() -> Issuing {
    Issuing {
        provider: IdentityProvider::Google,
        issuer: Issuer::google(GOOGLE_ISSUER.into()),
        client_id: CLIENT_ID,
        jwks_url: GOOGLE_JWKS_URL,
        claims: google_claims(),
    }
}

pub(super) fn apple() -> Issuing {
    Issuing {
        provider: IdentityProvider::Apple,
        issuer: Issuer::exactly(APPLE_ISSUER.into()),
        client_id: SERVICES_ID,
        jwks_url: APPLE_JWKS_URL,
        claims: apple_claims(),
    }
}

impl Issuing {
    fn keys(&self, partner: &Partner) -> RsaKeySet {
        RsaKeySet::new(partner.http(), self.jwks_url.to_owned())
    }

    async fn verified_at(&self, token: &str, keys: &RsaKeySet, now: Timestamp) -> Result<IdentityProfile> {
        let Self { provider, issuer, client_id, .. } = self;
        let expected = Expected { provider: *provider, issuer, client_id, nonce: NONCE, now };
        verify(token, &expected, keys).await
    }

    async fn verified(&self, token: &str) -> Result<IdentityProfile> {
        self.verified_at(token, &self.keys(&Partner::new()), now()).await
    }

    fn with(&self, name: &str, value: Value) -> Value {
        with(self.claims.clone(), name, value)
    }

    fn without(&self, name: &str) -> Value {
        without(self.claims.clone(), name)
    }
}

fn signed(claims: &Value) -> String {
    Key::ours().sign(&header("one"), claims)
}

/// The sentence of a refusal.
#[track_caller]
fn refused(result: Result<IdentityProfile>, why: &str) -> &'static str {
    match result {
        Err(Error::SignInFailed { detail }) => detail,
        other => panic!("{why}: expected sign_in_failed, got {other:?}"),
    }
}

#[tokio::test]
async fn a_valid_token_of_google_has_the_profile() {
    let profile = google().verified(&signed(&google_claims())).await.unwrap();
    assert_eq!(
        profile,
        IdentityProfile {
            issuer: GOOGLE_ISSUER.into(),
            subject: "117209350413".into(),
            email: Some("ada@example.com".into()),
            email_verified: true,
            is_private_email: false,
            name: Some("Ada Lovelace".into()),
            picture_url: Some("https://lh3.googleusercontent.com/a/x".into()),
        }
    );
    let typed = Header { typ: Some("JWT".into()), ..header("one") };
    assert!(google().verified(&Key::ours().sign(&typed, &google_claims())).await.is_ok());
}

#[tokio::test]
async fn a_valid_token_of_apple_has_a_relay_and_no_name() {
    let profile = apple().verified(&signed(&apple_claims())).await.unwrap();
    assert_eq!(
        profile,
        IdentityProfile {
            issuer: APPLE_ISSUER.into(),
            subject: "001999.e2ab.0815".into(),
            email: Some("q7@privaterelay.appleid.com".into()),
            email_verified: true,
            is_private_email: true,
            name: None,
            picture_url: None,
        }
    );
}

#[tokio::test]
async fn google_writes_its_issuer_in_two_ways_and_apple_in_one() {
    let google = google();
    let profile = google.verified(&signed(&google.with("iss", json!("accounts.google.com")))).await.unwrap();
    assert_eq!(profile.issuer, GOOGLE_ISSUER);
    let apple = apple();
    refused(apple.verified(&signed(&apple.with("iss", json!("appleid.apple.com")))).await, "bare issuer at Apple");
}

#[tokio::test]
async fn only_the_subject_is_required() {
    for at in [google(), apple()] {
        let mut bare = at.claims.clone();
        for optional in ["email", "email_verified", "is_private_email", "nonce_supported", "name", "picture", "azp"] {
            bare.as_object_mut().unwrap().remove(optional);
        }
        let profile = at.verified(&signed(&bare)).await.unwrap();
        assert_eq!((profile.email, profile.name, profile.picture_url), (None, None, None));
        assert!(!profile.email_verified && !profile.is_private_email);
    }
}

#[tokio::test]
async fn a_boolean_may_be_text() {
    for (said, holds) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("yes"), false),
        (Value::Null, false),
    ] {
        for at in [google(), apple()] {
            let profile = at.verified(&signed(&at.with("email_verified", said.clone()))).await.unwrap();
            assert_eq!(profile.email_verified, holds, "email_verified = {said}");
            let profile = at.verified(&signed(&at.with("is_private_email", said.clone()))).await.unwrap();
            assert_eq!(profile.is_private_email, holds, "is_private_email = {said}");
        }
    }
}

#[tokio::test]
async fn among_several_audiences_we_must_be_the_authorised_party() {
    let google = google();
    let several = json!([CLIENT_ID, "other.example"]);
    assert!(google.verified(&signed(&google.with("aud", several))).await.is_ok());
    assert!(google.verified(&signed(&google.with("aud", json!([CLIENT_ID])))).await.is_ok());
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart() {
    let second = now().as_second();
    for at in [google(), apple()] {
        let times = |iat: i64, exp: i64| with(at.with("iat", json!(second + iat)), "exp", json!(second + exp));
        for (iat, exp) in [(0, 3_600), (60, 3_660), (-3_600, -59), (-3_600, 1)] {
            let result = at.verified(&signed(&times(iat, exp))).await;
            assert!(result.is_ok(), "issued {iat} s and expiring {exp} s from now: {result:?}");
        }
        for (iat, exp) in [(61, 3_661), (7_200, 10_800), (-3_660, -60), (-90_000, -3_600)] {
            let detail = refused(at.verified(&signed(&times(iat, exp))).await, "clocks that differ");
            assert_eq!(detail, crate::token::CLOCKS_DIFFER, "issued {iat} s and expiring {exp} s from now");
        }
        let early = at.with("nbf", json!(second + 61));
        assert_eq!(refused(at.verified(&signed(&early)).await, "not yet valid"), crate::token::CLOCKS_DIFFER);
        assert!(at.verified(&signed(&at.with("nbf", json!(second + 60)))).await.is_ok());
    }
}

/// The log line says this number.
#[test]
fn the_difference_of_the_clocks_is_told_in_seconds() {
    let second = now().as_second();
    for (iat, nbf, exp, difference) in [
        (0, None, 3_600, None),
        (61, None, 3_661, Some(61)),
        (0, Some(300), 3_600, Some(300)),
        (90, Some(30), 3_690, Some(90)),
        (-7_200, None, -3_600, Some(-7_200)),
        (-3_660, None, -60, Some(-3_660)),
    ] {
        let mut claims = with(google_claims(), "iat", json!(second + iat));
        claims["exp"] = json!(second + exp);
        claims["nbf"] = nbf.map_or(Value::Null, |nbf: i64| json!(second + nbf));
        let claims: Claims = serde_json::from_value(claims).unwrap();
        assert_eq!(claims.clock_difference(now()), difference, "iat {iat}, nbf {nbf:?}, exp {exp}");
    }
}
