//! The exchange of a code.

use super::assert_is_client_secret;
use crate::{
    answer::{AttemptSecrets, Returned, VerifiedIdentity},
    apple::{client::Apple, settings::AppleSettings},
    provider::IdentityProvider,
    test_partner::{
        APPLE_JWKS_URL, APPLE_TOKEN_URL, CODE, Key, NONCE, Partner, SERVICES_ID, VERIFIER, apple_claims,
        apple_settings, exchanged, header, now, partners, with, without,
    },
};
use kernel::Result;
use serde_json::{Value, json};

fn answer(partner: &Partner, claims: &Value) {
    let id_token = Key::ours().sign(&header("one"), claims);
    let tokens = json!({
        "access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r.0.abc-_", "id_token": id_token,
    });
    partner.answer(APPLE_TOKEN_URL, 200, tokens);
}

async fn exchanged_with(user: Option<&str>) -> Result<VerifiedIdentity> {
    let partner = Partner::new();
    answer(&partner, &apple_claims());
    let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
    partners(&partner).exchange_code(IdentityProvider::Apple, &Returned { code: CODE, user }, &attempt, now()).await
}

#[tokio::test]
async fn a_code_is_exchanged_for_the_profile_and_the_refresh_token() {
    let partner = Partner::new();
    answer(&partner, &apple_claims());
    let identity = exchanged(&partner, IdentityProvider::Apple).await.unwrap();
    assert_eq!(identity.profile.subject, "001999.e2ab.0815");
    assert_eq!(identity.profile.name.as_deref(), Some("Ada Lovelace"));
    assert!(identity.profile.email_verified && identity.profile.is_private_email);
    assert_eq!(identity.refresh_token.as_deref(), Some("r.0.abc-_"));
    assert_eq!(format!("{identity:?}"), "VerifiedIdentity", "what is printed shows nothing of a person");

    let mut form = partner.form(APPLE_TOKEN_URL);
    assert_is_client_secret(&form.remove("client_secret").unwrap());
    let expected = [
        ("client_id", SERVICES_ID),
        ("code", CODE),
        ("code_verifier", VERIFIER),
        ("grant_type", "authorization_code"),
        ("redirect_uri", "https://cinemaxsai.example/v1/login/apple/callback"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn the_address_that_came_with_the_browser_is_never_taken() {
    let user = r#"{"name":{"firstName":"Eve"},"email":"foreign@example.com"}"#;
    let partner = Partner::new();
    answer(&partner, &without(apple_claims(), "email"));
    let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
    let returned = Returned { code: CODE, user: Some(user) };
    let identity = partners(&partner).exchange_code(IdentityProvider::Apple, &returned, &attempt, now()).await.unwrap();
    assert_eq!(identity.profile.email, None);
    assert_eq!(identity.profile.name.as_deref(), Some("Eve"));
}

#[tokio::test]
async fn a_name_that_is_missing_or_unreadable_is_no_error() {
    for user in [None, Some(""), Some("{"), Some("[]"), Some(r#"{"name":7}"#), Some(r#"{"email":"a@b.example"}"#)] {
        let identity = exchanged_with(user).await.unwrap();
        assert_eq!(identity.profile.name, None, "{user:?}");
        assert_eq!(identity.profile.email.as_deref(), Some("q7@privaterelay.appleid.com"));
    }
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_one_is_left_out() {
    for token in [Value::Null, json!(""), json!("a b"), json!("r\r\nx: y"), json!("r".repeat(2_049))] {
        let partner = Partner::new();
        let id_token = Key::ours().sign(&header("one"), &apple_claims());
        partner.answer(APPLE_TOKEN_URL, 200, json!({"id_token": id_token, "refresh_token": token}));
        let identity = exchanged(&partner, IdentityProvider::Apple).await.unwrap();
        assert_eq!(identity.refresh_token, None, "{token}");
    }
}

#[tokio::test]
async fn an_id_token_without_a_nonce_signs_nobody_in() {
    for claims in [
        without(apple_claims(), "nonce"),
        with(without(apple_claims(), "nonce"), "nonce_supported", json!(false)),
        with(apple_claims(), "nonce", json!("another")),
    ] {
        let partner = Partner::new();
        answer(&partner, &claims);
        assert_eq!(exchanged(&partner, IdentityProvider::Apple).await.unwrap_err().code(), "sign_in_failed");
    }
}

#[tokio::test]
async fn an_exchange_takes_one_request_and_one_more_for_the_keys() {
    let partner = Partner::new();
    answer(&partner, &apple_claims());
    let partners = partners(&partner);
    for exchanges in 1..=3 {
        let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
        let returned = Returned { code: CODE, user: None };
        assert!(partners.exchange_code(IdentityProvider::Apple, &returned, &attempt, now()).await.is_ok());
        assert_eq!(partner.asked(APPLE_TOKEN_URL).len(), exchanges);
        assert_eq!(partner.asked(APPLE_JWKS_URL).len(), 1, "the keys are cached");
    }
    assert_eq!(partner.requests(), 4);
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    for change in [
        (|settings: &mut AppleSettings| settings.token_url = "token".into()) as fn(&mut AppleSettings),
        |settings| settings.jwks_url = String::new(),
        |settings| settings.private_key = "key".into(),
    ] {
        let mut settings = apple_settings();
        change(&mut settings);
        assert_eq!(Apple::new(Partner::new().http(), settings).err().unwrap().code(), "internal");
    }
}
