//! Choices about advertising, and notices about changed documents (`POST /v1/consents`).

mod born;
mod races;

use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, Fault, Faults, GoogleProfile, PUBLIC_ORIGIN, TRANSIENT_TABLE};
use tests::{Answer, App, Event, Person, Printed, unauthenticated};

/// The hash of the text in the recorded event.
const HASH: &str = "9f86d081884c7d65";

/// A choice that was made some seconds before the present of the world, or after it.
fn choice(person: &Person, choice: &str, seconds: i64) -> Value {
    let chosen_at: Timestamp = person.app().world().now() + SignedDuration::from_secs(seconds);
    json!({
        "kind": "advertising", "choice": choice, "version": "2026-12-01", "hash": HASH,
        "chosen_at": chosen_at.to_string(), "gpc": false,
    })
}

/// The notice about a version of the policy, which is shown now.
fn notice(person: &Person, version: &str) -> Value {
    json!({
        "kind": "notice", "document": "policy", "version": version,
        "shown_at": person.app().world().now().to_string(),
    })
}

/// The event of a record.
fn record_event(person: &Person, body: &Value) -> Event {
    person.event("POST", "/v1/consents").json_body(body)
}

/// Sends a record.
async fn record(person: &Person, body: &Value) -> Answer {
    person.app().send(record_event(person, body)).await
}

/// The account as the person sees it.
async fn account(person: &Person) -> Value {
    person.get("/v1/account").await.expect(200).json()
}

/// The last choice as the person sees it.
async fn advertising(person: &Person) -> Value {
    account(person).await["consents"]["advertising"].clone()
}

/// The stored rows whose sort key begins so, in the order of their keys.
fn rows(person: &Person, prefix: &str) -> Vec<Value> {
    let items = person.app().world().items(ACCOUNTS_TABLE).into_iter();
    let account = person.account().to_string();
    let is_its = |item: &Value| item["pk"] == account.as_str() && item["sk"].as_str().unwrap().starts_with(prefix);
    items.filter(is_its).collect()
}

#[tokio::test(start_paused = true)]
async fn a_person_consents_and_withdraws_and_both_are_kept() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let shown = account(&person).await;
    let nothing = json!({ "policy": null, "terms": null, "declared_age": null, "notices": [] });
    assert_eq!((&shown["consents"], &shown["acceptance"]), (&json!({ "advertising": null }), &nothing));
    app.send(Event::recorded("record-consent").fill("token", person.token())).await.expect(204);
    let given = json!({
        "choice": "given", "version": "2026-12-01", "chosen_at": "2027-01-15T08:00:00Z", "gpc": false,
        "in_force": true,
    });
    assert_eq!(advertising(&person).await, given);
    app.world().advance(Duration::from_secs(60));
    // Our own page sends cookies, and the person's choice needs no other proof than any change.
    let withdrawn = choice(&person, "withdrawn", 0);
    let by_page = person.page_event("POST", "/v1/consents").json_body(&withdrawn);
    app.send(by_page.clone().header("origin", "https://evil.example")).await.expect(403);
    app.send(by_page).await.expect(204);
    let latest = advertising(&person).await;
    assert_eq!((&latest["choice"], &latest["in_force"]), (&json!("withdrawn"), &json!(false)));
    let kept: Vec<_> =
        rows(&person, "consent#").iter().map(|row| (row["choice"].clone(), row["hash"].clone())).collect();
    assert_eq!(kept, [(json!("given"), json!(HASH)), (json!("withdrawn"), json!(HASH))]);
    let (at, key) = (app.world().now().as_millisecond(), "consent#2027-01-15T08:00:00.000Z-advertising-given");
    assert_eq!(rows(&person, "consent#")[0]["sk"], key);
    assert_eq!(rows(&person, "consent#")[1]["recorded_at"], at);
    let exported = crate::personal::exported(&app, person.account()).await;
    assert_eq!(exported.matches(HASH).count(), 2, "the export has both: {exported}");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_record_changes_nothing_and_takes_one_request() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let records = [choice(&person, "given", 0), choice(&person, "withdrawn", 1), notice(&person, "2026-12-01")];
    for (body, requests) in records.iter().zip([3, 2, 3]) {
        let (answer, counts) = app.world().counted(record(&person, body)).await;
        assert_eq!((answer.status(), counts.aws_total()), (204, requests), "{body}: {counts}");
        assert_eq!(answer.header("ratelimit").is_some(), requests == 3, "{body}: {answer:?}");
    }
    let before = app.world().snapshot();
    app.world().advance(Duration::from_secs(60));
    for body in &records {
        let again = json!({ "gpc": true, "hash": "00000000" });
        let mut other = body.clone();
        if body["kind"] == "advertising" {
            other.as_object_mut().unwrap().extend(again.as_object().unwrap().clone());
        }
        let (answer, counts) = app.world().counted(record(&person, &other)).await;
        assert_eq!((answer.status(), counts.aws_total()), (204, 1), "{other}: {counts}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn global_privacy_control_turns_a_consent_into_a_refusal_and_is_shown() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let mut by_body = choice(&person, "given", 1);
    by_body["gpc"] = json!(true);
    let events = [
        record_event(&person, &choice(&person, "given", 0)).header("sec-gpc", "1"),
        record_event(&person, &by_body),
        record_event(&person, &by_body).header("sec-gpc", "0"),
    ];
    for event in events {
        app.send(event).await.expect(204);
        let latest = advertising(&person).await;
        let expected = (json!("given"), json!(true), json!(false));
        assert_eq!((latest["choice"].clone(), latest["gpc"].clone(), latest["in_force"].clone()), expected);
    }
    app.world().advance(Duration::from_secs(10));
    let off = record_event(&person, &choice(&person, "given", 0)).header("sec-gpc", "0");
    app.send(off).await.expect(204);
    let latest = advertising(&person).await;
    assert_eq!((&latest["gpc"], &latest["in_force"]), (&json!(false), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn the_choice_that_was_made_last_counts_and_no_wrong_clock_keeps_a_consent() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    record(&person, &choice(&person, "withdrawn", -60)).await.expect(204);
    record(&person, &choice(&person, "given", -7_200)).await.expect(204);
    assert_eq!(advertising(&person).await["choice"], "withdrawn", "an anonymous choice may come late");
    assert_eq!(rows(&person, "consent#").len(), 2, "and it is kept");
    // A device whose clock is 20 hours ahead gives, and another one withdraws a minute later.
    record(&person, &choice(&person, "given", 20 * 3_600)).await.expect(204);
    assert_eq!(advertising(&person).await["in_force"], true);
    app.world().advance(Duration::from_secs(60));
    record(&person, &choice(&person, "withdrawn", 0)).await.expect(204);
    assert_eq!(advertising(&person).await["in_force"], false);
    // The person gives again, and withdraws on a device whose clock is an hour behind.
    record(&person, &choice(&person, "given", 0)).await.expect(204);
    app.world().advance(Duration::from_secs(120));
    record(&person, &choice(&person, "withdrawn", -3_600)).await.expect(204);
    assert_eq!(advertising(&person).await["in_force"], false);
}

#[tokio::test(start_paused = true)]
async fn a_notice_is_recorded_once_for_each_version_and_is_no_consent() {
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    let first = notice(&person, "2026-12-01");
    record(&person, &first).await.expect(204);
    let shown = account(&person).await;
    let seen = json!({
        "document": "policy", "version": "2026-12-01", "shown_at": "2027-01-15T08:00:00Z",
        "used_at": "2027-01-15T08:00:00Z",
    });
    assert_eq!(shown["acceptance"]["notices"], json!([seen]));
    assert_eq!((&shown["acceptance"]["policy"], &shown["consents"]["advertising"]), (&Value::Null, &Value::Null));
    let before = app.world().snapshot();
    app.world().advance(Duration::from_secs(60));
    record(&person, &notice(&person, "2026-12-01")).await.expect(204);
    app.world().assert_unchanged(&before);
    let terms = json!({
        "kind": "notice", "document": "terms", "version": "2027-01-01", "shown_at": "2027-01-15T08:30:00Z",
    });
    record(&person, &terms).await.expect(204);
    record(&person, &notice(&person, "2027-01-01")).await.expect(204);
    let notices = account(&person).await["acceptance"]["notices"].clone();
    let versions: Vec<_> = notices.as_array().unwrap().iter().map(|it| (&it["document"], &it["version"])).collect();
    let newest = json!("2027-01-01");
    assert_eq!(versions, [(&json!("policy"), &newest), (&json!("terms"), &newest)]);
    let keys: Vec<_> = rows(&person, "acceptance#").iter().map(|row| row["sk"].clone()).collect();
    assert_eq!(keys, ["acceptance#policy#2026-12-01", "acceptance#policy#2027-01-01", "acceptance#terms#2027-01-01"]);
}

/// The body with other members.
fn with(body: &Value, members: Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

#[tokio::test(start_paused = true)]
async fn a_body_of_another_form_is_refused_and_nothing_is_read_or_stored() {
    let app = App::new(6).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    let (given, seen) = (choice(&person, "given", 0), notice(&person, "2026-12-01"));
    let (old, ahead) = (choice(&person, "given", -181 * 86_400), choice(&person, "given", 86_401));
    let cases = [
        (with(&given, json!({ "choice": "yes" })), "choice"),
        (with(&given, json!({ "version": "1" })), "version"),
        (with(&given, json!({ "version": "2026-02-30" })), "version"),
        (with(&given, json!({ "hash": "abc" })), "hash"),
        (with(&given, json!({ "hash": "g".repeat(16) })), "hash"),
        (with(&given, json!({ "hash": "a".repeat(65) })), "hash"),
        (with(&given, json!({ "chosen_at": "now" })), "chosen_at"),
        (old, "chosen_at"),
        (ahead, "chosen_at"),
        (with(&seen, json!({ "document": "cookies" })), "document"),
        (with(&seen, json!({ "version": "2026-12" })), "version"),
        (with(&seen, json!({ "shown_at": "2020-01-01T00:00:00Z" })), "shown_at"),
        (with(&given, json!({ "kind": "analytics" })), "body"),
        (with(&given, json!({ "account": person.account() })), "body"),
        (with(&given, json!({ "document": "policy" })), "body"),
        (with(&given, json!({ "gpc": "no" })), "body"),
        (json!({ "kind": "advertising" }), "body"),
        (json!({}), "body"),
        (json!([given]), "body"),
        (json!(["advertising", given]), "body"),
    ];
    for (body, field) in cases {
        let (answer, counts) = app.world().counted(record(&person, &body)).await;
        assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{body}");
        assert_eq!((answer.json()["field"].as_str(), counts.aws_total()), (Some(field), 0), "{body}: {answer:?}");
    }
    let form = record_event(&person, &given).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(app.send(form).await.outcome(), (415, "unsupported_media_type".to_owned()));
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn nobody_records_for_another_person() {
    let app = App::new(7).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    record(&alice, &choice(&alice, "given", 0)).await.expect(204);
    let alices = account(&alice).await;
    let before = app.world().snapshot();
    let withdrawn = choice(&alice, "withdrawn", 1);
    let anonymous = record_event(&alice, &withdrawn).anonymous();
    for event in [anonymous.clone(), anonymous.header("authorization", "Bearer wrong")] {
        assert_eq!(app.send(event).await.outcome(), unauthenticated());
    }
    let named = record_event(&mallory, &withdrawn).header("x-account", &alice.account().to_string());
    assert_eq!(app.send(named).await.outcome(), (409, "other_account".to_owned()));
    app.world().assert_unchanged(&before);
    record(&mallory, &withdrawn).await.expect(204);
    assert_eq!(account(&alice).await, alices);
    assert_eq!(advertising(&mallory).await["choice"], "withdrawn");
}

#[tokio::test(start_paused = true)]
async fn a_frozen_account_and_one_that_is_being_deleted_may_withdraw() {
    let app = App::new(8).await;
    let (frozen, leaving) = (app.sign_in("alice").await, app.sign_in("bob").await);
    for person in [&frozen, &leaving] {
        record(person, &choice(person, "given", 0)).await.expect(204);
    }
    let balance = app.world().clients().dynamodb().table(CREDITS_TABLE);
    let freeze = balance.update(&frozen.account().to_string(), "balance").set("status", "frozen");
    freeze.when(aws::Condition::Exists).apply().await.unwrap();
    app.world().advance(Duration::from_secs(5));
    leaving.delete_account().await.expect(202);
    app.world().advance(Duration::from_secs(5));
    let closing = app.browser().sign_in(&GoogleProfile::new("bob")).await;
    for (person, status) in [(&frozen, "frozen"), (&closing, "closing")] {
        record(person, &choice(person, "withdrawn", 0)).await.expect(204);
        let shown = account(person).await;
        assert_eq!((&shown["status"], &shown["consents"]["advertising"]["in_force"]), (&json!(status), &json!(false)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_erased_account_and_an_ended_session_get_no_row() {
    let app = App::new(9).await;
    let (gone, ended, other) = (app.sign_in("alice").await, app.sign_in("bob").await, app.sign_in("bob").await);
    crate::personal::erase(&app, gone.account()).await;
    other.ask("DELETE", &format!("/v1/sessions/{}", ended.session())).await.expect(204);
    let before = app.world().snapshot();
    for person in [&gone, &ended] {
        for body in [choice(person, "given", 0), notice(person, "2026-12-01")] {
            let (answer, counts) = app.world().counted(record(person, &body)).await;
            assert_eq!((answer.outcome(), counts.aws_total()), (unauthenticated(), 1), "{body}: {counts}");
        }
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_account_records_forty_times_a_day_and_can_withdraw_beyond_that() {
    let app = App::new(10).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    for number in 0..40 {
        let answer = record(&person, &choice(&person, "given", number)).await.expect(204);
        let left = format!("\"consents\";r={};", 39 - number);
        assert!(answer.header("ratelimit").is_some_and(|rate| rate.starts_with(&left)), "{number}: {answer:?}");
    }
    let before = (app.world().items(ACCOUNTS_TABLE), app.world().items(TRANSIENT_TABLE));
    for body in [choice(&person, "given", 40), notice(&person, "2026-12-01"), choice(&person, "refused", -60)] {
        let refused = record(&person, &body).await;
        assert_eq!(refused.outcome(), (429, "too_many_requests".to_owned()), "{body}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("at most 40 in a day"), "{refused:?}");
    }
    record(&person, &choice(&person, "given", 0)).await.expect(204);
    assert_eq!((app.world().items(ACCOUNTS_TABLE), app.world().items(TRANSIENT_TABLE)), before);
    // Each withdrawal needs a consent before it, so these are no way around the limit.
    app.world().advance(Duration::from_secs(60));
    record(&person, &choice(&person, "withdrawn", 0)).await.expect(204);
    assert_eq!(record(&person, &choice(&person, "withdrawn", 1)).await.status(), 429);
    assert_eq!(advertising(&person).await["in_force"], false);
    record(&other, &choice(&other, "given", 0)).await.expect(204);
    let wait = record(&person, &choice(&person, "given", 2)).await.header("retry-after").unwrap().parse().unwrap();
    app.world().advance(Duration::from_secs(wait));
    let mut again = person.clone();
    again.renew().await;
    record(&again, &choice(&again, "given", 0)).await.expect(204);
}

#[tokio::test(start_paused = true)]
async fn neither_a_hash_nor_a_text_is_in_a_log_line() {
    const CANARY: &str = "c0ffee00c0ffee00";
    for printed in [Printed::in_production as fn() -> Printed, Printed::everything_of_ours] {
        let printed = printed();
        let app = App::new(11).await;
        let person = app.sign_in("alice").await;
        let hashed = |number| with(&choice(&person, "given", number), json!({ "hash": CANARY }));
        let mut bodies = vec![hashed(0), hashed(0), json!(CANARY), json!({ "kind": CANARY })];
        for field in ["choice", "version", "hash", "chosen_at", "kind", CANARY] {
            bodies.push(with(&hashed(1), json!({ field: format!("{CANARY}!") })));
        }
        for body in &bodies {
            record(&person, body).await;
        }
        app.send(record_event(&person, &hashed(1)).body(CANARY)).await;
        for (number, fault) in [Fault::ServerError, Fault::AnswerLost, Fault::Throttled].into_iter().enumerate() {
            app.world().inject(Faults::every("dynamodb.", fault));
            record(&person, &hashed(10 + number as i64)).await;
            app.world().inject(Faults::none());
        }
        let cookies = person.page_event("POST", "/v1/consents").json_body(&hashed(20)).header("origin", PUBLIC_ORIGIN);
        app.send(cookies).await.expect(204);
        let text = printed.text();
        assert!(text.lines().count() > 10, "the test must see the lines: {text}");
        assert!(!text.contains(CANARY), "a text of the body was printed: {text}");
    }
}
