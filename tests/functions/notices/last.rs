//! The last identity of an account is deleted at its partner: the account is deleted too, unless the person wants
//! to keep it.

use super::{
    is_signed_in,
    messages::{apple, facebook_deletion},
    page,
    people::{APPLE, FACEBOOK, at_apple, at_facebook, cancel, everywhere, identities, only_with, sign_in_with, store},
};
use crate::partners::link;
use credits::BalanceStatus;
use generations::GenerationStatus;
use kernel::limits::DELETION_GRACE;
use local::fakes::AppleEvent;
use serde_json::Value;
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, DELETION_RECEIPTS_TABLE, Fault, Faults, GoogleProfile};
use tests::{App, Person, prompt};

/// The code in the mark of an account.
fn marked(app: &App, person: &Person) -> Option<String> {
    let mark = app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "deletion")?;
    Some(mark["code"].as_str().unwrap().to_owned())
}

fn status(app: &App, person: &Person) -> BalanceStatus {
    app.balance(person.account()).status
}

/// The deletions and answers that are stored.
fn receipts(app: &App) -> Vec<Value> {
    app.world().items(DELETION_RECEIPTS_TABLE)
}

#[tokio::test(start_paused = true)]
async fn the_deletion_at_apple_schedules_the_deletion_of_the_account_once() {
    let app = App::new(1).await;
    let person = only_with(&app, "alice", &at_apple(APPLE)).await;
    let id = person.ask_for("a boat").await;
    app.world().advance(Duration::from_secs(5));
    let deleted = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.world().advance(Duration::from_secs(5));
    app.send(deleted.clone()).await.expect(200);

    let code = marked(&app, &person).expect("the account is marked");
    let deletion = app.deletion(&code).await.expect(200).json();
    let now = app.world().now();
    assert_eq!((&deletion["status"], &deletion["requested_by"]), (&Value::from("scheduled"), &Value::from("apple")));
    assert_eq!(deletion["requested_at"], now.to_string());
    assert_eq!(deletion["purge_at"], (now + DELETION_GRACE).to_string(), "with the same grace as a person's request");
    let words = page(&app, &code).await;
    assert!(words.contains("requested through Apple") && words.contains("sign in to cancel it"), "{words}");
    assert!(is_signed_in(&app, &person).await, "Apple may sign the person in no more");
    let more = person.generate(&prompt("another boat")).await;
    assert!(matches!(more.status(), 401 | 403), "a closing account starts nothing new: {more:?}");
    assert_eq!(status(&app, &person), BalanceStatus::Closing);
    assert_eq!(app.generation(&id).status, GenerationStatus::Canceled, "its jobs are canceled");
    assert_eq!(identities(&app, person.account()).await, ["apple"], "the person can still sign in and cancel");

    let before = app.world().snapshot();
    for _ in 0..4 {
        app.world().advance(Duration::from_secs(60));
        app.send(deleted.clone()).await.expect(200);
    }
    app.world().assert_unchanged(&before);
    app.check_invariants().none();

    let done = app.purge(&code).await;
    assert_eq!(done["receipt"]["requested_by"], "apple");
    let before = app.world().snapshot();
    app.send(deleted).await.expect(200);
    app.send(apple(&app, AppleEvent::ConsentRevoked, APPLE)).await.expect(200);
    app.world().assert_unchanged(&before);
    let left = app.world().items(ACCOUNTS_TABLE);
    assert!(left.is_empty(), "no message brings an erased account back: {left:#?}");
}

/// Apple signs nobody in who has deleted the account there. The open session is the way to keep the account.
#[tokio::test(start_paused = true)]
async fn a_person_without_an_identity_at_apple_links_another_and_cancels() {
    let app = App::new(1).await;
    let person = only_with(&app, "alice", &at_apple(APPLE)).await;
    app.world().advance(Duration::from_secs(5));
    let deleted = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.send(deleted.clone()).await.expect(200);
    assert_eq!(status(&app, &person), BalanceStatus::Closing);
    link(&app, &person, "google", "alice").await.expect(303);
    app.world().advance(Duration::from_secs(5));
    person.cancel_deletion().await.expect(204);
    assert_eq!(status(&app, &person), BalanceStatus::Active);
    assert_eq!(identities(&app, person.account()).await, ["apple", "google"]);
    app.browser().sign_in(&GoogleProfile::new("alice")).await.get("/v1/account").await.expect(200);
    let before = app.world().snapshot();
    app.send(deleted).await.expect(200);
    app.world().assert_unchanged(&before);
}

/// The partner may read an older time on its clock than we do. Its request does not come again.
#[tokio::test(start_paused = true)]
async fn a_request_by_a_clock_that_is_behind_is_carried_out() {
    let app = App::new(1).await;
    let identity = at_facebook(FACEBOOK);
    let person = only_with(&app, "alice", &identity).await;
    app.world().advance(Duration::from_secs(300));
    let request = facebook_deletion(&app, FACEBOOK);
    app.world().advance(Duration::from_secs(20));
    sign_in_with(&app, person.account(), &identity).await;
    app.send(request).await.expect(200);
    assert_eq!(status(&app, &person), BalanceStatus::Closing, "the sign-in may have been before the request");

    let app = App::new(2).await;
    let request = facebook_deletion(&app, FACEBOOK);
    app.world().advance(Duration::from_secs(20));
    let person = everywhere(&app, "alice").await;
    app.send(request).await.expect(200);
    assert_eq!(identities(&app, person.account()).await, ["apple", "google"], "and so may the link");
    assert!(!is_signed_in(&app, &person).await, "and so may the session, which no later message of Facebook could end");
}

/// Nothing is held then, so nobody may be told that the person used it again.
#[tokio::test(start_paused = true)]
async fn an_identity_that_the_person_removes_at_the_same_time_is_not_held() {
    let app = App::new(1).await;
    let person = everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    let request = facebook_deletion(&app, FACEBOOK);
    // The request has found the account, and waits for what decides. Meanwhile the identity goes.
    app.world().inject(Faults::nth("dynamodb.BatchGetItem", 1, Fault::Delay(Duration::from_secs(2))));
    let removed = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        person.ask("DELETE", "/v1/account/identities/facebook").await.expect(200)
    };
    let (answer, _) = futures_util::future::join(app.send(request), removed).await;
    app.world().inject(Faults::none());
    let code = answer.expect(200).json()["confirmation_code"].as_str().unwrap().to_owned();
    assert_eq!(app.deletion(&code).await.expect(200).json()["outcome"], "nothing_held");
}

#[tokio::test(start_paused = true)]
async fn facebooks_request_is_answered_with_the_code_of_the_deletion() {
    let app = App::new(1).await;
    let person = only_with(&app, "alice", &at_facebook(FACEBOOK)).await;
    app.world().advance(Duration::from_secs(5));
    let request = facebook_deletion(&app, FACEBOOK);
    let answer = app.send(request.clone()).await.expect(200);
    let json = answer.json();
    let code = json["confirmation_code"].as_str().unwrap().to_owned();
    assert_eq!(marked(&app, &person), Some(code.clone()));
    assert!(page(&app, &code).await.contains("requested through Facebook"));
    assert_eq!(app.send(request.clone()).await.expect(200).body(), answer.body());
    assert_eq!(receipts(&app).len(), 1);
    let done = app.purge(&code).await;
    assert_eq!(done["requested_by"], "facebook");
    let before = app.world().snapshot();
    assert_eq!(app.send(request).await.expect(200).body(), answer.body(), "also after the erasure");
    app.world().assert_unchanged(&before);
    assert!(page(&app, &code).await.contains("A second check found nothing"));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_the_person_requested_stays_as_it_is() {
    let app = App::new(1).await;
    let identity = at_facebook(FACEBOOK);
    let person = only_with(&app, "alice", &identity).await;
    let own = person.delete_account().await.expect(202).json();
    assert_eq!(own["requested_by"], "person");
    app.world().advance(Duration::from_secs(60));
    let before = app.world().snapshot();
    let answer = app.send(facebook_deletion(&app, FACEBOOK)).await.expect(200).json();
    assert_eq!(answer["confirmation_code"], own["code"]);
    app.world().assert_unchanged(&before);
    assert!(page(&app, own["code"].as_str().unwrap()).await.contains("The deletion was requested on"));
}

#[tokio::test(start_paused = true)]
async fn the_person_asks_again_for_a_deletion_that_a_partner_requested() {
    let app = App::new(1).await;
    let identity = at_apple(APPLE);
    let person = only_with(&app, "alice", &identity).await;
    app.world().advance(Duration::from_secs(5));
    let elsewhere = sign_in_with(&app, person.account(), &identity).await;
    app.world().advance(Duration::from_secs(5));
    app.send(apple(&app, AppleEvent::AccountDelete, APPLE)).await.expect(200);
    let is_alive = async || store(&app).require_fresh(elsewhere.caller(), app.world().now()).await.is_ok();
    assert!(is_alive().await, "Apple's request ends no session");
    app.world().inject(Faults::every("dynamodb.TransactWriteItems", Fault::ServerError));
    let refused = person.delete_account().await;
    app.world().inject(Faults::none());
    assert_eq!(refused.outcome(), (503, "unavailable".to_owned()), "nobody else would end the sessions");
    assert!(is_alive().await, "the other session");
    assert!(is_signed_in(&app, &person).await, "the person can ask again");
    let again = person.delete_account().await.expect(202).json();
    assert_eq!(Some(again["code"].as_str().unwrap().to_owned()), marked(&app, &person));
    assert_eq!(again["requested_by"], "apple", "it is still the deletion that Apple requested");
    assert!(!is_alive().await, "the person's request ends every session, also one that somebody else has");
    assert!(!is_signed_in(&app, &person).await);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_before_the_cancellation_schedules_nothing() {
    let app = App::new(1).await;
    let identity = at_apple(APPLE);
    let person = only_with(&app, "alice", &identity).await;
    app.world().advance(Duration::from_secs(5));
    let older = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.world().advance(Duration::from_secs(5));
    let deleted = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.send(deleted.clone()).await.expect(200);
    let code = marked(&app, &person).unwrap();

    app.world().advance(Duration::from_secs(60));
    let caller = sign_in_with(&app, person.account(), &identity).await;
    app.world().advance(Duration::from_secs(5));
    cancel(&app, &caller).await;
    assert_eq!(status(&app, &person), BalanceStatus::Active);
    assert!(page(&app, &code).await.contains("canceled the deletion, so the account stays"));
    let before = app.world().snapshot();
    for event in [&deleted, &older, &deleted] {
        app.send(event.clone()).await.expect(200);
        app.world().assert_unchanged(&before);
    }
    // A later one is new.
    app.world().advance(Duration::from_secs(60));
    app.send(apple(&app, AppleEvent::AccountDelete, APPLE)).await.expect(200);
    assert_eq!(status(&app, &person), BalanceStatus::Closing);
    assert_ne!(marked(&app, &person).unwrap(), code);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_counts_also_without_a_new_sign_in() {
    let app = App::new(1).await;
    let person = only_with(&app, "alice", &at_apple(APPLE)).await;
    app.world().advance(Duration::from_secs(5));
    let older = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.world().advance(Duration::from_secs(5));
    let deleted = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.send(deleted.clone()).await.expect(200);
    assert_eq!(status(&app, &person), BalanceStatus::Closing);
    app.world().advance(Duration::from_secs(5));
    person.cancel_deletion().await.expect(204);
    let before = app.world().snapshot();
    for event in [deleted, older] {
        app.send(event).await.expect(200);
        app.world().assert_unchanged(&before);
    }
    assert_eq!(status(&app, &person), BalanceStatus::Active);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_after_the_message_keeps_the_account() {
    let app = App::new(1).await;
    let identity = at_facebook(FACEBOOK);
    let person = only_with(&app, "alice", &identity).await;
    app.world().advance(Duration::from_secs(5));
    let request = facebook_deletion(&app, FACEBOOK);
    app.world().advance(Duration::from_secs(62));
    sign_in_with(&app, person.account(), &identity).await;
    let accounts = app.world().items(ACCOUNTS_TABLE);
    let answer = app.send(request.clone()).await.expect(200);
    let json = answer.json();
    let code = json["confirmation_code"].as_str().unwrap();
    assert_eq!(app.deletion(code).await.expect(200).json()["outcome"], "used_since");
    assert!(page(&app, code).await.contains("Nothing was deleted"));
    assert_eq!(app.world().items(ACCOUNTS_TABLE), accounts);
    assert_eq!(status(&app, &person), BalanceStatus::Active);
    let before = app.world().snapshot();
    assert_eq!(app.send(request).await.expect(200).body(), answer.body());
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_subject_that_comes_back_after_the_erasure_is_a_new_account() {
    let app = App::new(1).await;
    let person = only_with(&app, "alice", &at_apple(APPLE)).await;
    app.world().advance(Duration::from_secs(5));
    let deleted = apple(&app, AppleEvent::AccountDelete, APPLE);
    app.send(deleted.clone()).await.expect(200);
    let code = marked(&app, &person).unwrap();
    app.purge(&code).await;
    // Somebody signs in, and links the same subject to a new account.
    let other = only_with(&app, "bob", &at_apple(APPLE)).await;
    assert_ne!(other.account(), person.account());
    let before = app.world().snapshot();
    app.send(deleted).await.expect(200);
    app.world().assert_unchanged(&before);
    assert_eq!(store(&app).find_by_identity("apple", APPLE).await.unwrap(), Some(other.account()));
}

#[tokio::test(start_paused = true)]
async fn a_message_in_the_middle_of_the_erasure_comes_again() {
    let app = App::new(1).await;
    let person = only_with(&app, "alice", &at_facebook(FACEBOOK)).await;
    app.world().advance(Duration::from_secs(5));
    let request = facebook_deletion(&app, FACEBOOK);
    // The items of the account are gone, and the reverse key is not.
    let accounts = app.world().clients().dynamodb().table(ACCOUNTS_TABLE);
    for sort in accounts.sort_keys(&person.account().to_string()).await.unwrap() {
        accounts.delete(&person.account().to_string(), &sort).apply().await.unwrap();
    }
    let before = app.world().snapshot();
    assert_eq!(app.send(request.clone()).await.outcome(), (503, "unavailable".to_owned()));
    app.world().assert_unchanged(&before);
    accounts.delete(&format!("facebook#{FACEBOOK}"), "account").apply().await.unwrap();
    let code = app.send(request).await.expect(200).json()["confirmation_code"].as_str().unwrap().to_owned();
    assert_eq!(app.deletion(&code).await.expect(200).json()["outcome"], "nothing_held");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_comes_at_the_same_time_keeps_the_account_or_is_refused() {
    for seed in 0..12 {
        let app = App::new(seed).await;
        let person = only_with(&app, "alice", &at_apple(APPLE)).await;
        app.world().advance(Duration::from_secs(5));
        let deleted = apple(&app, AppleEvent::AccountDelete, APPLE);
        let (accounts, now) = (store(&app), app.world().now());
        let facebook = at_facebook(FACEBOOK);
        let ids = app.world().ids();
        let decide = async || accounts.decide_link(person.account(), person.session(), &facebook, now).await;
        let (linked, answer) =
            futures_util::future::join(aws::transact(accounts.db(), &ids, decide), app.send(deleted)).await;
        answer.expect(200);
        let left = identities(&app, person.account()).await;
        match status(&app, &person) {
            BalanceStatus::Active => assert_eq!((linked.is_ok(), left), (true, vec!["facebook".to_owned()]), "{seed}"),
            BalanceStatus::Closing => assert!(left.contains(&"apple".to_owned()), "{seed}: {left:?}"),
            BalanceStatus::Frozen => panic!("{seed}: nobody froze the account"),
        }
        assert_eq!(marked(&app, &person).is_some(), status(&app, &person) == BalanceStatus::Closing, "{seed}");
    }
}
