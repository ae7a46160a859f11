//! Messages that nobody may send: they are refused, and change nothing.

use super::{
    messages::{apple, facebook, facebook_deletion, google, login_request, signed_request},
    people::{APPLE, FACEBOOK, everywhere},
};
use crate::partners::{authorize, begin};
use local::fakes::{AppleEvent, apple::AppleNoticeMode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, Tampering};
use tests::{Answer, App, Event, Printed};
use tokio::time::Instant;

/// The refusal of a security event token, by RFC 8935.
#[track_caller]
fn assert_refused_event(answer: &Answer, err: &str) {
    assert_eq!((answer.status(), answer.header("content-type")), (400, Some("application/json")), "{answer:?}");
    assert_eq!(answer.header("content-language"), Some("en"));
    let body = answer.json();
    assert_eq!(body["err"], err, "{body}");
    assert!(body["description"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_security_event_of_somebody_else_is_refused() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    let genuine = google(&app, "sessions-revoked", "alice");
    let before = app.world().snapshot();
    for (tampering, err) in [
        (Tampering::UnknownKey, "invalid_key"),
        (Tampering::OtherKey, "invalid_key"),
        (Tampering::Issuer, "invalid_issuer"),
        (Tampering::Audience, "invalid_audience"),
    ] {
        app.google().tamper(tampering);
        let answer = app.send(google(&app, "sessions-revoked", "alice")).await;
        assert_refused_event(&answer, err);
    }
    app.google().tamper(None);
    let token = genuine.json()["body"].as_str().unwrap().to_owned();
    let (head, signature) = token.rsplit_once('.').unwrap();
    for changed in [format!("{head}."), format!("{head}A.{signature}"), "a.b.c".to_owned(), String::new()] {
        assert_refused_event(&app.send(genuine.clone().body(&changed)).await, "invalid_key");
    }
    let other_type = genuine.clone().header("content-type", "application/json");
    let none = genuine.clone().without_header("content-type");
    let large = genuine.clone().body(&"x".repeat(70_000));
    for event in [other_type, none, large] {
        assert_refused_event(&app.send(event).await, "invalid_request");
    }
    app.world().assert_unchanged(&before);
    let with_parameter = genuine.header("content-type", "Application/SecEvent+JWT; charset=us-ascii");
    app.send(with_parameter).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_notification_of_somebody_else_is_refused() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    let genuine = apple(&app, AppleEvent::AccountDelete, APPLE);
    let before = app.world().snapshot();
    for mode in
        [AppleNoticeMode::OtherKey, AppleNoticeMode::UnknownKey, AppleNoticeMode::Audience, AppleNoticeMode::Issuer]
    {
        app.apple().knobs(|knobs| knobs.notices = mode);
        let answer = app.send(apple(&app, AppleEvent::AccountDelete, APPLE)).await;
        assert_eq!(answer.outcome(), (401, "bad_signature".to_owned()), "{mode:?}");
    }
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::Once);
    for (body, status) in
        [("", 401), ("{}", 401), ("not JSON", 401), (r#"{"payload":"a.b.c"}"#, 401), (r#"{"payload":7}"#, 401)]
    {
        assert_eq!(app.send(genuine.clone().body(body)).await.status(), status, "{body}");
    }
    let large = genuine.clone().body(&"x".repeat(70_000));
    assert_eq!(app.send(large).await.outcome(), (413, "body_too_large".to_owned()));
    // A notification is no message of another partner.
    let payload = genuine.json()["body"].as_str().unwrap().to_owned();
    let as_event = Event::recorded("identity-webhook").fill("event", "").body(&payload);
    assert_refused_event(&app.send(as_event).await, "invalid_key");
    app.world().assert_unchanged(&before);
    // Apple does not document the type of its body, and not which of our ids it names.
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::AppId);
    app.send(apple(&app, AppleEvent::EmailDisabled, APPLE)).await.expect(200);
    app.send(genuine.without_header("content-type")).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_signed_request_of_somebody_else_is_refused() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    let (now, before) = (app.world().now(), app.world().snapshot());
    let secret = app.world().secret("facebook-app-secret");
    let genuine = signed_request(&secret, FACEBOOK, now);
    let (signature, payload) = genuine.split_once('.').unwrap();
    let (_, others) =
        signed_request(&secret, "1", now).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let forged = [
        signed_request("another secret", FACEBOOK, now),
        format!("{signature}.{others}"),
        format!(".{payload}"),
        payload.to_owned(),
        "a.b".to_owned(),
        String::new(),
    ];
    for make in [facebook as fn(&App, &str) -> Event, facebook_deletion] {
        for text in &forged {
            let event = make(&app, FACEBOOK).body(&format!("signed_request={text}"));
            assert_eq!(app.send(event).await.outcome(), (401, "bad_signature".to_owned()), "{text}");
        }
        let event = make(&app, FACEBOOK);
        let twice = format!("signed_request={genuine}&signed_request={genuine}");
        for (event, outcome) in [
            (event.clone().body("other=1"), (401, "bad_signature")),
            (event.clone().body(&twice), (400, "malformed")),
            (event.clone().body(&"x".repeat(70_000)), (413, "body_too_large")),
            (event.json_body(&json!({ "signed_request": genuine })), (415, "unsupported_media_type")),
        ] {
            let answer = app.send(event).await;
            assert_eq!(answer.outcome(), (outcome.0, outcome.1.to_owned()), "{answer:?}");
        }
    }
    app.world().assert_unchanged(&before);
}

/// Partners withdraw a key some time after they have changed it. It may be known to strangers then.
#[tokio::test(start_paused = true)]
async fn a_message_under_a_withdrawn_key_is_refused() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    let under_the_old_key = [google(&app, "sessions-revoked", "alice"), apple(&app, AppleEvent::AccountDelete, APPLE)];
    for _ in 0..2 {
        app.google().rotate_key();
        app.apple().rotate_key();
    }
    let before = app.world().snapshot();
    for event in under_the_old_key {
        let answer = app.send(event).await;
        assert!([400, 401].contains(&answer.status()), "{answer:?}");
    }
    app.world().assert_unchanged(&before);
    app.send(google(&app, "sessions-revoked", "alice")).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_an_unknown_partner_is_not_found() {
    let app = App::new(1).await;
    for partner in ["", "twitter", "Google", "google/", "facebook-deletion2"] {
        let event = google(&app, "verification", "").path("provider", partner);
        assert_eq!(app.send(event).await.outcome(), (404, "not_found".to_owned()), "{partner:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_good_for_fourteen_days() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    let [google, apple, facebook] = [
        google(&app, "sessions-revoked", "alice"),
        apple(&app, AppleEvent::ConsentRevoked, APPLE),
        facebook_deletion(&app, FACEBOOK),
    ];
    app.world().advance(14 * tests::DAY + Duration::from_secs(120));
    let before = app.world().snapshot();
    assert_refused_event(&app.send(google).await, "invalid_request");
    for event in [apple, facebook] {
        assert_eq!(app.send(event).await.outcome(), (401, "bad_signature".to_owned()));
    }
    app.world().assert_unchanged(&before);
}

/// Three such a day ring, so what everybody can have who signs in with a partner must make none.
#[tokio::test(start_paused = true)]
async fn only_messages_that_a_partner_has_signed_are_counted_when_they_are_refused() {
    let printed = Printed::in_production();
    let counted = || printed.text().matches("\"IdentityRefusals\":1.0").count();
    let app = App::new(1).await;
    for tampering in [Tampering::UnknownKey, Tampering::OtherKey] {
        app.google().tamper(tampering);
        app.send(google(&app, "sessions-revoked", "alice")).await.expect(400);
    }
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::OtherKey);
    app.send(apple(&app, AppleEvent::AccountDelete, APPLE)).await.expect(401);
    for body in ["", "{}", r#"{"payload":"a.b.c"}"#] {
        app.send(apple(&app, AppleEvent::AccountDelete, APPLE).body(body)).await.expect(401);
    }
    app.send(facebook(&app, FACEBOOK).body("signed_request=a.b")).await.expect(401);
    // Apple signs ID tokens with the same keys, and Facebook logins with the same secret.
    let page = begin(&app, &mut app.browser(), "apple").await;
    let page = page.replace("response_type=code&", "response_type=code+id_token&");
    let id_token = authorize(&app, "apple", &page, "mallory").get("id_token").to_owned();
    let body = json!({ "payload": id_token }).to_string();
    let answer = app.send(apple(&app, AppleEvent::AccountDelete, APPLE).body(&body)).await;
    assert_eq!(answer.outcome(), (401, "bad_signature".to_owned()), "an ID token is no message");
    let secret = app.world().secret("facebook-app-secret");
    for event in [facebook(&app, FACEBOOK), facebook_deletion(&app, FACEBOOK)] {
        let login = login_request(&secret, FACEBOOK, app.world().now());
        let answer = app.send(event.body(&format!("signed_request={login}"))).await;
        assert_eq!(answer.outcome(), (401, "bad_signature".to_owned()), "a login is no message");
    }
    assert_eq!(counted(), 0, "{}", printed.text());

    app.google().tamper(Tampering::Audience);
    app.send(google(&app, "sessions-revoked", "alice")).await.expect(400);
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::Audience);
    app.send(apple(&app, AppleEvent::AccountDelete, APPLE)).await.expect(401);
    assert_eq!(counted(), 2, "{}", printed.text());
    let text = printed.text();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let reasons = lines.filter(|line| line["reason"] == "audience").map(|line| line["provider"].clone());
    assert_eq!(reasons.collect::<Vec<_>>(), ["google", "apple"], "the log must tell the operator why: {text}");
}

/// A key that is new to us may be the partner's. Neither Google nor Facebook sends a refused message again.
#[tokio::test(start_paused = true)]
async fn a_new_key_within_a_minute_of_a_strangers_message_is_not_refused() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.google().tamper(Tampering::UnknownKey);
    app.send(google(&app, "sessions-revoked", "alice")).await.expect(400);
    app.google().tamper(None);
    app.world().advance(Duration::from_secs(5));
    app.google().rotate_key();
    let genuine = google(&app, "sessions-revoked", "alice");
    let answer = app.send(genuine.clone()).await;
    assert_eq!(answer.outcome(), (503, "unavailable".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("60"));
    app.world().advance(Duration::from_secs(60));
    app.send(genuine).await.expect(202);
}

/// `ApiFaultsAlarm` counts the answers of 500 and above, and subtracts `UnknownKeyNotices`.
#[tokio::test(start_paused = true)]
async fn no_number_of_messages_under_unknown_keys_rings_the_alarm_on_faults() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    app.google().tamper(Tampering::UnknownKey);
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::UnknownKey);
    let mut faults = 0;
    for _ in 0..10 {
        let answers = [
            app.send(google(&app, "sessions-revoked", "alice")).await,
            app.send(apple(&app, AppleEvent::AccountDelete, APPLE)).await,
        ];
        faults += answers.iter().filter(|answer| answer.status() >= 500).count();
        app.world().advance(Duration::from_secs(1));
    }
    assert_eq!(faults, 9, "all of Google's but the first, and none of Apple's, who repeats every refused message");
    let subtracted = printed.text().matches("\"UnknownKeyNotices\":1.0").count();
    assert_eq!(subtracted, faults, "{}", printed.text());
}

/// Strangers wait for a silent partner once in ten seconds, and a message never longer than it may.
#[tokio::test(start_paused = true)]
async fn a_silent_partner_holds_no_message_for_long() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    app.world().inject(Faults::every("http.", Fault::Delay(Duration::from_secs(60))));
    let begun = Instant::now();
    for _ in 0..20 {
        let answer = app.send(google(&app, "sessions-revoked", "alice")).await;
        assert_eq!(answer.outcome(), (503, "unavailable".to_owned()));
    }
    assert_eq!(begun.elapsed().as_secs(), net::KEYS_TIMEOUT.as_secs());
    // Five requests take ten seconds.
    app.world().inject(Faults::every("dynamodb.", Fault::Delay(Duration::from_secs(2))));
    let begun = Instant::now();
    assert_eq!(app.send(facebook_deletion(&app, FACEBOOK)).await.outcome(), (503, "unavailable".to_owned()));
    assert_eq!(begun.elapsed().as_secs(), identity::NOTICE_TIMEOUT.as_secs());
}
