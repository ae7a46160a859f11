//! A page that shows the account of one person acts for nobody else: the header `X-Account`.

use crate::unauthenticated::event;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{PUBLIC_ORIGIN, TRANSIENT_TABLE};
use tests::{App, Event, Person, protected};

/// The outcome of a request for another account than that of the session.
fn other_account() -> (u16, String) {
    (409, "other_account".to_owned())
}

/// Texts that name another account than that of `person`, or none.
fn others(person: &Person, other: &Person) -> [String; 4] {
    let [own, other] = [person, other].map(|person| person.account().to_string());
    [other.clone(), format!("{own},{own}"), "me".to_owned(), String::new()]
}

#[tokio::test(start_paused = true)]
async fn every_protected_route_refuses_a_request_for_another_account_and_nothing_changes() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let id = bob.ask_for("a boat").await;
    app.settle().await;
    let before = app.world().snapshot();
    let tried: Vec<_> = protected().collect();
    for needed in ["logout", "generate", "delete-account", "record-consent", "get-account", "checkout"] {
        assert!(tried.contains(&needed), "{needed} must be tried: {tried:?}");
    }
    for function in tried {
        // The tab of alice, in the browser in which bob has signed in since.
        let event = event(function, &bob, &id);
        let by_cookie = event.clone().cookies(&bob.browser().jar()).header("origin", PUBLIC_ORIGIN);
        for event in [event.bearer(bob.token()), by_cookie] {
            for named in others(&bob, &alice) {
                let (answer, counts) = app.world().counted(app.send(event.clone().header("x-account", &named))).await;
                assert_eq!(answer.outcome(), other_account(), "{function} for {named:?}");
                assert_eq!(counts.aws_total() + counts.vendors_total(), 0, "{function} for {named:?}: {counts}");
                assert!(answer.set_cookies().is_empty(), "{function}: bob stays signed in: {answer:?}");
            }
        }
    }
    app.world().assert_unchanged(&before);
    let refused = app.send(bob.event("GET", "/v1/credits").header("x-account", &alice.account().to_string())).await;
    let detail = "You are signed in as somebody else in this browser now. Reload the page.";
    assert_eq!(refused.json()["detail"], detail);
}

#[tokio::test(start_paused = true)]
async fn a_request_for_the_own_account_is_answered_as_one_that_names_none() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let own = person.account().to_string();
    for named in [own.clone(), own.to_ascii_uppercase()] {
        for path in ["/v1/account", "/v1/credits", "/v1/sessions", "/v1/generations"] {
            let named = app.send(person.event("GET", path).header("x-account", &named)).await.expect(200).json();
            assert_eq!(named, person.get(path).await.expect(200).json(), "{path}");
        }
    }
    app.send(person.page_event("DELETE", "/v1/session").header("x-account", &own))
        .await
        .expect(204)
        .expect_signed_out();
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_and_another_site_are_refused_as_before() {
    let app = App::new(3).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let named = |event: Event| event.header("x-account", &alice.account().to_string());
    let wrong = app.send(named(bob.event("GET", "/v1/account").bearer("wrong"))).await;
    assert_eq!(wrong.outcome(), tests::unauthenticated());
    let strange = bob.page_event("DELETE", "/v1/session").header("origin", "https://evil.example");
    assert_eq!(app.send(named(strange)).await.outcome(), (403, "cross_origin".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_for_another_account_rotates_nothing_and_the_session_goes_on() {
    let app = App::new(4).await;
    let (alice, mut bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let before = app.world().snapshot();
    let by_cookie = Event::recorded("refresh-session")
        .fill_all(&[("refresh_token", bob.refresh_token()), ("origin", PUBLIC_ORIGIN)]);
    for event in [by_cookie.clone(), bob.renewal()] {
        for named in others(&bob, &alice) {
            let (answer, counts) = app.world().counted(app.send(event.clone().header("x-account", &named))).await;
            assert_eq!((answer.outcome(), counts.aws_total()), (other_account(), 0), "{named:?}: {counts}");
            assert!(answer.set_cookies().is_empty(), "{answer:?}");
        }
    }
    app.world().assert_unchanged(&before);
    // Long after it the token still works, so it was not used.
    app.world().advance(Duration::from_secs(120));
    app.send(by_cookie.header("x-account", &bob.account().to_string())).await.expect(200);
    bob = app.sign_in("bob").await;
    bob.get("/v1/account").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_one_person_is_not_stored_as_that_of_another() {
    let app = App::new(5).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let body: Value = json!({ "kind": "support", "text": "Hello?", "reply_to": "alice@example.com" });
    let message = Event::recorded("contact").json_body(&body).anonymous().header("origin", PUBLIC_ORIGIN);
    let jar = bob.browser().jar();
    let refresh: Vec<_> = jar.iter().filter(|cookie| cookie.starts_with("__Host-refresh")).cloned().collect();
    let before = (app.world().snapshot(), app.world().items(TRANSIENT_TABLE));
    for event in [message.clone().bearer(bob.token()), message.clone().cookies(&jar), message.clone().cookies(&refresh)]
    {
        let answer = app.send(event.header("x-account", &alice.account().to_string())).await;
        assert_eq!(answer.outcome(), other_account());
    }
    app.world().assert_unchanged(&before.0);
    assert_eq!(app.world().items(TRANSIENT_TABLE), before.1);
    app.send(message.cookies(&jar).header("x-account", &bob.account().to_string())).await.expect(201);
}
