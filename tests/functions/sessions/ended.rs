//! An ended session spends, buys, uploads, changes and deletes nothing, although its access token is
//! still valid. It only reads.

use crate::unauthenticated::event;
use futures_util::future::join;
use std::{collections::BTreeSet, time::Duration};
use testkit::{Faults, PUBLIC_ORIGIN};
use tests::{App, DAY, Event, Person, prompt, protected, slow, unauthenticated};

/// The ways in which a session ends while its access token is valid.
const WAYS: [&str; 4] = ["sign-out", "ended from another session", "ended with all others", "a reused refresh token"];

/// Ends the session of `person` in one of the ways.
async fn end(app: &App, person: &Person, way: &str) {
    let other = app.sign_in("alice").await;
    match way {
        "sign-out" => drop(app.send(person.page_event("DELETE", "/v1/session")).await.expect(204)),
        "ended from another session" => {
            drop(other.ask("DELETE", &format!("/v1/sessions/{}", person.session())).await.expect(204));
        }
        "ended with all others" => drop(other.ask("DELETE", "/v1/sessions").await.expect(204)),
        _ => {
            app.refresh(person.refresh_token()).await.expect(200);
            app.world().advance(Duration::from_secs(31));
            assert_eq!(app.refresh(person.refresh_token()).await.outcome(), unauthenticated());
        }
    }
}

/// The protected routes that change something. Signing out may be repeated, so it is not one of them.
fn changes_in_a_session() -> Vec<&'static str> {
    let changes = |function: &&str| !Event::recorded(function).route().starts_with("GET ") && *function != "logout";
    protected().filter(changes).collect()
}

#[tokio::test(start_paused = true)]
async fn an_ended_session_changes_nothing_from_then_on() {
    let changing = changes_in_a_session();
    for needed in [
        "cancel-deletion",
        "cancel-generation",
        "checkout",
        "delete-account",
        "delete-generation",
        "generate",
        "upload",
    ] {
        assert!(changing.contains(&needed), "{needed} must be tried: {changing:?}");
    }
    for way in WAYS {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        app.settle().await;
        end(&app, &person, way).await;
        let before = app.world().snapshot();
        for function in &changing {
            let event = event(function, &person, &id);
            let by_cookie = event.clone().cookies(&person.browser().jar()).header("origin", PUBLIC_ORIGIN);
            for event in [event.bearer(person.token()), by_cookie] {
                assert_eq!(app.send(event).await.outcome(), unauthenticated(), "{function} after {way}");
            }
        }
        app.world().assert_unchanged(&before);
        assert_eq!((app.replicate().counts().submits, app.stripe().counts().sessions), (1, 0), "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ended_session_reads_for_ten_minutes_more() {
    for way in WAYS {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        end(&app, &person, way).await;
        let generation = format!("/v1/generations/{id}");
        let reads = ["/v1/account", "/v1/credits", "/v1/usage", "/v1/generations", generation.as_str()];
        for path in reads {
            person.get(path).await.expect(200);
        }
        // The lists with IP addresses ask for the session.
        for path in ["/v1/sessions", "/v1/account/sign-ins"] {
            assert_eq!(person.get(path).await.outcome(), unauthenticated(), "{path} after {way}");
        }
        app.world().advance(Duration::from_secs(606));
        for path in reads {
            assert_eq!(person.get(path).await.outcome(), unauthenticated(), "{path} after {way}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_key_needs_a_living_session_too() {
    let app = App::new(1).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("alice").await);
    let event = person.keyed_event("the-key", &prompt("a boat"));
    let first = app.send(event.clone()).await.expect(202).json();
    assert_eq!(app.send(event.clone()).await.expect(202).json()["id"], first["id"]);
    other.ask("DELETE", &format!("/v1/sessions/{}", person.session())).await.expect(204);
    let (answer, counts) = app.world().counted(app.send(event.clone())).await;
    assert_eq!(answer.outcome(), unauthenticated());
    assert_eq!((counts.aws_total(), counts.of("dynamodb.BatchGetItem")), (1, 1), "one read refuses it: {counts}");
    let again = app.send(event.bearer(other.token())).await.expect(202);
    assert_eq!(again.json()["id"], first["id"], "the key belongs to the account");
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_spends_nothing_after_its_end() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    // A session that is refreshed in its last minute has a valid access token after 180 days.
    let mut token = person.refresh_token().to_owned();
    for _ in 0..6 {
        app.world().advance(29 * DAY);
        token = app.refresh(&token).await.refresh_token();
    }
    app.world().advance(6 * DAY - Duration::from_secs(60));
    let answer = app.refresh(&token).await.expect(200).json();
    let access = answer["access_token"].as_str().unwrap().to_owned();
    let event = || person.generate_event(&prompt("a boat")).bearer(&access);
    app.send(event()).await.expect(202);
    app.world().advance(Duration::from_secs(60));
    assert_eq!(app.send(event()).await.outcome(), unauthenticated());
    app.send(person.event("GET", "/v1/account").bearer(&access)).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_while_it_generates_holds_once_or_not_at_all_and_then_never_again() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..30 {
        let app = App::new(seed).await;
        let (person, other) = (app.sign_in("alice").await, app.sign_in("alice").await);
        let ending = match seed % 2 {
            0 => other.event("DELETE", &format!("/v1/sessions/{}", person.session())),
            _ => other.event("DELETE", "/v1/sessions"),
        };
        app.world().inject(slow(0.4, 1..31));
        let (answer, ended) = join(app.send(person.generate_event(&prompt("a boat"))), app.send(ending)).await;
        app.world().inject(Faults::none());
        assert_eq!(ended.status(), 204, "seed {seed}");
        assert!([202, 401].contains(&answer.status()), "seed {seed}: {answer:?}");
        outcomes.insert(answer.status());
        let held = if answer.status() == 202 { 4 } else { 0 };
        let late = person.generate(&prompt("another boat")).await;
        assert_eq!(late.outcome(), unauthenticated(), "seed {seed}: the end has been answered");
        let credits = other.get("/v1/credits").await.expect(200).json();
        assert_eq!(credits["held"], held, "seed {seed}");
        app.check_invariants().none();
    }
    assert_eq!(outcomes, BTreeSet::from([202, 401]), "both orders must have occurred");
}
