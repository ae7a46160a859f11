//! Answers of the Graph API that refuse a request or cannot be read.

use super::{TOKEN, debug_url, facebook, facts, me, me_url, signed_in, token_url};
use crate::test_partner::{APP_SECRET, CODE, Partner};
use serde_json::{Value, json};

/// A problem whose message repeats what was sent.
fn problem(code: i64, subcode: i64) -> Value {
    let message = format!("{TOKEN} {CODE} {APP_SECRET}");
    json!({"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}})
}

fn transient(code: i64) -> Value {
    json!({"error": {"message": "x", "type": "OAuthException", "code": code, "is_transient": true}})
}

fn wrong_secret(code: i64) -> Value {
    json!({"error": {"message": "Error validating client secret.", "type": "OAuthException", "code": code}})
}

async fn assert_refused(partner: &Partner, code: &str, why: &str) {
    let error = signed_in(partner).await.unwrap_err();
    assert_eq!(error.code(), code, "{why}");
    let said = format!("{error} {error:?} {}", error.why());
    for secret in [TOKEN, CODE, APP_SECRET] {
        assert!(!said.contains(secret), "the error repeats what was sent: {said}");
    }
}

#[tokio::test]
async fn a_refused_exchange_maps_to_one_error() {
    for (status, body, code) in [
        (400, problem(100, 36_009), "sign_in_failed"),
        (400, problem(100, 36_007), "sign_in_failed"),
        (400, problem(100, 0), "sign_in_failed"),
        // Another redirect URI than that of the dialog.
        (400, problem(100, 36_008), "internal"),
        (400, problem(101, 0), "internal"),
        (400, problem(191, 0), "internal"),
        (400, wrong_secret(1), "internal"),
        (400, wrong_secret(100), "internal"),
        (400, problem(1, 0), "unavailable"),
        (400, problem(2, 0), "unavailable"),
        (400, problem(4, 0), "unavailable"),
        (400, problem(17, 0), "unavailable"),
        (400, problem(341, 0), "unavailable"),
        (400, transient(100), "unavailable"),
        (400, transient(190), "unavailable"),
        (429, problem(100, 36_009), "unavailable"),
        (500, problem(100, 36_009), "unavailable"),
        (503, json!("a page"), "unavailable"),
        (400, json!("a page"), "internal"),
        (400, json!({"error": "invalid_grant"}), "internal"),
        (302, json!({}), "internal"),
        (200, json!({}), "unavailable"),
        (200, json!({"access_token": ""}), "unavailable"),
        (200, json!({"access_token": "a\r\nx: y"}), "unavailable"),
        (200, json!({"access_token": "x".repeat(2_049)}), "unavailable"),
    ] {
        let partner = facebook(&facts(), &me());
        partner.answer(&token_url(), status, &body);
        assert_refused(&partner, code, &format!("{status} {body:.80}")).await;
        assert_eq!(partner.requests(), 1, "{status} {body:.80}");
    }
}

#[tokio::test]
async fn a_refused_read_maps_to_one_error() {
    for (url, requests) in [(debug_url(), 2), (me_url(), 3)] {
        for (status, body, code) in [
            // The proof is missing or wrong: "Invalid appsecret_proof provided in the API argument".
            (400, problem(100, 0), "internal"),
            (400, problem(10, 0), "internal"),
            (400, problem(190, 463), "sign_in_failed"),
            (400, transient(190), "unavailable"),
            (400, problem(4, 0), "unavailable"),
            (429, problem(190, 0), "unavailable"),
            (502, json!("a page"), "unavailable"),
            (404, json!({}), "internal"),
            (200, json!("a page"), "unavailable"),
            (200, json!({}), "unavailable"),
            (200, json!({"data": []}), "unavailable"),
        ] {
            let partner = facebook(&facts(), &me());
            partner.answer(&url, status, &body);
            assert_refused(&partner, code, &format!("{url}: {status} {body}")).await;
            assert_eq!(partner.requests(), requests, "{url}: {status} {body}");
        }
    }
}
