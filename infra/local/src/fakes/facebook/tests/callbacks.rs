use super::{ORIGIN, SECRET, error_of, fake, get, token};
use crate::fakes::{
    deliveries::Webhook,
    facebook::{callbacks::FacebookCallback, knobs::FacebookCallbackMode, profile::FacebookProfile},
    sign_in::test_forms::{at, json_of},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, StatusCode};
use ring::hmac;
use serde_json::{Value, json};

/// The data of a callback, and whether its signature is right: Meta's sample, written anew.
fn parsed(webhook: &Webhook) -> (Value, bool) {
    assert_eq!(webhook.headers["content-type"], "application/x-www-form-urlencoded");
    let body = std::str::from_utf8(&webhook.body).unwrap();
    let signed = body.strip_prefix("signed_request=").unwrap();
    let (signature, payload) = signed.split_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let data = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    (data, hmac::verify(&key, payload.as_bytes(), &signature).is_ok())
}

#[test]
fn a_callback_is_a_form_with_a_signed_request() {
    let facebook = fake();
    for (kind, path, expires) in [
        (FacebookCallback::Deauthorize, "facebook", Value::Null),
        (FacebookCallback::DataDeletion, "facebook-deletion", json!(at(5).as_second() + 3_600)),
    ] {
        let webhook = facebook.callback(at(5), kind, "10123");
        assert_eq!(webhook.url, format!("{ORIGIN}/v1/webhooks/identity/{path}"));
        let (data, is_right) = parsed(&webhook);
        assert!(is_right, "{kind:?}");
        assert_eq!((&data["algorithm"], &data["user_id"]), (&json!("HMAC-SHA256"), &json!("10123")));
        assert_eq!((&data["issued_at"], &data["expires"]), (&json!(at(5).as_second()), &expires));
    }
    assert!(facebook.take_webhooks(at(9)).is_empty(), "a callback of the test's own is not queued");
}

#[test]
fn a_person_who_leaves_takes_the_authorization_away() {
    for kind in [FacebookCallback::Deauthorize, FacebookCallback::DataDeletion] {
        let facebook = fake();
        let ada = FacebookProfile::new("ada");
        let token = token(&facebook, at(0), &ada);
        facebook.notify(at(5), kind, "ada");
        assert!(!facebook.is_authorized("ada"));
        let proof = facebook.settings().proof(&token);
        let answer = get(&facebook, at(6), "/v24.0/me", &[("access_token", &token), ("appsecret_proof", &proof)]);
        assert_eq!(error_of(&answer), (190, Some(458), "OAuthException".to_owned()), "{kind:?}");
        assert!(answer.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
        let webhooks = facebook.take_webhooks(at(6));
        assert_eq!(parsed(&webhooks[0]).0["user_id"], facebook.settings().user_id("ada"));
        facebook.webhook_answered(webhooks[0].id, false);
        assert!(facebook.take_webhooks(at(10)).is_empty());
        let again = facebook.take_webhooks(at(11));
        assert_eq!(again[0].body, webhooks[0].body, "a repeated callback is the same");
        facebook.webhook_answered(again[0].id, true);
        assert_eq!(facebook.resend(at(20)), 1);
    }
}

#[test]
fn the_knob_calls_twice_never_or_wrongly() {
    for (mode, count, is_right) in [
        (FacebookCallbackMode::Once, 1, true),
        (FacebookCallbackMode::Never, 0, true),
        (FacebookCallbackMode::Twice, 2, true),
        (FacebookCallbackMode::OtherSecret, 1, false),
        (FacebookCallbackMode::OtherAlgorithm, 1, true),
    ] {
        let facebook = fake();
        facebook.knobs(|knobs| knobs.callbacks = mode);
        facebook.notify(at(0), FacebookCallback::Deauthorize, "ada");
        let webhooks = facebook.take_webhooks(at(0));
        assert_eq!(webhooks.len(), count, "{mode:?}");
        assert!(webhooks.windows(2).all(|pair| pair[0].body == pair[1].body), "{mode:?}");
        for webhook in &webhooks {
            let (data, found) = parsed(webhook);
            assert_eq!(found, is_right, "{mode:?}");
            assert_eq!(data["algorithm"] == "HMAC-SHA256", mode != FacebookCallbackMode::OtherAlgorithm, "{mode:?}");
        }
    }
}

#[test]
fn the_control_acts_for_a_person_and_turns_knobs() {
    let facebook = fake();
    let asked = |method: &str, path: &str, body: &'static str| {
        let request = Request::builder().method(method).uri(path).body(Bytes::from(body)).unwrap();
        facebook.handle(at(0), request)
    };
    for (path, count) in [("/_control/deauthorize", 1), ("/_control/data-deletion", 2)] {
        let shown = json_of(&asked("POST", path, r#"{"person":"ada"}"#));
        assert_eq!(shown["counts"]["callbacks"], count, "{path}");
        assert_eq!(asked("POST", path, "{}").status(), StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(facebook.take_webhooks(at(0)).len(), 2);
    let turned = json_of(&asked("PATCH", "/_control", r#"{"token":"other_app"}"#));
    assert_eq!(turned["knobs"]["token"], "other_app");
    assert_eq!(asked("PATCH", "/_control", r#"{"tokens":1}"#).status(), StatusCode::BAD_REQUEST);
    assert_eq!(json_of(&asked("POST", "/_control/reset", ""))["knobs"]["token"], "good");
    assert_eq!(asked("GET", "/_control/nowhere", "").status(), StatusCode::BAD_REQUEST);
}
