//! The answered line of a request has the pseudonym of its caller. No line has the account's id.

use crate::{ops::json_of, partners::link};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{GoogleProfile, PUBLIC_ORIGIN};
use tests::{App, Event, Person, Printed, forged, prompt, pseudonym_keys, without_pseudonym};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The lines of answered requests, in order.
fn answered(printed: &Printed) -> Vec<Value> {
    let lines = printed.text();
    let lines = lines.lines().map(|line| serde_json::from_str(line).expect("every line is one JSON object"));
    lines.filter(|line: &Value| line["message"] == "answered").collect()
}

/// The line of the last answer.
fn last(printed: &Printed) -> Value {
    answered(printed).pop().expect("a request was answered")
}

/// The pseudonym of a person now, as the operators' command computes it.
fn now(app: &App, person: &Person) -> Value {
    json!(pseudonym_keys(app).pseudonym(person.account(), app.world().now()))
}

/// A change by cookie from another site.
fn cross_site(person: &Person) -> Event {
    person.page_event("POST", "/v1/uploads").header("origin", "https://evil.example")
}

#[tokio::test(start_paused = true)]
async fn an_answered_line_has_the_pseudonym_of_its_caller() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    let (mut alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    assert_ne!(now(&app, &alice), now(&app, &bob));
    let route = |line: &Value| line["route"].as_str().unwrap_or_default().to_owned();
    let signed_in: Vec<Value> =
        answered(&printed).into_iter().filter(|line| route(line).contains("callback")).collect();
    let named: Vec<&Value> = signed_in.iter().map(|line| &line["who"]).collect();
    assert_eq!(named, [&now(&app, &alice), &now(&app, &bob)], "a sign-in knows the account at its end");

    for person in [&alice, &bob] {
        for (event, status) in [
            (person.event("GET", "/v1/account"), 200),
            (person.page_event("GET", "/v1/credits"), 200),
            (person.generate_event(&prompt("a boat")), 202),
            (person.generate_event(&json!({})), 422),
            (person.event("GET", "/v1/generations/nothing"), 404),
            (Event::recorded("quote").bearer(person.token()), 200),
            (cross_site(person), 403),
        ] {
            app.send(event).await.expect(status);
            let line = last(&printed);
            assert_eq!((&line["who"], &line["status"]), (&now(&app, person), &json!(status)), "{line}");
        }
    }
    alice.renew().await;
    assert_eq!(last(&printed)["who"], now(&app, &alice), "a refresh knows the account at its end");
    app.send(alice.event("DELETE", "/v1/session")).await.expect(204);
    app.send(alice.generate_event(&prompt("late"))).await.expect(401);
    assert_eq!(last(&printed)["who"], now(&app, &alice), "the token is genuine, and its session has ended");
}

#[tokio::test(start_paused = true)]
async fn a_line_without_a_verified_caller_has_no_pseudonym() {
    let printed = Printed::in_production();
    let app = App::new(2).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    app.send(alice.page_event("DELETE", "/v1/session")).await.expect(204);
    let mut events = vec![
        (Event::recorded("list-models"), 200),
        (Event::recorded("quote").anonymous(), 200),
        (alice.event("GET", "/v1/account").anonymous(), 401),
        // The refresh token of a session that has ended.
        (alice.renewal(), 401),
        (Event::recorded("refresh-session.body").fill("refresh_token", "nonsense"), 401),
        (
            Event::recorded("refresh-session")
                .fill("refresh_token", alice.refresh_token())
                .fill("origin", PUBLIC_ORIGIN),
            401,
        ),
    ];
    events.extend(
        forged(&app, &mallory, &alice).into_iter().map(|it| (alice.event("GET", "/v1/account").bearer(&it.token), 401)),
    );
    for (event, status) in events {
        app.send(event).await.expect(status);
        assert_eq!(last(&printed).get("who"), None, "no caller was verified: {}", last(&printed));
    }
    let others = printed.text();
    let others = others.lines().filter(|line| !line.contains("\"answered\""));
    assert_eq!(others.filter(|line| line.contains("\"who\"")).count(), 0, "no other line has a pseudonym");
}

#[tokio::test(start_paused = true)]
async fn a_refused_refresh_or_sign_in_names_the_account_that_it_has_proven() {
    let printed = Printed::in_production();
    let app = App::new(6).await;
    let alice = app.sign_in("alice").await;
    let line = |status: u16, code: &str| {
        let line = last(&printed);
        let seen = (&line["who"], &line["status"], &line["code"]);
        assert_eq!(seen, (&now(&app, &alice), &json!(status), &json!(code)), "{line}");
    };
    for _ in 0..40 {
        app.send(alice.renewal()).await.expect(200);
    }
    app.send(alice.renewal()).await.expect(429);
    line(429, "too_many_requests");

    app.world().advance(Duration::from_secs(60));
    app.send(alice.renewal()).await.expect(401);
    assert!(printed.text().contains("a used refresh token came again"), "{}", printed.text());
    line(401, "unauthenticated");
    let warnings = printed.text();
    let mut warnings = warnings.lines().filter(|line| line.contains("a used refresh token came again"));
    assert!(warnings.all(|line| !line.contains("\"who\"")), "only the answered line has it");

    // The first sign-in created the account, and is not counted.
    for number in 0..61 {
        let mut browser = app.browser().at(&format!("198.51.{number}.1"));
        let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
        app.send(browser.callback(&callback).header("accept", "*/*")).await;
    }
    line(429, "too_many_requests");
    let mut browser = app.browser().at("198.51.200.1");
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    app.send(browser.callback(&callback).header("accept", "text/html")).await.expect(303);
    let redirected = last(&printed);
    assert_eq!((&redirected["who"], &redirected["code"]), (&now(&app, &alice), &json!("too_many_requests")));
}

#[tokio::test(start_paused = true)]
async fn a_link_names_the_account_that_it_was_begun_for() {
    let printed = Printed::in_production();
    let app = App::new(7).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    for (person, status) in [(&alice, 303), (&bob, 409)] {
        link(&app, person, "apple", "shared").await.expect(status);
        let line = last(&printed);
        assert_eq!((&line["who"], &line["status"]), (&now(&app, person), &json!(status)), "{line}");
    }
}

/// A link and a removal change the ways into an account, so each has a line of its own.
#[tokio::test(start_paused = true)]
async fn a_link_and_a_removal_have_a_line_with_the_pseudonym_and_the_partner() {
    let printed = Printed::in_production();
    let app = App::new(8).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let lines = |message: &str| -> Vec<Value> {
        let lines = printed.text();
        let lines =
            lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("every line is one JSON object"));
        lines.filter(|line| line["message"] == message).map(|line| json!([line["who"], line["provider"]])).collect()
    };
    for provider in ["apple", "facebook"] {
        link(&app, &alice, provider, "shared").await.expect(303);
        link(&app, &bob, provider, "shared").await.expect(409);
    }
    let who = now(&app, &alice);
    assert_eq!(lines("an identity was linked"), [json!([who, "apple"]), json!([who, "facebook"])]);
    for (provider, status) in [("apple", 200), ("apple", 404), ("facebook", 200), ("google", 409)] {
        alice.ask("DELETE", &format!("/v1/account/identities/{provider}")).await.expect(status);
    }
    assert_eq!(lines("an identity was removed"), [json!([who, "apple"]), json!([who, "facebook"])]);
}

#[tokio::test(start_paused = true)]
async fn a_token_of_before_pseudonyms_is_accepted() {
    let printed = Printed::in_production();
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let old = without_pseudonym(&app, &person);
    app.send(person.event("GET", "/v1/account").bearer(&old)).await.expect(200);
    assert_eq!(last(&printed).get("who"), None, "the token has no pseudonym");
}

#[tokio::test(start_paused = true)]
async fn a_pseudonym_ends_with_the_tokens_of_its_day() {
    let printed = Printed::in_production();
    let app = App::new(4).await;
    let mut person = app.sign_in("alice").await;
    let since_midnight = u64::try_from(app.world().now().as_millisecond()).unwrap() % 86_400_000;
    app.world().advance(DAY - Duration::from_millis(since_midnight) - Duration::from_secs(300));
    person.renew().await;
    let before = now(&app, &person);
    app.world().advance(Duration::from_secs(480));
    person.get("/v1/account").await.expect(200);
    assert_ne!(now(&app, &person), before, "it is after midnight");
    assert_eq!(last(&printed)["who"], before, "the token was issued before midnight");
    let found = json_of(&app, &["who", before.as_str().unwrap(), "today"]).await;
    let day = (app.world().now() - jiff::SignedDuration::from_hours(24)).to_string()[..10].to_owned();
    assert_eq!(found["found"], json!([{ "account": person.account(), "day": day }]), "{found}");
    person.renew().await;
    person.get("/v1/account").await.expect(200);
    assert_eq!(last(&printed)["who"], now(&app, &person));
}

#[tokio::test(start_paused = true)]
async fn no_line_has_the_id_of_an_account_or_a_session() {
    let printed = Printed::in_production();
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    person.ask_for("a boat").await;
    app.settle().await;
    person.delete_account().await.expect(202);
    let text = printed.text();
    assert!(text.contains(now(&app, &person).as_str().unwrap()), "the lines have the pseudonym:\n{text}");
    for id in [person.account().to_string(), person.session().to_string(), person.token().to_owned()] {
        assert!(!text.contains(&id), "{id} was printed:\n{text}");
    }
}
