use super::{BASE, Bench};
use crate::fakes::{
    apple::{authorize::AppleProfile, knobs::AppleNoticeMode, notices::AppleEvent},
    deliveries::Webhook,
    sign_in::{
        jwt::ReceivedToken,
        test_forms::{at, json_of},
    },
};
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

fn payload(webhook: &Webhook) -> String {
    assert_eq!(webhook.url, "http://127.0.0.1:8080/v1/webhooks/identity/apple");
    assert_eq!(webhook.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&webhook.body).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    body["payload"].as_str().unwrap().to_owned()
}

#[test]
fn a_notification_is_signed_and_has_its_event_as_text() {
    let bench = Bench::new();
    let profile = AppleProfile::new("ada@people.test").hiding_email();
    bench.signed_in(at(0), &profile, &[]);
    let (subject, relay) =
        (bench.apple.settings().subject("ada@people.test"), bench.apple.settings().relay_address("ada@people.test"));
    for event in AppleEvent::ALL {
        let claims = bench.verified(&payload(&bench.apple.notice(at(5), event, &subject))).unwrap();
        let kind = serde_json::to_value(event).unwrap();
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(BASE), &json!("com.cinemaxsai.web")), "{kind}");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(at(5).as_second()), &json!(at(5).as_second() + 86_400)));
        assert!(claims["jti"].is_string() && claims["sub"].is_null() && claims["nonce"].is_null(), "{claims}");
        let told: Value = serde_json::from_str(claims["events"].as_str().unwrap()).unwrap();
        assert_eq!((&told["type"], &told["sub"]), (&kind, &json!(subject)));
        assert_eq!(told["event_time"], json!(at(5).as_millisecond()));
        let is_about_mail = matches!(event, AppleEvent::EmailDisabled | AppleEvent::EmailEnabled);
        assert_eq!(told["email"], if is_about_mail { json!(relay) } else { Value::Null }, "{kind}");
        assert_eq!(told["is_private_email"], if is_about_mail { json!("true") } else { Value::Null }, "{kind}");
    }
    assert!(bench.apple.is_authorized("ada@people.test"), "a notice of the test's own changes nothing at Apple");
    assert!(bench.apple.take_webhooks(at(9)).is_empty(), "and is not queued");
}

#[test]
fn an_event_that_ends_the_authorization_ends_it() {
    for event in AppleEvent::ALL {
        let bench = Bench::new();
        bench.signed_in(at(0), &AppleProfile::new("ada"), &[]);
        bench.apple.notify(at(5), event, "ada");
        let stays = matches!(event, AppleEvent::EmailDisabled | AppleEvent::EmailEnabled);
        assert_eq!(bench.apple.is_authorized("ada"), stays, "{event:?}");
        let again = bench.signed_in(at(9), &AppleProfile::new("ada"), &[]);
        assert_eq!(again.field("user").is_none(), stays, "{event:?}: the name comes at a first time");
        assert_eq!(bench.apple.take_webhooks(at(9)).len(), 1, "{event:?}");
    }
}

#[test]
fn the_knob_sends_twice_never_or_wrongly() {
    for (mode, count, is_signed) in [
        (AppleNoticeMode::Once, 1, true),
        (AppleNoticeMode::Never, 0, true),
        (AppleNoticeMode::Twice, 2, true),
        (AppleNoticeMode::OtherKey, 1, false),
        (AppleNoticeMode::UnknownKey, 1, false),
        (AppleNoticeMode::AppId, 1, true),
        (AppleNoticeMode::Audience, 1, true),
        (AppleNoticeMode::Issuer, 1, true),
    ] {
        let bench = Bench::new();
        bench.apple.knobs(|knobs| knobs.notices = mode);
        bench.apple.notify(at(0), AppleEvent::ConsentRevoked, "ada");
        let payloads: Vec<_> = bench.apple.take_webhooks(at(0)).iter().map(payload).collect();
        assert_eq!(payloads.len(), count, "{mode:?}");
        for payload in &payloads {
            assert_eq!(bench.verified(payload).is_some(), is_signed, "{mode:?}");
            let claims = ReceivedToken::parse(payload).unwrap().claims;
            let audience = match mode {
                AppleNoticeMode::AppId => "com.cinemaxsai.app",
                AppleNoticeMode::Audience => "com.another.web",
                _ => "com.cinemaxsai.web",
            };
            assert_eq!(claims["aud"], audience, "{mode:?}");
            assert_eq!(claims["iss"] == BASE, mode != AppleNoticeMode::Issuer, "{mode:?}");
        }
        let ids: Vec<_> = payloads.iter().map(|it| ReceivedToken::parse(it).unwrap().claims["jti"].clone()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{mode:?}: {ids:?}");
    }
}

#[test]
fn a_refused_notification_comes_again_with_the_same_id() {
    let bench = Bench::new();
    bench.apple.notify(at(0), AppleEvent::ConsentRevoked, "ada");
    let id = |webhook: &Webhook| bench.verified(&payload(webhook)).unwrap()["jti"].clone();
    let first = bench.apple.take_webhooks(at(0));
    bench.apple.webhook_answered(first[0].id, false);
    assert!(bench.apple.take_webhooks(at(4)).is_empty());
    let second = bench.apple.take_webhooks(at(5));
    assert_eq!(id(&first[0]), id(&second[0]));
    bench.apple.webhook_answered(second[0].id, true);
    assert!(bench.apple.take_webhooks(at(9_999)).is_empty());
    assert_eq!(bench.apple.resend(at(9_999)), 1);
    assert_eq!(bench.apple.take_webhooks(at(9_999)).len(), 1);
}

#[test]
fn a_notification_can_be_asked_for_over_http() {
    let bench = Bench::new();
    let asked = |body: &'static str| {
        bench.apple.handle(at(0), Request::post("/_control/notify").body(Bytes::from(body)).unwrap())
    };
    assert_eq!(json_of(&asked(r#"{"type":"account-delete","person":"ada"}"#))["counts"]["notices"], 1);
    assert_eq!(bench.apple.take_webhooks(at(0)).len(), 1);
    for wrong in [r#"{"type":"account","person":"ada"}"#, r#"{"type":"account-delete"}"#, ""] {
        assert_eq!(asked(wrong).status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
}
