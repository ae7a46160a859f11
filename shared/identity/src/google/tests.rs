use super::*;
use crate::test_partner::{CLIENT_ID, ISSUER, JWKS_URL, Key, NONCE, Partner, TOKEN_URL, claims, header, now};
use net::RequestFailure;
use serde_json::json;
use std::collections::BTreeMap;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn settings() -> GoogleSettings {
    GoogleSettings {
        client_id: CLIENT_ID.into(),
        client_secret: "s&cret".into(),
        issuer: ISSUER.into(),
        token_url: TOKEN_URL.into(),
        jwks_url: JWKS_URL.into(),
        public_origin: "https://cinemaxsai.example".into(),
    }
}

fn google(partner: &Partner) -> Google {
    Google::new(partner.http(), settings()).unwrap()
}

fn answer(partner: &Partner, status: u16, body: impl ToString) {
    let answer = (StatusCode::from_u16(status).unwrap(), body.to_string());
    partner.state(|state| state.token = Some(Ok(answer)));
}

#[tokio::test]
async fn a_code_is_exchanged_for_the_profile() {
    let partner = Partner::new();
    let id_token = Key::ours().sign(&header("one"), &claims());
    answer(&partner, 200, json!({"access_token": "a", "token_type": "Bearer", "id_token": id_token}));
    let profile = google(&partner).exchange_code("4/0Ab c", VERIFIER, NONCE, now()).await.unwrap();
    assert_eq!(profile.subject, "117209350413");

    let asked = partner.state(|state| state.asked.remove(0));
    assert_eq!(asked.method(), "POST");
    assert_eq!(asked.headers()["content-type"], "application/x-www-form-urlencoded");
    let form: BTreeMap<_, _> = form_urlencoded::parse(asked.body()).into_owned().collect();
    let expected = [
        ("client_id", CLIENT_ID),
        ("client_secret", "s&cret"),
        ("code", "4/0Ab c"),
        ("code_verifier", VERIFIER),
        ("grant_type", "authorization_code"),
        ("redirect_uri", "https://cinemaxsai.example/v1/login/google/callback"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn a_refused_exchange_maps_to_one_error() {
    let partner = Partner::new();
    for (status, body, code) in [
        (
            400,
            json!({"error": "invalid_grant", "error_description": "Bad Request: s&cret"}).to_string(),
            "sign_in_failed",
        ),
        (401, json!({"error": "invalid_client"}).to_string(), "internal"),
        (400, json!({"error": "redirect_uri_mismatch"}).to_string(), "internal"),
        (404, "<html>".to_owned(), "internal"),
        (302, String::new(), "internal"),
        (429, json!({"error": "rate_limited"}).to_string(), "unavailable"),
        (500, json!({"error": "invalid_grant"}).to_string(), "unavailable"),
        (503, String::new(), "unavailable"),
        (200, "{}".to_owned(), "unavailable"),
        (200, "<html>".to_owned(), "unavailable"),
        (200, "x".repeat(100_000), "unavailable"),
    ] {
        answer(&partner, status, &body);
        let error = google(&partner).exchange_code("code-123", VERIFIER, NONCE, now()).await.unwrap_err();
        assert_eq!(error.code(), code, "{status} {body:.40}");
        let said = format!("{error} {error:?}");
        assert!(!said.contains("s&cret") && !said.contains("code-123"), "the error repeats what was sent: {said}");
    }
    assert_eq!(partner.key_fetches(), 0);
}

#[tokio::test]
async fn an_unreachable_partner_is_unavailable() {
    let partner = Partner::new();
    for failure in [RequestFailure::NotSent("refused".into()), RequestFailure::AnswerLost("reset".into())] {
        partner.state(|state| state.token = Some(Err(failure)));
        let error = google(&partner).exchange_code("code", VERIFIER, NONCE, now()).await.unwrap_err();
        assert_eq!(error.code(), "unavailable");
    }
}

#[tokio::test]
async fn an_invalid_code_is_not_sent() {
    let partner = Partner::new();
    for code in [String::new(), "x".repeat(1_025)] {
        let error = google(&partner).exchange_code(&code, VERIFIER, NONCE, now()).await.unwrap_err();
        assert_eq!(error.code(), "sign_in_failed");
    }
    assert!(partner.state(|state| state.asked.is_empty()));
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    for change in
        [(|settings: &mut GoogleSettings| settings.token_url = "token".into()) as fn(&mut GoogleSettings), |settings| {
            settings.jwks_url = String::new()
        }]
    {
        let mut settings = settings();
        change(&mut settings);
        assert!(Google::new(Partner::new().http(), settings).is_err());
    }
}
