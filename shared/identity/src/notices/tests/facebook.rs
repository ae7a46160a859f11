//! Signed requests of Facebook.

use super::{FORMER_APP_SECRET, Result, milliseconds, refused, refused_because, unreadable, verifier};
use crate::{
    notices::{
        notice::{IdentityNotice, NoticeKind},
        refusal::NoticeRefusal,
    },
    provider::IdentityProvider,
    test_partner::{APP_SECRET, Bad, Partner, assert_named, forged_tokens, google_claims, now, with, without},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use kernel::Error;
use ring::hmac;
use serde_json::{Value, json};

fn payload() -> Value {
    let second = now().as_second();
    json!({"algorithm": "HMAC-SHA256", "expires": second + 3_600, "issued_at": second - 2, "user_id": "10158"})
}

fn tag(algorithm: hmac::Algorithm, secret: &str, message: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), message.as_bytes())
}

fn signed_text(payload: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(payload);
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(tag(hmac::HMAC_SHA256, APP_SECRET, &payload)))
}

fn signed(payload: &Value) -> String {
    signed_text(&payload.to_string())
}

fn verified(text: &str) -> Result<IdentityNotice> {
    verifier(&Partner::new()).facebook(text, NoticeKind::IdentityDeleted, now())
}

#[test]
fn a_signed_request_has_a_subject_and_an_instant() {
    let expected = IdentityNotice {
        provider: IdentityProvider::Facebook,
        subject: Some("10158".into()),
        kind: NoticeKind::IdentityDeleted,
        at: milliseconds((now().as_second() - 2) * 1_000 + 999),
    };
    assert_eq!(verified(&signed(&payload())).unwrap(), expected);
    assert_eq!(
        verified(&signed(&with(payload(), "user_id", json!(10_158)))).unwrap(),
        expected,
        "an id may be a number"
    );
    assert_eq!(verified(&signed(&without(payload(), "expires"))).unwrap(), expected);
    let ended = verifier(&Partner::new()).facebook(&signed(&payload()), NoticeKind::EndSessions, now()).unwrap();
    assert_eq!(ended, IdentityNotice { kind: NoticeKind::EndSessions, ..expected }, "the URL says what it means");
}

/// Computed with Python's `hmac` and `base64` and the same secret, over the encoded text.
#[test]
fn a_signed_request_of_another_implementation_verifies() {
    assert_eq!(verified(PYTHON).unwrap().subject.as_deref(), Some("10158"));
}

const PYTHON: &str = "MWzZ-dtUoJpQIFD11zoAGnIHXYcWjntnpM4TU8GVVo4.eyJ1c2VyX2lkIjogIjEwMTU4IiwgImFsZ29yaXRobSI6ICJITUFDLVNIQTI1NiIsICJpc3N1ZWRfYXQiOiAxNzk1NTE0NDAwLCAiZXhwaXJlcyI6IDB9";

fn bad_requests() -> Vec<Bad> {
    let good = signed(&payload());
    let (signature, encoded) = good.split_once('.').unwrap();
    let changed = URL_SAFE_NO_PAD.encode(with(payload(), "user_id", json!("20316")).to_string());
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let by = |algorithm, secret: &str| format!("{}.{encoded}", URL_SAFE_NO_PAD.encode(tag(algorithm, secret, encoded)));
    let over_the_json = tag(hmac::HMAC_SHA256, APP_SECRET, &payload().to_string());
    let second = now().as_second();
    vec![
        ("an empty text", String::new()),
        ("one dot", ".".to_owned()),
        ("without its signature", encoded.to_owned()),
        ("an empty signature", format!(".{encoded}")),
        ("an empty payload", format!("{signature}.")),
        ("the parts exchanged", format!("{encoded}.{signature}")),
        ("a third part", format!("{good}.e30")),
        ("a changed payload", format!("{signature}.{changed}")),
        ("a truncated payload", good[..good.len() - 1].to_owned()),
        ("a payload with padding", format!("{good}=")),
        ("a truncated signature", format!("{}.{encoded}", &signature[..40])),
        ("half of the signature", format!("{}.{encoded}", URL_SAFE_NO_PAD.encode(&bytes[..16]))),
        ("a longer signature", format!("{}.{encoded}", URL_SAFE_NO_PAD.encode([bytes.as_slice(), &[0]].concat()))),
        ("a signature with padding", format!("{}.{encoded}", URL_SAFE.encode(&bytes))),
        (
            "a signature in hexadecimal",
            format!("{}.{encoded}", bytes.iter().map(|it| format!("{it:02x}")).collect::<String>()),
        ),
        ("a signature in the other base64", format!("{}.{encoded}", STANDARD_NO_PAD.encode([0xff; 32]))),
        ("a signature over the JSON", format!("{}.{encoded}", URL_SAFE_NO_PAD.encode(over_the_json))),
        ("another secret", by(hmac::HMAC_SHA256, "other")),
        ("a secret with a space", by(hmac::HMAC_SHA256, "app&s3cret ")),
        ("HMAC-SHA1", by(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, APP_SECRET)),
        ("HMAC-SHA512", by(hmac::HMAC_SHA512, APP_SECRET)),
        ("the algorithm none", signed(&with(payload(), "algorithm", json!("none")))),
        ("the algorithm HMAC-SHA1", signed(&with(payload(), "algorithm", json!("HMAC-SHA1")))),
        ("the algorithm in lower case", signed(&with(payload(), "algorithm", json!("hmac-sha256")))),
        ("issued in more than a minute", signed(&with(payload(), "issued_at", json!(second + 61)))),
        ("issued in milliseconds", signed(&with(payload(), "issued_at", json!(now().as_millisecond())))),
        ("issued more than 14 days ago", signed(&with(payload(), "issued_at", json!(second - 14 * 86_400 - 1)))),
        ("a line break at the end", format!("{good}\n")),
    ]
}

#[test]
fn every_bad_request_is_refused() {
    let bad = bad_requests();
    assert_named(&bad, 25);
    for (name, text) in bad {
        refused(verified(&text), name);
    }
}

/// Facebook signs the logins of its SDK with the same secret. A browser holds them, so they are no request of the person.
#[test]
fn a_login_is_no_message() {
    for (name, value) in [("code", json!("AQD")), ("oauth_token", json!("EAAB")), ("code", json!({}))] {
        for kind in [NoticeKind::EndSessions, NoticeKind::IdentityDeleted] {
            let text = signed(&with(payload(), name, value.clone()));
            let result = verifier(&Partner::new()).facebook(&text, kind, now());
            refused_because(result, &NoticeRefusal::NoMessage, name);
        }
    }
}

/// During a rotation Facebook signs with one secret or the other.
#[test]
fn the_secret_that_is_being_replaced_counts_too() {
    let payload = URL_SAFE_NO_PAD.encode(payload().to_string());
    let by = |secret: &str| {
        let tag = tag(hmac::HMAC_SHA256, secret, &payload);
        verified(&format!("{}.{payload}", URL_SAFE_NO_PAD.encode(tag)))
    };
    assert!(by(APP_SECRET).is_ok() && by(FORMER_APP_SECRET).is_ok());
    refused_because(by("another"), &NoticeRefusal::NotSigned, "another secret");
}

#[test]
fn a_token_of_another_partner_is_no_signed_request() {
    for (name, token) in forged_tokens(&google_claims()) {
        refused(verified(&token), name);
    }
}

#[test]
fn a_signed_payload_of_an_unknown_form_is_malformed() {
    let twice = r#"{"algorithm":"HMAC-SHA256","issued_at":1795514398,"user_id":"1","user_id":"2"}"#;
    for (why, text) in [
        ("no algorithm", signed(&without(payload(), "algorithm"))),
        ("no user", signed(&without(payload(), "user_id"))),
        ("no time", signed(&without(payload(), "issued_at"))),
        ("an empty user", signed(&with(payload(), "user_id", json!("")))),
        ("a user with a line break", signed(&with(payload(), "user_id", json!("10158\n")))),
        ("a user of 256 characters", signed(&with(payload(), "user_id", json!("1".repeat(256))))),
        ("a negative user", signed(&with(payload(), "user_id", json!(-1)))),
        ("a user in an object", signed(&with(payload(), "user_id", json!({"id": "10158"})))),
        ("a time that is text", signed(&with(payload(), "issued_at", json!("now")))),
        ("two users", signed_text(twice)),
        ("a list", signed_text("[]")),
        ("no JSON", signed_text("10158")),
        ("nothing", signed_text("")),
    ] {
        unreadable(verified(&text), why);
    }
}

#[test]
fn a_large_request_is_refused_before_it_is_read() {
    let result = verified(&signed(&with(payload(), "padding", json!("x".repeat(16 * 1024)))));
    assert!(matches!(result, Err(NoticeRefusal::Other(Error::BodyTooLarge { limit: 16_384 }))), "{result:?}");
}
