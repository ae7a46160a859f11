//! Sessions: each refresh token renews a session once, and an ended session stays ended.

mod bounds;
mod ended;
mod ending;
mod listed;

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, PUBLIC_ORIGIN};
use tests::{App, DAY, Event, Person, Printed, unauthenticated};

#[tokio::test(start_paused = true)]
async fn a_refresh_token_in_the_body_is_answered_in_the_body() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let answer = app.refresh(person.refresh_token()).await.expect(200);
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["access_token", "expires_in", "refresh_token"]);
    assert_eq!(body["expires_in"], 600);
    assert!(answer.set_cookies().is_empty(), "tokens from the body must not be answered in cookies");
    let event = person.event("GET", "/v1/account").bearer(body["access_token"].as_str().unwrap());
    assert_eq!(app.send(event).await.expect(200).json()["id"], person.account().to_string());
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_in_the_cookie_is_answered_in_cookies() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let event = Event::recorded("refresh-session").fill("refresh_token", person.refresh_token());
    let answer = app.send(event.fill("origin", PUBLIC_ORIGIN)).await.expect(200);
    assert_eq!(answer.json(), json!({ "expires_in": 600 }), "a script must not see the tokens");
    let mut browser = person.browser().clone();
    browser.keep(&answer);
    let renewed = Person::of(browser);
    assert_ne!(renewed.refresh_token(), person.refresh_token());
    renewed.get("/v1/account").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_by_cookie_from_another_site_is_refused() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    for (origin, site) in [("https://evil.example", "same-origin"), ("null", "cross-site"), ("null", "same-site")] {
        let event = Event::recorded("refresh-session").fill("refresh_token", person.refresh_token());
        let answer = app.send(event.fill("origin", origin).header("sec-fetch-site", site)).await;
        assert_eq!(answer.outcome(), (403, "cross_origin".to_owned()), "{origin}");
        assert!(answer.set_cookies().is_empty());
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn two_tabs_that_refresh_at_once_get_the_same_successor() {
    for seed in 0..10 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let token = person.refresh_token();
        let (one, two) = futures_util::future::join(app.refresh(token), app.refresh(token)).await;
        assert_eq!(one.refresh_token(), two.refresh_token(), "seed {seed}");
        app.world().advance(Duration::from_secs(29));
        let late = app.refresh(token).await;
        assert_eq!(late.refresh_token(), one.refresh_token(), "seed {seed}: a lost answer may be asked for again");
        app.refresh(&one.refresh_token()).await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_used_refresh_token_ends_the_session_for_everybody() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let stolen = person.refresh_token();
    let current = app.refresh(stolen).await.refresh_token();
    app.world().advance(Duration::from_secs(31));
    assert_eq!(app.refresh(stolen).await.outcome(), unauthenticated(), "it was used");
    assert_eq!(app.refresh(&current).await.outcome(), unauthenticated(), "either token may be stolen");
    assert_eq!(app.refresh(stolen).await.outcome(), unauthenticated());
    app.sign_in("alice").await.get("/v1/account").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_reuse_of_a_refresh_token_is_one_warning_and_one_metric_without_personal_data() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let stolen = person.refresh_token();
    app.refresh(stolen).await.expect(200);
    app.world().advance(Duration::from_secs(31));
    let printed = Printed::in_production();
    assert_eq!(app.refresh(stolen).await.outcome(), unauthenticated());
    let text = printed.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [warning, metric, answered] = lines.as_slice() else { panic!("a warning, a metric and the answer: {text}") };
    assert_eq!(warning["level"], "WARN");
    assert_eq!(warning["message"], "a used refresh token came again; its session was ended");
    assert_eq!((&metric["RefreshTokenReuses"], &metric["Stage"]), (&json!(1.0), &json!("test")));
    assert_eq!((&answered["message"], &answered["status"]), (&json!("answered"), &json!(401)));
    let (account, session) = (person.account().to_string(), person.session().to_string());
    let secret = stolen.rsplit('.').next().unwrap();
    for personal in [account.as_str(), &session, secret, "alice", "203.0.113."] {
        assert!(!text.contains(personal), "{personal} must not be printed: {text}");
    }
    // The session has ended, so another attempt does not count as a reuse.
    assert_eq!(app.refresh(stolen).await.outcome(), unauthenticated());
    let again = printed.text().trim_start_matches(&text).to_owned();
    assert!(again.contains("answered") && !again.contains("WARN") && !again.contains("RefreshTokenReuses"), "{again}");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_one_session_leaves_others_alone() {
    let app = App::new(1).await;
    let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    app.send(laptop.page_event("DELETE", "/v1/session")).await.expect(204);
    assert_eq!(app.refresh(laptop.refresh_token()).await.outcome(), unauthenticated());
    app.refresh(phone.refresh_token()).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn signing_out_removes_the_cookies_and_revokes_the_refresh_token() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let event = Event::recorded("logout").fill("token", person.token()).fill("refresh_token", person.refresh_token());
    let answer = app.send(event.fill("origin", PUBLIC_ORIGIN)).await.expect(204);
    answer.expect_signed_out();
    assert_eq!(app.refresh(person.refresh_token()).await.outcome(), unauthenticated());
    let again = app.send(person.page_event("DELETE", "/v1/session")).await;
    assert_eq!(again.status(), 204, "signing out a second time must succeed");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_refresh_token_changes_nothing() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let parts: Vec<&str> = mallory.refresh_token().split('.').collect();
    let of_alice = format!("{}.{}.{}", alice.account(), parts[1], parts[2]);
    let cases = [
        "",
        "x",
        "a.b.c",
        alice.token(),
        &alice.refresh_token()[..alice.refresh_token().len() - 1],
        &format!("{}.", alice.refresh_token()),
        &of_alice,
    ];
    let before = app.world().snapshot();
    for token in cases {
        assert_eq!(app.refresh(token).await.outcome(), unauthenticated(), "{token:?}");
    }
    let without = app.browser().renewal();
    assert_eq!(app.send(without).await.outcome(), unauthenticated(), "no cookie at all");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_refresh_is_refused() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    let event = |body: &str| Event::recorded("refresh-session.body").body(body);
    for (what, event, status, code) in [
        ("no JSON", event("refresh_token=x"), 400, "malformed"),
        ("no token", event("{}"), 422, "invalid"),
        ("a number", event(r#"{"refresh_token":1}"#), 422, "invalid"),
        ("more than that", event(r#"{"refresh_token":"x","scope":"all"}"#), 422, "invalid"),
        ("a form", event("{}").header("content-type", "text/plain"), 415, "unsupported_media_type"),
    ] {
        let event = event.cookies(&[format!("__Host-refresh={}", person.refresh_token())]);
        assert_eq!(app.send(event).await.outcome(), (status, code.to_owned()), "{what}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_after_thirty_idle_days_and_not_before() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.world().advance(29 * DAY);
    let second = app.refresh(person.refresh_token()).await.refresh_token();
    app.world().advance(29 * DAY);
    let third = app.refresh(&second).await.refresh_token();
    app.world().advance(30 * DAY + Duration::from_secs(1));
    assert_eq!(app.refresh(&third).await.outcome(), unauthenticated());
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_answer_is_lost_can_be_asked_again() {
    for call in 1..=2 {
        for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::Throttled, Fault::ServerError] {
            let app = App::new(call).await;
            let person = app.sign_in("alice").await;
            app.world().inject(Faults::at(call, fault));
            let answer = app.refresh(person.refresh_token()).await;
            assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "call {call}: {fault:?}");
            app.refresh(person.refresh_token()).await.expect(200);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_stored_session_holds_no_token_and_no_address() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let successor = app.refresh(person.refresh_token()).await.refresh_token();
    let sk = format!("session#{}", person.session());
    let item = app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), &sk).unwrap().to_string();
    for token in [person.refresh_token(), &successor, person.token()] {
        let secret = token.rsplit('.').next().unwrap();
        assert!(!item.contains(secret), "{item}");
    }
    assert!(!item.contains("203.0.113."), "{item}");
}
