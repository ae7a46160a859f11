//! Late writes, old tokens, messages and webhooks, and a person who returns.

use crate::billing::shop::Shop;

use super::{Used, assert_gone, code, due, used};
use kernel::{
    Caller,
    limits::{DELETION_GRACE, ERASURE_SETTLES},
};
use serde_json::json;
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, GoogleProfile, MEDIA_BUCKET, PUBLIC_ORIGIN};
use tests::{Access, App, Event, Person, changing, prompt, signer, webhook_event};

#[tokio::test(start_paused = true)]
async fn late_writes_are_found_and_erased_a_day_later() {
    let (app, alice, code, there) = due(1, "erasure").await;
    app.until(&code, "settling").await;
    // A collector whose copy took very long writes an object, and an identity names the account again.
    let s3 = app.world().clients().s3();
    let key = format!("generations/{}/late/0.png", alice.account());
    s3.put_object().bucket(MEDIA_BUCKET).key(&key).body(b"late".to_vec().into()).send().await.unwrap();
    let accounts = app.world().clients().dynamodb().table(ACCOUNTS_TABLE);
    accounts.put("google#alice", "account", &json!({ "account": alice.account() })).apply().await.unwrap();
    app.world().advance(ERASURE_SETTLES);
    app.hour().await;
    assert_eq!(app.deletion(&code).await.json()["status"], "settling", "the deletion must settle for another day");
    app.hour().await;
    assert_eq!(app.deletion(&code).await.json()["status"], "settling");
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_gone(&app, &alice, "alice");
    let receipt = &deletion["receipt"];
    assert_eq!(receipt["rounds"], 2);
    for (slice, count) in [("media", "objects"), ("accounts", "items")] {
        let (counted, there) = (&receipt["erased"][slice][count], &there[slice][count]);
        assert_eq!(counted.as_u64().unwrap(), there.as_u64().unwrap() + 1, "{slice}: late writes must be counted too");
    }
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_has_a_new_account_by_then_is_kept() {
    let (app, alice, code, _) = due(1, "erasure").await;
    app.until(&code, "settling").await;
    let back = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_eq!(deletion["receipt"]["rounds"], 1, "the new account must not count as data of the old one");
    assert_ne!(back.account(), alice.account());
    let again = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert_eq!(again.account(), back.account());
}

#[tokio::test(start_paused = true)]
async fn a_returning_person_gets_a_new_account_without_welcome_credits() {
    let app = App::new(1).await;
    let alice = used(&app, "alice").await.person;
    let deletion = alice.delete_account().await.expect(202).json();
    app.purge(code(&deletion)).await;
    let (back, counts) = app.world().counted(app.browser().sign_in(&GoogleProfile::new("alice"))).await;
    let what = "two counters, the attempt, the search by identity, the marker, the transaction";
    assert_eq!(counts.aws_total(), 6, "{what}: {counts}");
    assert_ne!(back.account(), alice.account());
    assert_eq!(back.get("/v1/generations").await.expect(200).json()["items"], json!([]));
    let credits = back.get("/v1/credits").await.expect(200).json();
    assert_eq!((&credits["available"], &credits["lots"]), (&json!(0), &json!([])));
    assert_eq!((&credits["items"][0]["kind"], &credits["items"][0]["version"]), (&json!("open"), &json!(1)));
    assert_eq!(back.generate(&prompt("a boat")).await.outcome(), (402, "insufficient_credits".to_owned()));
    app.check_invariants().none();
    // A new person gets the welcome credits. A returning person gets them once the marker's 90 days
    // have passed. The marker's own time decides, because DynamoDB deletes late.
    let carol = app.sign_in("carol").await;
    assert_eq!(carol.get("/v1/credits").await.expect(200).json()["available"], 50);
    let second = back.delete_account().await.expect(202).json();
    app.purge(code(&second)).await;
    app.world().advance(Duration::from_secs(90 * 24 * 60 * 60));
    let later = app.sign_in("alice").await;
    assert_eq!(later.get("/v1/credits").await.expect(200).json()["available"], 50);
    app.world().sweep_expired();
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_old_token_writes_nothing_before_and_after_the_purge() {
    let app = App::new(1).await;
    let alice = used(&app, "alice").await.person;
    app.world().advance(Duration::from_secs(1));
    let deletion = alice.delete_account().await.expect(202).json();
    try_everything(&app, &alice).await;
    app.world().advance(DELETION_GRACE);
    app.until(code(&deletion), "settling").await;
    try_everything(&app, &alice).await;
    app.world().advance(ERASURE_SETTLES);
    app.until(code(&deletion), "erased").await;
    try_everything(&app, &alice).await;
}

#[tokio::test(start_paused = true)]
async fn replaying_the_events_of_an_erased_account_writes_nothing() {
    let app = App::new(1).await;
    let Used { person: alice, messages, webhooks } = used(&app, "alice").await;
    let open = alice.ask_for("a boat under way").await;
    app.work_on("generation").await;
    let job = app.generation(&open).provider_job.unwrap();
    let account = alice.account().to_string();
    let collect = Event::recorded("collect-media").fill("account", &account).fill("generation", &open);
    let deletion = alice.delete_account().await.expect(202).json();
    app.purge(code(&deletion)).await;
    assert_gone(&app, &alice, "alice");
    let before = app.world().snapshot();
    let purge = Event::recorded("purge-account").fill("code", code(&deletion));
    for message in messages.into_iter().chain([collect.fill("job", job.as_str()), purge]) {
        assert!(
            app.work(&message).await.is_empty(),
            "a late message must be done, and not returned: {}",
            message.to_text()
        );
        app.world().assert_unchanged(&before);
    }
    // The provider's late webhook, and old ones again.
    let late = app.replicate().take_webhooks(app.world().now());
    assert!(!late.is_empty(), "the provider sends a webhook for the job that was under way");
    for webhook in webhooks.into_iter().chain(late.iter().map(webhook_event)) {
        app.send(webhook).await;
    }
    // Old webhooks are refused because of their age. A payment that Stripe reports today is
    // acknowledged.
    app.deliver_payment(&app.forged(&app.order(&alice), |_| {})).await.expect(204);
    app.settle().await;
    assert!(app.sweep().await);
    app.hour().await;
    app.world().assert_unchanged(&before);
}

/// A token of a session that the deletion ended, as if it had not expired since. A real token would
/// have expired.
fn undead(app: &App, person: &Person) -> String {
    let seed = app.world().secret("session-signing-key");
    let caller = Caller { account: person.account(), session: person.session(), issued_at: app.world().now() };
    signer(app, &seed, PUBLIC_ORIGIN).issue(&caller).unwrap().as_str().to_owned()
}

/// Tries every route that changes something, with a token of an ended session. Routes about one
/// generation are tried on each stored generation and on an unknown one.
pub async fn try_everything(app: &App, person: &Person) {
    let token = undead(app, person);
    let before = app.world().snapshot();
    let there = app.generations(person.account()).into_iter().map(|generation| generation.id.to_string());
    for id in there.chain(["0198c0de-0000-7000-8000-000000000000".to_owned()]) {
        try_on(app, person, &token, &id).await;
        app.world().assert_unchanged(&before);
    }
}

async fn try_on(app: &App, person: &Person, token: &str, generation: &str) {
    let refresh_token = person.refresh_token();
    let values = [("token", token), ("refresh_token", refresh_token), ("key", "last"), ("origin", PUBLIC_ORIGIN)];
    for function in changing() {
        let event = Event::recorded(function).fill_all(&values);
        let has_id = event.json()["pathParameters"]["id"].is_string();
        let event = if has_id { event.path("id", generation) } else { event };
        // Without its token, such a route would answer a stranger.
        let event = if matches!(event.access(), Access::Optional(_)) { event.bearer(token) } else { event };
        let status = app.send(event).await.status();
        // A quote reads the balance, which is gone, and changes nothing.
        let is_answered = function == "quote" && status == 200;
        assert!(is_answered || matches!(status, 204 | 401 | 403), "{function} answered {status}");
    }
}
