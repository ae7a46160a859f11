use super::*;
use crate::{
    answer::{AttemptSecrets, Returned},
    test_partner::{
        APPLE_JWKS_URL, APPLE_TOKEN_URL, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL, GRAPH_URL, NONCE, Partner, VERIFIER,
        exchanged, now, partners,
    },
};
use net::RequestFailure;
use serde_json::json;

/// The partners that follow RFC 6749, with their token and key endpoints.
const BY_THE_RFC: [(IdentityProvider, &str, &str); 2] = [
    (IdentityProvider::Google, GOOGLE_TOKEN_URL, GOOGLE_JWKS_URL),
    (IdentityProvider::Apple, APPLE_TOKEN_URL, APPLE_JWKS_URL),
];

fn token_urls() -> [(IdentityProvider, String); 3] {
    [
        (IdentityProvider::Google, GOOGLE_TOKEN_URL.to_owned()),
        (IdentityProvider::Apple, APPLE_TOKEN_URL.to_owned()),
        (IdentityProvider::Facebook, format!("{GRAPH_URL}/oauth/access_token")),
    ]
}

#[tokio::test]
async fn a_refused_exchange_maps_to_one_error() {
    let refusals = [
        (400, json!({"error": "invalid_grant", "error_description": "s&cret 4/0Ab c"}).to_string(), "sign_in_failed"),
        (401, json!({"error": "invalid_client"}).to_string(), "internal"),
        (400, json!({"error": "unauthorized_client"}).to_string(), "internal"),
        (400, json!({"error": "redirect_uri_mismatch"}).to_string(), "internal"),
        (400, json!({"error": ["invalid_grant"]}).to_string(), "internal"),
        (404, "<html>".to_owned(), "internal"),
        (302, String::new(), "internal"),
        (429, json!({"error": "invalid_grant"}).to_string(), "unavailable"),
        (500, json!({"error": "invalid_grant"}).to_string(), "unavailable"),
        (503, String::new(), "unavailable"),
        (200, "{}".to_owned(), "unavailable"),
        (200, "<html>".to_owned(), "unavailable"),
        (200, json!({"id_token": 7}).to_string(), "unavailable"),
        (200, "x".repeat(100_000), "unavailable"),
    ];
    for (provider, token_url, jwks_url) in BY_THE_RFC {
        let partner = Partner::new();
        for (status, body, code) in &refusals {
            partner.answer(token_url, *status, body);
            let error = exchanged(&partner, provider).await.unwrap_err();
            assert_eq!(error.code(), *code, "{provider}: {status} {body:.40}");
            let said = format!("{error} {error:?} {}", error.why());
            assert!(!said.contains("s&cret") && !said.contains("4/0Ab"), "the error repeats what was sent: {said}");
        }
        assert!(partner.asked(jwks_url).is_empty(), "without an ID token, no key is needed");
        assert_eq!(partner.requests(), refusals.len(), "no exchange may be sent again");
    }
}

#[tokio::test]
async fn an_unreachable_partner_is_unavailable() {
    for (provider, url) in token_urls() {
        let partner = Partner::new();
        for failure in [RequestFailure::NotSent("refused".into()), RequestFailure::AnswerLost("reset".into())] {
            partner.fail(&url, failure);
            let error = exchanged(&partner, provider).await.unwrap_err();
            assert_eq!(error.code(), "unavailable", "{provider}");
        }
        assert_eq!(partner.requests(), 2, "an exchange whose answer was lost must not be sent again");
    }
}

#[tokio::test]
async fn an_invalid_code_is_not_sent() {
    let partner = Partner::new();
    for (provider, _) in token_urls() {
        for code in ["", &"x".repeat(2_049)] {
            let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
            let returned = Returned { code, user: None };
            let error = partners(&partner).exchange_code(provider, &returned, &attempt, now()).await.unwrap_err();
            assert_eq!(error.code(), "sign_in_failed", "{provider}");
        }
    }
    assert_eq!(partner.requests(), 0);
}
