//! The own account: the name that the person sets, the preferences and the identities (`GET` and `PATCH /v1/account`).

mod patches;
mod races;

use accounts::IDENTITY_PROVIDERS;
use identity::IdentityProvider;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, Fault, Faults, GoogleProfile};
use tests::{Answer, App, Event, Person, Printed, unauthenticated};

/// The event of a patch.
fn patch_event(person: &Person, patch: &Value) -> Event {
    person.event("PATCH", "/v1/account").json_body(patch).header("content-type", "application/merge-patch+json")
}

/// Sends a patch.
async fn change(person: &Person, patch: &Value) -> Answer {
    person.app().send(patch_event(person, patch)).await
}

/// The account as the person sees it.
async fn account(person: &Person) -> Value {
    person.get("/v1/account").await.expect(200).json()
}

/// The stored profile.
fn profile(app: &App, person: &Person) -> Value {
    app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "profile").unwrap()
}

/// The preferences of a person who has chosen none.
fn defaults() -> Value {
    json!({ "theme": "system", "default_model": null, "emails": { "news": false } })
}

#[tokio::test(start_paused = true)]
async fn a_person_changes_name_and_preferences_and_sees_them_in_the_account() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let before = account(&person).await;
    assert_eq!((&before["name"], &before["preferences"]), (&json!("Person alice"), &defaults()));
    for event in [
        Event::recorded("update-account"),
        Event::recorded("update-account").header("content-type", "Application/JSON; charset=utf-8"),
    ] {
        let answer = app.send(event.bearer(person.token())).await.expect(200).json();
        let mut expected = before.clone();
        expected["name"] = json!("Ada Lovelace");
        expected["preferences"] =
            json!({ "theme": "dark", "default_model": "flux-schnell", "emails": { "news": true } });
        assert_eq!(answer, expected, "the answer is the account, and nothing else differs");
        assert_eq!(account(&person).await, answer);
    }
    let answer = app.send(Event::recorded("update-account.reset").bearer(person.token())).await.expect(200).json();
    assert_eq!((&answer["name"], &answer["preferences"]), (&Value::Null, &defaults()));
    assert_eq!(account(&person).await, answer);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn the_page_changes_the_account_by_cookie() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let event = person.page_event("PATCH", "/v1/account").json_body(&json!({ "preferences": { "theme": "light" } }));
    assert_eq!(app.send(event.clone()).await.expect(200).json()["preferences"]["theme"], "light");
    let before = app.world().snapshot();
    let foreign = event.clone().header("origin", "https://evil.example").json_body(&json!({ "name": "Mallory" }));
    assert_eq!(app.send(foreign).await.outcome(), (403, "cross_origin".to_owned()));
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn the_account_lists_the_identities_with_which_the_person_signs_in() {
    let app = App::new(1).await;
    let (alice, _) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let body = account(&alice).await;
    let google = json!({
        "provider": "google", "email": "alice@example.com", "private_relay": false, "mail_disabled": false,
        "linked_at": body["created_at"],
    });
    assert_eq!(body["identities"], json!([google]));

    // An identity at each partner, the one at Google as it was stored before it had an address.
    let (table, pk) = (app.world().clients().dynamodb().table(ACCOUNTS_TABLE), alice.account().to_string());
    let at = app.world().now().as_millisecond();
    let stored = |provider: &str| json!({ "provider": provider, "issuer": "i", "subject": "s", "linked_at": at });
    let mut apple = stored("apple");
    apple["email"] = json!("a1b2@privaterelay.example");
    (apple["is_private_email"], apple["mail_disabled_at"]) = (json!(true), json!(at));
    for (provider, item) in [("google", stored("google")), ("facebook", stored("facebook")), ("apple", apple)] {
        table.put(&pk, &format!("identity#{provider}"), &item).apply().await.unwrap();
    }
    let listed = account(&alice).await["identities"].clone();
    let shown = |provider: &str| {
        json!({
            "provider": provider, "email": null, "private_relay": false, "mail_disabled": false,
            "linked_at": app.world().now().to_string(),
        })
    };
    let mut apple = shown("apple");
    apple["email"] = json!("a1b2@privaterelay.example");
    (apple["private_relay"], apple["mail_disabled"]) = (json!(true), json!(true));
    assert_eq!(listed, json!([apple, shown("facebook"), shown("google")]));
    assert_eq!(change(&alice, &json!({})).await.expect(200).json()["identities"], listed);
}

/// The account is read in one batch, which names the key of each identity.
#[test]
fn the_identities_of_every_partner_are_read() {
    let mut partners = IdentityProvider::ALL.map(IdentityProvider::as_str);
    partners.sort_unstable();
    assert_eq!(partners, IDENTITY_PROVIDERS, "name each partner in shared/accounts/src/edit.rs, in order");
}

#[tokio::test(start_paused = true)]
async fn a_change_takes_two_requests_and_one_that_changes_nothing_takes_one() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let patch = json!({ "name": "Ada", "preferences": { "theme": "dark", "emails": { "news": true } } });
    let (answer, counts) = app.world().counted(change(&person, &patch)).await;
    let changed = answer.expect(200).json();
    let of = |name: &str| counts.of(name);
    assert_eq!((counts.aws_total(), of("dynamodb.BatchGetItem"), of("dynamodb.UpdateItem")), (2, 1, 1), "{counts}");
    let before = app.world().snapshot();
    for nothing in [
        patch,
        json!({}),
        json!({ "preferences": {} }),
        json!({ "name": " Ada ", "preferences": { "emails": {}, "default_model": null } }),
    ] {
        let (answer, counts) = app.world().counted(change(&person, &nothing)).await;
        assert_eq!(answer.expect(200).json(), changed, "{nothing}");
        assert_eq!((counts.aws_total(), counts.of("dynamodb.BatchGetItem")), (1, 1), "{nothing}: {counts}");
    }
    app.world().assert_unchanged(&before);
    let (answer, counts) = app.world().counted(change(&person, &json!({ "name": "" }))).await;
    assert_eq!((answer.status(), counts.aws_total()), (422, 0), "a body that is refused reads nothing: {counts}");
    let (answer, counts) = app.world().counted(person.get("/v1/account")).await;
    assert_eq!((answer.status(), counts.aws_total()), (200, 1), "{counts}");
}

#[tokio::test(start_paused = true)]
async fn nobody_changes_anothers_account() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let alices = profile(&app, &alice);
    let before = app.world().snapshot();
    let id = alice.account().to_string();
    for patch in [
        json!({ "id": id, "name": "Mallory" }),
        json!({ "account": id, "name": "Mallory" }),
        json!({ "name": "Mallory", "preferences": { "account": id } }),
    ] {
        assert_eq!(change(&mallory, &patch).await.outcome(), (422, "invalid".to_owned()), "{patch}");
    }
    let anonymous = patch_event(&alice, &json!({ "name": "Mallory" })).anonymous();
    for event in [anonymous.clone(), anonymous.header("authorization", "Bearer wrong")] {
        assert_eq!(app.send(event).await.outcome(), unauthenticated());
    }
    app.world().assert_unchanged(&before);
    let event =
        patch_event(&mallory, &json!({ "name": "Mallory" })).query(&[("account", id.as_str()), ("id", id.as_str())]);
    assert_eq!(app.send(event).await.expect(200).json()["id"], json!(mallory.account()));
    assert_eq!(profile(&app, &alice), alices);
}

#[tokio::test(start_paused = true)]
async fn an_erased_account_and_an_ended_session_change_nothing() {
    let app = App::new(1).await;
    let (gone, ended, other) = (app.sign_in("alice").await, app.sign_in("bob").await, app.sign_in("bob").await);
    crate::personal::erase(&app, gone.account()).await;
    other.ask("DELETE", &format!("/v1/sessions/{}", ended.session())).await.expect(204);
    let before = app.world().snapshot();
    for person in [&gone, &ended] {
        for patch in [json!({ "name": "Ada" }), json!({ "preferences": { "theme": "dark" } }), json!({})] {
            let (answer, counts) = app.world().counted(change(person, &patch)).await;
            assert_eq!(answer.outcome(), unauthenticated(), "{patch}");
            assert_eq!(counts.aws_total(), 1, "{patch}: {counts}");
        }
    }
    app.world().assert_unchanged(&before);
    // A session that outlived its account by a fault brings it back neither.
    let table = app.world().clients().dynamodb().table(ACCOUNTS_TABLE);
    table.delete(&other.account().to_string(), "profile").apply().await.unwrap();
    let before = app.world().snapshot();
    assert_eq!(change(&other, &json!({ "name": "Ada" })).await.outcome(), unauthenticated());
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_account_and_one_that_is_being_deleted_can_be_corrected() {
    let app = App::new(1).await;
    let (frozen, leaving) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let balance = app.world().clients().dynamodb().table(CREDITS_TABLE);
    let freeze = balance.update(&frozen.account().to_string(), "balance").set("status", "frozen");
    freeze.when(aws::Condition::Exists).apply().await.unwrap();
    app.world().advance(Duration::from_secs(5));
    leaving.delete_account().await.expect(202);
    app.world().advance(Duration::from_secs(5));
    let closing = app.browser().sign_in(&GoogleProfile::new("bob")).await;
    for (person, status) in [(&frozen, "frozen"), (&closing, "closing")] {
        let patch = json!({ "name": "Ada Lovelace", "preferences": { "emails": { "news": true } } });
        let answer = change(person, &patch).await.expect(200).json();
        assert_eq!((&answer["status"], &answer["name"]), (&json!(status), &json!("Ada Lovelace")));
        assert_eq!(answer["preferences"]["emails"]["news"], true, "{status}");
        assert_eq!(account(person).await, answer, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_sign_in_overwrites_no_name_that_the_person_set_or_removed() {
    for name in [json!("Ada Lovelace"), Value::Null] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let untouched = app.sign_in("bob").await;
        let patch = json!({ "name": name, "preferences": { "theme": "dark" } });
        change(&person, &patch).await.expect(200);
        for n in 0..2 {
            let renamed = |who: &str| GoogleProfile {
                name: Some(format!("Renamed {n}")),
                email: format!("{who}-{n}@example.com"),
                ..GoogleProfile::new(who)
            };
            let again = app.browser().sign_in(&renamed("alice")).await;
            let shown = account(&again).await;
            assert_eq!((&shown["id"], &shown["name"]), (&json!(person.account()), &name), "sign-in {n}");
            assert_eq!(shown["preferences"]["theme"], "dark", "a sign-in leaves the preferences");
            assert_eq!(shown["email"], format!("alice-{n}@example.com"), "what came from the partner is renewed");
            let other = app.browser().sign_in(&renamed("bob")).await;
            assert_eq!(account(&other).await["name"], format!("Renamed {n}"), "a name that nobody set is renewed");
            assert_eq!(other.account(), untouched.account());
        }
        assert_eq!(profile(&app, &person)["name_from"], "person");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_is_in_no_log_line() {
    const CANARY: &str = "canary-own-name";
    for printed in [Printed::in_production as fn() -> Printed, Printed::everything_of_ours] {
        let printed = printed();
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let long = CANARY.repeat(200);
        for patch in [
            json!({ "name": CANARY }),
            json!({ "name": long }),
            json!({ "name": format!("{CANARY}\n") }),
            json!({ "name": [CANARY] }),
            json!({ CANARY: CANARY }),
            json!({ "preferences": { "theme": CANARY, "default_model": CANARY } }),
            json!({ "preferences": { "default_model": CANARY } }),
            json!({ "preferences": { CANARY: CANARY } }),
            json!(CANARY),
        ] {
            change(&person, &patch).await;
        }
        app.send(patch_event(&person, &json!({})).body(CANARY)).await;
        for fault in [Fault::ServerError, Fault::AnswerLost, Fault::Throttled, Fault::Refused] {
            for name in ["dynamodb.", "dynamodb.UpdateItem"] {
                app.world().inject(Faults::every(name, fault));
                change(&person, &json!({ "name": format!("{CANARY} {fault:?}") })).await;
                app.world().inject(Faults::none());
            }
        }
        let text = printed.text();
        assert!(text.lines().count() > 15, "the test must see the lines: {text}");
        assert!(account(&person).await["name"].as_str().unwrap().starts_with(CANARY), "the name was stored");
        assert!(!text.contains(CANARY), "a name was printed: {text}");
    }
}
