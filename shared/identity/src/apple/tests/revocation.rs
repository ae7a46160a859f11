//! The revocation of a refresh token.

use super::assert_is_client_secret;
use crate::{
    apple::revocation::AppleRevocation,
    test_partner::{APPLE_REVOKE_URL, Partner, SERVICES_ID, apple_settings, now},
};
use net::RequestFailure;
use serde_json::json;

fn revocation(partner: &Partner) -> AppleRevocation {
    AppleRevocation::new(partner.http(), apple_settings()).unwrap()
}

#[tokio::test]
async fn one_request_names_the_token_and_its_kind() {
    let partner = Partner::new();
    partner.answer(APPLE_REVOKE_URL, 200, "");
    revocation(&partner).request("r.0.a+b", now()).await.unwrap();
    let mut form = partner.form(APPLE_REVOKE_URL);
    assert_is_client_secret(&form.remove("client_secret").unwrap());
    let expected = [("client_id", SERVICES_ID), ("token", "r.0.a+b"), ("token_type_hint", "refresh_token")];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(partner.requests(), 1);
}

#[tokio::test]
async fn a_refused_revocation_maps_to_one_error() {
    let partner = Partner::new();
    for (status, body, code) in [
        (400, json!({"error": "invalid_client", "error_description": "r.0.a+b"}).to_string(), "internal"),
        (400, json!({"error": "invalid_grant"}).to_string(), "internal"),
        (404, String::new(), "internal"),
        (429, String::new(), "unavailable"),
        (503, "<html>".to_owned(), "unavailable"),
    ] {
        partner.answer(APPLE_REVOKE_URL, status, &body);
        let error = revocation(&partner).request("r.0.a+b", now()).await.unwrap_err();
        assert_eq!(error.code(), code, "{status} {body}");
        assert!(!format!("{error} {}", error.why()).contains("r.0.a+b"), "the error repeats the token");
    }
    partner.fail(APPLE_REVOKE_URL, RequestFailure::AnswerLost("reset".into()));
    assert_eq!(revocation(&partner).request("r", now()).await.unwrap_err().code(), "unavailable");
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    let http = || Partner::new().http();
    let mut settings = apple_settings();
    settings.revoke_url = "revoke".into();
    assert_eq!(AppleRevocation::new(http(), settings).err().unwrap().code(), "internal");
    let mut settings = apple_settings();
    settings.private_key = String::new();
    assert_eq!(AppleRevocation::new(http(), settings).err().unwrap().code(), "internal");
}
