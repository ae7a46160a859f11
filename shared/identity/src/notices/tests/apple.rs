//! Notifications of Apple.

use super::{APP_ID, Result, milliseconds, refused, refused_because, unreadable, verifier};
use crate::{
    notices::{
        notice::{IdentityNotice, NoticeKind},
        refusal::NoticeRefusal,
    },
    provider::IdentityProvider,
    test_partner::{
        APPLE_ISSUER, APPLE_JWKS_URL, Bad, Key, NONCE, Partner, SERVICES_ID, apple_claims, assert_named, forged_tokens,
        header, now, with, without,
    },
};
use jsonwebtoken::Header;
use kernel::Error;
use serde_json::{Value, json};

/// An event, 1.3 seconds before now.
fn event(kind: &str) -> Value {
    json!({
        "type": kind, "sub": "001999.e2ab.0815", "event_time": now().as_millisecond() - 1_300,
        "email": "q7@privaterelay.appleid.com", "is_private_email": "true",
    })
}

/// The claims of a valid notification. `events` is JSON as text.
fn notification(event: &Value) -> Value {
    let second = now().as_second();
    json!({
        "iss": APPLE_ISSUER, "aud": SERVICES_ID, "iat": second, "exp": second + 86_400, "jti": "abede",
        "events": event.to_string(),
    })
}

fn valid() -> Value {
    notification(&event("consent-revoked"))
}

fn signed(claims: &Value) -> String {
    Key::ours().sign(&header("one"), claims)
}

async fn verified(token: &str) -> Result<IdentityNotice> {
    let body = json!({"payload": token}).to_string();
    verifier(&Partner::new()).apple(body.as_bytes(), now()).await
}

#[tokio::test]
async fn a_notification_has_a_subject_a_meaning_and_an_instant() {
    let expected = IdentityNotice {
        provider: IdentityProvider::Apple,
        subject: Some("001999.e2ab.0815".into()),
        kind: NoticeKind::EndSessions,
        at: milliseconds(now().as_millisecond() - 1_300),
    };
    assert_eq!(verified(&signed(&valid())).await.unwrap(), expected);
    let typed = Header { typ: Some("JWT".into()), ..header("one") };
    assert_eq!(verified(&Key::ours().sign(&typed, &valid())).await.unwrap(), expected);
    let object = with(valid(), "events", event("consent-revoked"));
    assert_eq!(verified(&signed(&object)).await.unwrap(), expected, "the event may be an object");
}

#[tokio::test]
async fn each_event_has_its_meaning() {
    for (kind, expected) in [
        ("email-disabled", NoticeKind::MailDisabled),
        ("email-enabled", NoticeKind::MailEnabled),
        ("consent-revoked", NoticeKind::EndSessions),
        ("account-delete", NoticeKind::IdentityDeleted),
        ("account-deleted", NoticeKind::IdentityDeleted),
        ("an-event-of-tomorrow", NoticeKind::Other),
        ("", NoticeKind::Other),
    ] {
        let notice = verified(&signed(&notification(&event(kind)))).await.unwrap();
        assert_eq!(notice.kind, expected, "{kind}");
    }
    let about_nobody = json!({"type": "an-event-of-tomorrow"});
    let notice = verified(&signed(&notification(&about_nobody))).await.unwrap();
    assert_eq!((notice.kind, notice.subject), (NoticeKind::Other, None));
}

#[tokio::test]
async fn the_time_of_the_event_may_be_in_milliseconds_or_seconds() {
    let (second, millisecond) = (now().as_second(), now().as_millisecond());
    let whole = second * 1_000 + 999;
    for (event_time, expected) in [
        (json!(millisecond), millisecond),
        (json!(millisecond - 86_400_000), millisecond - 86_400_000),
        (json!(second - 60), whole - 60_000),
        (json!(second), whole),
        // An event cannot happen after the message about it.
        (json!(second + 30), whole),
        (json!(millisecond + 30_000), whole),
        (Value::Null, whole),
    ] {
        let event = with(event("consent-revoked"), "event_time", event_time.clone());
        let notice = verified(&signed(&notification(&event))).await.unwrap();
        assert_eq!(notice.at, milliseconds(expected), "event_time {event_time}");
    }
    let untimed = without(event("consent-revoked"), "event_time");
    assert_eq!(verified(&signed(&notification(&untimed))).await.unwrap().at, milliseconds(whole));
}

fn bad_claims() -> Vec<Bad> {
    let second = now().as_second();
    let changes = [
        ("a foreign issuer", "iss", json!("https://evil.example")),
        ("the bare issuer", "iss", json!("appleid.apple.com")),
        ("the issuer with a slash", "iss", json!(format!("{APPLE_ISSUER}/"))),
        ("Google's issuer", "iss", json!("https://accounts.google.com")),
        ("another app of the team", "aud", json!("com.example.other")),
        ("no audience in the list", "aud", json!([])),
        ("an audience that is a number", "aud", json!(7)),
        ("sent in more than a minute", "iat", json!(second + 61)),
        ("sent more than 14 days ago", "iat", json!(second - 14 * 86_400 - 1)),
        ("a time that is text", "iat", json!("now")),
        ("the nonce of an ID token", "nonce", json!(NONCE)),
    ];
    let changed = changes.into_iter().map(|(name, claim, value)| (name, signed(&with(valid(), claim, value))));
    let left_out = [
        ("without an issuer", "iss"),
        ("without an audience", "aud"),
        ("without a time", "iat"),
        ("without events", "events"),
    ];
    let left_out = left_out.into_iter().map(|(name, claim)| (name, signed(&without(valid(), claim))));
    let event = Header { typ: Some("secevent+jwt".into()), ..header("one") };
    let wrong_kind = [
        ("the type of a security event", Key::ours().sign(&event, &valid())),
        ("an ID token", signed(&apple_claims())),
        ("an ID token with events", signed(&with(apple_claims(), "events", valid()["events"].clone()))),
    ];
    changed.chain(left_out).chain(wrong_kind).collect()
}

fn bad_tokens() -> Vec<Bad> {
    [forged_tokens(&valid()), bad_claims()].concat()
}

#[tokio::test]
async fn every_bad_notification_is_refused() {
    let bad = bad_tokens();
    assert_named(&bad, 60);
    for (name, token) in bad {
        refused(verified(&token).await, name);
    }
    for (claim, value, expected) in [
        ("iss", json!("appleid.apple.com"), NoticeRefusal::Issuer),
        ("aud", json!("com.example.other"), NoticeRefusal::Audience),
        ("nonce", json!(NONCE), NoticeRefusal::NoMessage),
        ("events", Value::Null, NoticeRefusal::NoMessage),
    ] {
        refused_because(verified(&signed(&with(valid(), claim, value))).await, &expected, claim);
    }
}

/// Apple signs its ID tokens with the keys of its notifications, and gives one to everybody who signs in anywhere.
#[tokio::test]
async fn an_id_token_is_plainly_no_message() {
    let other_site = with(apple_claims(), "aud", json!("com.example.other"));
    let expired = with(other_site.clone(), "exp", json!(now().as_second() - 86_400));
    for id_token in [apple_claims(), other_site, expired, without(apple_claims(), "nonce")] {
        refused_because(verified(&signed(&id_token)).await, &NoticeRefusal::NoMessage, &id_token.to_string());
    }
}

/// Apple sends a message again after every refusal, so it needs no 503, which strangers could cause.
#[tokio::test]
async fn a_key_that_is_unknown_yet_is_refused_as_a_wrong_one() {
    let partner = Partner::new();
    let verifier = verifier(&partner);
    let body = |key: &str| json!({"payload": Key::strangers().sign(&header(key), &valid())}).to_string();
    for seconds in [0, 5] {
        let time = milliseconds(now().as_millisecond() + seconds * 1_000);
        let result = verifier.apple(body("another").as_bytes(), time).await;
        refused_because(result, &NoticeRefusal::NotSigned, "another key");
    }
    assert_eq!(partner.requests(), 1);
}

/// Apple may name the primary App ID of the group, to which the endpoint belongs, instead of the Services ID.
#[tokio::test]
async fn a_notification_may_be_for_any_of_our_clients() {
    for audience in [json!(SERVICES_ID), json!(APP_ID), json!([APP_ID]), json!(["com.example.other", APP_ID])] {
        let result = verified(&signed(&with(valid(), "aud", audience.clone()))).await;
        assert!(result.is_ok(), "{audience}: {result:?}");
    }
}

#[tokio::test]
async fn a_signed_event_of_an_unknown_form_is_malformed() {
    let changed = |name: &str, value: Value| with(event("account-delete"), name, value).to_string();
    for (why, events) in [
        ("a list", json!([7])),
        ("no JSON", json!("consent-revoked")),
        ("text in text", json!("\"{}\"")),
        ("no type", json!(without(event("account-delete"), "type").to_string())),
        ("a type that is a number", json!(changed("type", json!(7)))),
        ("no subject", json!(without(event("account-delete"), "sub").to_string())),
        ("an empty subject", json!(changed("sub", json!("")))),
        ("a subject of 256 characters", json!(changed("sub", json!("1".repeat(256))))),
        ("a subject with a line break", json!(changed("sub", json!("1\n2")))),
        ("a subject that is a number", json!(changed("sub", json!(7)))),
        ("a time that is text", json!(changed("event_time", json!("now")))),
        ("a time before 1970", json!(changed("event_time", json!(-1)))),
        ("a time after the year 9999", json!(changed("event_time", json!(1e18)))),
        ("two types", json!(r#"{"type":"email-enabled","type":"account-delete","sub":"1"}"#)),
    ] {
        unreadable(verified(&signed(&with(valid(), "events", events))).await, why);
    }
}

#[tokio::test]
async fn a_body_of_another_form_is_refused_without_a_request() {
    let partner = Partner::new();
    let verifier = verifier(&partner);
    let token = signed(&valid());
    let two = format!(r#"{{"payload":"{token}","payload":"{token}"}}"#);
    for body in
        ["", "{", "[]", "null", "{}", r#"{"payload":null}"#, r#"{"payload":7}"#, r#"{"payload":""}"#, &token, &two]
    {
        refused(verifier.apple(body.as_bytes(), now()).await, body);
    }
    let large = json!({"payload": "x".repeat(16 * 1024)}).to_string();
    let result = verifier.apple(large.as_bytes(), now()).await;
    assert!(matches!(result, Err(NoticeRefusal::Other(Error::BodyTooLarge { .. }))), "{result:?}");
    assert_eq!(partner.requests(), 0);
}

#[tokio::test]
async fn an_unreachable_key_set_is_unavailable() {
    let partner = Partner::new();
    partner.answer(APPLE_JWKS_URL, 503, "");
    let body = json!({"payload": signed(&valid())}).to_string();
    let result = verifier(&partner).apple(body.as_bytes(), now()).await;
    assert_eq!(Error::from(result.unwrap_err()).code(), "unavailable", "Apple must send it again");
}
