//! Security event tokens of Google.

use super::{Result, milliseconds, refused, refused_because, unreadable, verifier};
use crate::{
    notices::{
        notice::{IdentityNotice, NoticeKind},
        refusal::NoticeRefusal,
    },
    provider::IdentityProvider,
    test_partner::{
        Bad, CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, Key, NONCE, Partner, assert_named, forged_tokens,
        google_claims, header, now, with, without,
    },
};
use jsonwebtoken::Header;
use kernel::Error;
use serde_json::{Value, json};
use std::time::Duration;

const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const OAUTH: &str = "https://schemas.openid.net/secevent/oauth/event-type/";

fn subject() -> Value {
    json!({"subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": "117209350413"})
}

/// The claims of a valid token with these events.
fn set(events: Value) -> Value {
    json!({
        "iss": GOOGLE_ISSUER, "aud": CLIENT_ID, "iat": now().as_second() - 5, "jti": "756E69717565", "events": events,
    })
}

fn disabled() -> Value {
    set(json!({ (format!("{RISC}account-disabled")): {"subject": subject(), "reason": "hijacking"} }))
}

fn signed(claims: &Value) -> String {
    let typed = Header { typ: Some("secevent+jwt".into()), ..header("one") };
    Key::ours().sign(&typed, claims)
}

async fn verified(token: &str) -> Result<Vec<IdentityNotice>> {
    verifier(&Partner::new()).google(token.as_bytes(), now()).await
}

#[tokio::test]
async fn an_event_has_a_subject_a_meaning_and_an_instant() {
    let at = milliseconds((now().as_second() - 5) * 1_000 + 999);
    let expected = IdentityNotice {
        provider: IdentityProvider::Google,
        subject: Some("117209350413".into()),
        kind: NoticeKind::EndSessions,
        at,
    };
    assert_eq!(verified(&signed(&disabled())).await.unwrap(), std::slice::from_ref(&expected));
    let untyped = Key::ours().sign(&header("one"), &disabled());
    assert_eq!(
        verified(&format!("{untyped}\r\n")).await.unwrap(),
        std::slice::from_ref(&expected),
        "a line end is no part of it"
    );
    let said = format!("{expected:?}");
    assert!(said.contains("EndSessions") && !said.contains("117209350413"), "{said}");
}

#[tokio::test]
async fn each_event_has_its_meaning() {
    for (name, kind) in [
        (format!("{RISC}sessions-revoked"), NoticeKind::EndSessions),
        (format!("{OAUTH}tokens-revoked"), NoticeKind::EndSessions),
        (format!("{OAUTH}token-revoked"), NoticeKind::EndSessions),
        (format!("{RISC}account-disabled"), NoticeKind::EndSessions),
        (format!("{RISC}account-purged"), NoticeKind::EndSessions),
        (format!("{RISC}account-credential-change-required"), NoticeKind::EndSessions),
        (format!("{RISC}account-enabled"), NoticeKind::Other),
        (format!("{RISC}an-event-of-tomorrow"), NoticeKind::Other),
        ("https://example.com/sessions-revoked".to_owned(), NoticeKind::Other),
    ] {
        let notices = verified(&signed(&set(json!({ (name.clone()): {"subject": subject()} })))).await.unwrap();
        let [notice] = &notices[..] else { panic!("{name}: {notices:?}") };
        assert_eq!((notice.kind, notice.subject.as_deref()), (kind, Some("117209350413")), "{name}");
    }
}

#[tokio::test]
async fn an_event_may_name_nobody() {
    let token = json!({"subject_type": "oauth_token", "token_type": "refresh_token", "token": "abcdefghijklmnop"});
    for (events, kind) in [
        (json!({ (format!("{RISC}verification")): {"state": "x"} }), NoticeKind::Test),
        (json!({ (format!("{RISC}verification")): {"subject": subject()} }), NoticeKind::Test),
        (json!({ (format!("{OAUTH}token-revoked")): {"subject": token} }), NoticeKind::Other),
        (json!({ (format!("{RISC}account-enabled")): {} }), NoticeKind::Other),
        (json!({ (format!("{RISC}account-enabled")): null }), NoticeKind::Other),
    ] {
        let notices = verified(&signed(&set(events.clone()))).await.unwrap();
        let [notice] = &notices[..] else { panic!("{events}: {notices:?}") };
        assert_eq!((notice.kind, &notice.subject), (kind, &None), "{events}");
    }
}

#[tokio::test]
async fn a_subject_may_have_several_forms() {
    let name = format!("{RISC}sessions-revoked");
    for subject in [
        subject(),
        json!({"subject_type": "iss_sub", "iss": GOOGLE_ISSUER, "sub": "117209350413"}),
        json!({"format": "iss_sub", "iss": "accounts.google.com", "sub": "117209350413"}),
        json!({"subject_type": "id_token_claims", "iss": GOOGLE_ISSUER, "sub": "117209350413", "email": "a@b.example"}),
    ] {
        let inside = set(json!({ (name.clone()): {"subject": subject} }));
        let beside = with(set(json!({ (name.clone()): {} })), "sub_id", subject.clone());
        for claims in [inside, beside] {
            let notices = verified(&signed(&claims)).await.unwrap();
            assert_eq!(notices[0].subject.as_deref(), Some("117209350413"), "{claims}");
        }
    }
}

#[tokio::test]
async fn one_token_may_have_several_events() {
    let events = json!({
        (format!("{RISC}account-disabled")): {"subject": subject()},
        (format!("{OAUTH}tokens-revoked")): {"subject": subject()},
        (format!("{RISC}verification")): {"state": "x"},
    });
    let kinds: Vec<_> = verified(&signed(&set(events))).await.unwrap().into_iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds.iter().filter(|kind| **kind == NoticeKind::EndSessions).count(), 2);
    assert!(kinds.contains(&NoticeKind::Test));
}

fn bad_claims() -> Vec<Bad> {
    let second = now().as_second();
    let changes = [
        ("a foreign issuer", "iss", json!("https://evil.example")),
        ("the issuer without TLS", "iss", json!("http://accounts.google.com")),
        ("Apple's issuer", "iss", json!("https://appleid.apple.com")),
        ("a list of issuers", "iss", json!([GOOGLE_ISSUER])),
        ("another client's token", "aud", json!("other.example")),
        ("no audience in the list", "aud", json!([])),
        ("a list of another audience", "aud", json!(["other.example"])),
        ("an empty id", "jti", json!("")),
        ("an id that is a number", "jti", json!(7)),
        ("a large id", "jti", json!("x".repeat(1_025))),
        ("sent in more than a minute", "iat", json!(second + 61)),
        ("sent in milliseconds", "iat", json!(now().as_millisecond())),
        ("sent more than 14 days ago", "iat", json!(second - 14 * 86_400 - 1)),
        ("a time that is text", "iat", json!("now")),
        ("events that are a list", "events", json!([])),
        ("events that are text", "events", json!("{}")),
        ("events that are null", "events", Value::Null),
        ("the nonce of an ID token", "nonce", json!(NONCE)),
    ];
    let changed = changes.into_iter().map(|(name, claim, value)| (name, signed(&with(disabled(), claim, value))));
    let left_out = [
        ("without an issuer", "iss"),
        ("without an audience", "aud"),
        ("without an id", "jti"),
        ("without a time", "iat"),
        ("without events", "events"),
    ];
    let left_out = left_out.into_iter().map(|(name, claim)| (name, signed(&without(disabled(), claim))));
    let typ = |typ: &str, claims: &Value| Key::ours().sign(&Header { typ: Some(typ.into()), ..header("one") }, claims);
    let id_token = with(google_claims(), "jti", json!("756E69717565"));
    let wrong_kind = [
        ("the type of an ID token", typ("JWT", &disabled())),
        ("an ID token", Key::ours().sign(&header("one"), &id_token)),
        ("an ID token of the right type", typ("secevent+jwt", &id_token)),
        ("an ID token with events", signed(&with(id_token.clone(), "events", disabled()["events"].clone()))),
    ];
    changed.chain(left_out).chain(wrong_kind).collect()
}

fn bad_tokens() -> Vec<Bad> {
    [forged_tokens(&disabled()), bad_claims()].concat()
}

#[tokio::test]
async fn every_bad_token_is_refused() {
    let bad = bad_tokens();
    assert_named(&bad, 60);
    for (name, token) in bad {
        refused(verified(&token).await, name);
    }
}

/// RFC 8935 has a word for each of these. A token that Google has not signed is told apart from them.
#[tokio::test]
async fn a_refusal_says_what_is_wrong_with_a_signed_token_alone() {
    for (name, token) in forged_tokens(&disabled()) {
        let result = verified(&token).await;
        let is_suspicious = result.as_ref().is_err_and(|refusal| refusal.suspicion().is_some());
        let has_claims = ["a list", "a text", "no claims", "no JSON", "with a tail", "two "];
        assert!(!is_suspicious || has_claims.iter().any(|part| name.contains(part)), "{name}: {result:?}");
    }
    let second = now().as_second();
    for (claim, value, expected) in [
        ("iss", json!("https://evil.example"), NoticeRefusal::Issuer),
        ("aud", json!("other.example"), NoticeRefusal::Audience),
        ("iat", json!(second - 15 * 86_400), NoticeRefusal::NotForUs),
        ("jti", json!(""), NoticeRefusal::NotForUs),
        ("events", json!([]), NoticeRefusal::NotForUs),
        ("nonce", json!(NONCE), NoticeRefusal::NoMessage),
        ("events", json!({}), NoticeRefusal::UnknownForm),
    ] {
        let token = signed(&with(disabled(), claim, value));
        refused_because(verified(&token).await, &expected, claim);
    }
}

#[tokio::test]
async fn a_signed_event_of_an_unknown_form_is_malformed() {
    let name = format!("{RISC}sessions-revoked");
    for (why, events) in [
        ("no events", json!({})),
        ("an event that is null", json!({ (name.clone()): null })),
        ("no subject", json!({ (name.clone()): {} })),
        ("a subject that is text", json!({ (name.clone()): {"subject": "117209350413"} })),
        ("a subject without a form", json!({ (name.clone()): {"subject": {"iss": GOOGLE_ISSUER, "sub": "1"}} })),
        (
            "a subject by mail",
            json!({ (name.clone()): {"subject": {"subject_type": "email", "email": "a@b.example"}} }),
        ),
        ("a token for sessions", json!({ (name.clone()): {"subject": {"subject_type": "oauth_token", "token": "x"}} })),
        (
            "another issuer's subject",
            json!({ (name.clone()): {"subject": with(subject(), "iss", json!("https://evil.example"))} }),
        ),
        ("a subject without an issuer", json!({ (name.clone()): {"subject": without(subject(), "iss")} })),
        ("an empty subject", json!({ (name.clone()): {"subject": with(subject(), "sub", json!(""))} })),
        (
            "a subject of 256 characters",
            json!({ (name.clone()): {"subject": with(subject(), "sub", json!("1".repeat(256)))} }),
        ),
        ("a subject with a line break", json!({ (name.clone()): {"subject": with(subject(), "sub", json!("1\n2"))} })),
        ("a subject that is a number", json!({ (name.clone()): {"subject": with(subject(), "sub", json!(117))} })),
        ("one bad event of two", json!({ (name.clone()): {}, (format!("{RISC}verification")): {} })),
        (
            "seventeen events",
            (0..17).map(|n| (format!("{RISC}{n}"), json!({}))).collect::<serde_json::Map<_, _>>().into(),
        ),
    ] {
        unreadable(verified(&signed(&set(events))).await, why);
    }
}

#[tokio::test]
async fn a_message_for_any_of_our_clients_may_be_days_old() {
    let second = now().as_second();
    for claims in [
        with(disabled(), "aud", json!("phone.example")),
        with(disabled(), "aud", json!(["other.example", CLIENT_ID])),
        with(disabled(), "iss", json!("https://accounts.google.com/")),
        with(disabled(), "iss", json!("accounts.google.com")),
        with(disabled(), "iat", json!(second - 14 * 86_400)),
        with(disabled(), "iat", json!(second + 60)),
        // Google's tokens have no end. One in the past must not matter.
        with(disabled(), "exp", json!(second - 3_600)),
    ] {
        let result = verified(&signed(&claims)).await;
        assert!(result.is_ok(), "{claims}: {result:?}");
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_and_an_unreachable_set_is_unavailable() {
    let partner = Partner::new();
    let verifier = verifier(&partner);
    assert!(verifier.google(signed(&disabled()).as_bytes(), now()).await.is_ok());
    partner.publish(GOOGLE_JWKS_URL, vec![Key::strangers().jwk("two")]);
    let rotated = Key::strangers().sign(&header("two"), &disabled());
    // Google does not send a refused message again, so within a minute of the last fetch it is not refused.
    let soon = now().checked_add(Duration::from_secs(59)).unwrap();
    let error = Error::from(verifier.google(rotated.as_bytes(), soon).await.unwrap_err());
    assert_eq!((error.code(), partner.requests()), ("unavailable", 1));
    let later = now().checked_add(Duration::from_secs(61)).unwrap();
    assert!(verifier.google(rotated.as_bytes(), later).await.is_ok());
    refused(verifier.google(signed(&disabled()).as_bytes(), later).await, "a key that was withdrawn");
    assert_eq!(partner.requests(), 2);

    partner.answer(GOOGLE_JWKS_URL, 503, "");
    let result = super::verifier(&partner).google(signed(&disabled()).as_bytes(), now()).await;
    assert_eq!(Error::from(result.unwrap_err()).code(), "unavailable", "Google must send it again");
}

#[tokio::test]
async fn a_large_message_is_refused_before_it_is_read() {
    let partner = Partner::new();
    let large = "x".repeat(16 * 1024 + 1);
    let result = verifier(&partner).google(large.as_bytes(), now()).await;
    assert!(matches!(result, Err(NoticeRefusal::Other(Error::BodyTooLarge { limit: 16_384 }))), "{result:?}");
    refused(verifier(&partner).google(&[0xff, 0xfe], now()).await, "no UTF-8");
    assert_eq!(partner.requests(), 0);
}

/// Google does not send a refused message again, and may have published the key since the keys were fetched. A token that
/// names no key of several waits for none.
#[tokio::test]
async fn a_key_that_is_unknown_yet_is_told_from_a_wrong_one() {
    let partner = Partner::new();
    partner.publish(GOOGLE_JWKS_URL, vec![Key::ours().jwk("one"), Key::strangers().jwk("two")]);
    let verifier = verifier(&partner);
    let later = milliseconds(now().as_millisecond() + 5_000);
    let by_another = Key::strangers().sign(&header("three"), &disabled());
    let unnamed = Key::ours().sign(&Header { kid: None, ..header("one") }, &disabled());
    for (token, time, expected) in [
        (&by_another, now(), NoticeRefusal::NotSigned),
        (&by_another, later, NoticeRefusal::UnknownKey),
        (&unnamed, later, NoticeRefusal::NotSigned),
    ] {
        refused_because(verifier.google(token.as_bytes(), time).await, &expected, token);
    }
    assert_eq!(partner.requests(), 1);
}
