//! The messages of Google, Apple and Facebook about people's identities: whatever comes, how often and in
//! which order, the stored state follows from the messages alone.

mod both;
mod deaths;
mod last;
pub mod messages;
mod order;
pub mod people;
mod refused;

use local::fakes::AppleEvent;
use messages::{apple, facebook, facebook_deletion, google};
use people::{APPLE, FACEBOOK, everywhere, identities, store};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, CallCounts, DELETION_RECEIPTS_TABLE, Fault, Faults, GoogleProfile};
use tests::{App, Event, Person, Printed};

/// The page of a deletion's address, as a browser opens it.
async fn page(app: &App, code: &str) -> String {
    let event = Event::recorded("deletion-status").fill("code", code).header("accept", "text/html,*/*;q=0.8");
    let answer = app.send(event).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("vary"), Some("accept"));
    String::from_utf8(answer.body().to_vec()).unwrap()
}

/// Whether the session of this person is alive.
async fn is_signed_in(app: &App, person: &Person) -> bool {
    app.send(person.renewal()).await.status() == 200
}

/// Every message that ends sessions, with the status of its answer.
fn ending(app: &App) -> Vec<(u16, Event)> {
    vec![
        (202, google(app, "sessions-revoked", "alice")),
        (202, google(app, "account-disabled", "alice")),
        (202, google(app, "account-credential-change-required", "alice")),
        (202, google(app, "tokens-revoked", "alice")),
        (202, google(app, "token-revoked", "alice")),
        (200, apple(app, AppleEvent::ConsentRevoked, APPLE)),
        (204, facebook(app, FACEBOOK)),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_message_ends_the_sessions_of_before_and_no_later_one() {
    for index in 0..7 {
        let app = App::new(1).await;
        let before = everywhere(&app, "alice").await;
        let other = app.sign_in("bob").await;
        app.world().advance(Duration::from_secs(5));
        let (status, event) = ending(&app).swap_remove(index);
        app.world().advance(Duration::from_secs(5));
        let after = app.browser().sign_in(&GoogleProfile::new("alice")).await;
        let what = event.to_text();
        assert_eq!(app.send(event).await.expect(status).body(), b"", "{what}");
        assert!(!is_signed_in(&app, &before).await, "a session of before must end: {what}");
        assert!(is_signed_in(&app, &after).await, "a later session must continue: {what}");
        assert!(is_signed_in(&app, &other).await, "another account is not meant: {what}");
        assert_eq!(identities(&app, after.account()).await, ["apple", "facebook", "google"], "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn apple_says_whether_its_address_takes_mail() {
    let app = App::new(1).await;
    let person = everywhere(&app, "alice").await;
    let is_disabled = async || {
        let listed = store(&app).list_identities(person.account()).await.unwrap();
        listed.iter().find(|identity| identity.provider == "apple").unwrap().mail_disabled
    };
    app.world().advance(Duration::from_secs(5));
    let disabled = apple(&app, AppleEvent::EmailDisabled, APPLE);
    app.world().advance(Duration::from_secs(5));
    let enabled = apple(&app, AppleEvent::EmailEnabled, APPLE);
    for (event, expected) in [(&disabled, true), (&enabled, false), (&disabled, false)] {
        app.send(event.clone()).await.expect(200);
        assert_eq!(is_disabled().await, expected, "the later message counts");
    }
    assert!(is_signed_in(&app, &person).await, "mail has nothing to do with sessions");
}

#[tokio::test(start_paused = true)]
async fn messages_that_change_nothing_are_acknowledged() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    let before = app.world().snapshot();
    for event in [
        google(&app, "verification", ""),
        google(&app, "account-enabled", "alice"),
        google(&app, "an-event-of-tomorrow", "alice"),
    ] {
        app.send(event).await.expect(202);
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_identity_goes_and_the_account_stays_with_another() {
    for by in ["apple", "facebook"] {
        let app = App::new(1).await;
        let person = everywhere(&app, "alice").await;
        app.world().advance(Duration::from_secs(5));
        let (event, subject, status) = match by {
            "apple" => (apple(&app, AppleEvent::AccountDelete, APPLE), APPLE, 200),
            _ => (facebook_deletion(&app, FACEBOOK), FACEBOOK, 200),
        };
        let answer = app.send(event.clone()).await.expect(status);
        let left = identities(&app, person.account()).await;
        assert!(!left.contains(&by.to_owned()) && left.len() == 2, "{by}: {left:?}");
        assert_eq!(store(&app).find_by_identity(by, subject).await.unwrap(), None, "{by}: the reverse key goes too");
        assert!(app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "deletion").is_none(), "{by}");
        app.browser().sign_in(&GoogleProfile::new("alice")).await.get("/v1/account").await.expect(200);
        if by == "facebook" {
            let json = answer.json();
            let code = json["confirmation_code"].as_str().unwrap();
            let state = app.deletion(code).await.expect(200).json();
            assert_eq!(state["outcome"], "identity_removed");
            assert_eq!(state["requested_by"], "facebook");
            assert!(page(&app, code).await.contains("were removed on"));
        }
        let before = app.world().snapshot();
        assert_eq!(app.send(event).await.expect(status).body(), answer.body(), "{by}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_about_nobody_we_know_is_counted_and_changes_nothing() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    let before = app.world().snapshot();
    for (status, event) in [
        (202, google(&app, "sessions-revoked", "stranger-of-google")),
        (200, apple(&app, AppleEvent::ConsentRevoked, "stranger-of-apple")),
        (200, apple(&app, AppleEvent::AccountDelete, "stranger-of-apple")),
        (204, facebook(&app, "987650000000001")),
        // Another partner may use the same subject.
        (200, apple(&app, AppleEvent::ConsentRevoked, FACEBOOK)),
    ] {
        app.send(event).await.expect(status);
    }
    app.world().assert_unchanged(&before);
    let text = printed.text();
    assert_eq!(text.matches("\"UnknownIdentityNotices\":1.0").count(), 5, "{text}");
    for subject in ["stranger-of-google", "stranger-of-apple", "987650000000001", FACEBOOK] {
        assert!(!text.contains(subject), "no line may have a subject: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn facebook_learns_that_we_hold_nothing_under_one_code_for_one_request() {
    let app = App::new(1).await;
    let request = facebook_deletion(&app, "987650000000001");
    let first = app.send(request.clone()).await.expect(200);
    let json = first.json();
    let code = json["confirmation_code"].as_str().unwrap();
    assert_eq!(json["url"], format!("{}/v1/deletions/{code}", testkit::PUBLIC_ORIGIN));
    assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
    assert_eq!(app.deletion(code).await.expect(200).json()["outcome"], "nothing_held");
    assert!(page(&app, code).await.contains("we held nothing of this Facebook account"));
    let before = app.world().snapshot();
    for _ in 0..5 {
        app.world().advance(Duration::from_secs(60));
        assert_eq!(app.send(request.clone()).await.expect(200).body(), first.body(), "the same request, the same code");
    }
    app.world().assert_unchanged(&before);
    let stored = app.world().items(DELETION_RECEIPTS_TABLE);
    assert_eq!(stored.len(), 1);
    assert!(!stored[0].to_string().contains("987650000000001"), "only a keyed hash is kept: {stored:?}");
    // Another request has another code, and so has one of another person.
    app.world().advance(Duration::from_secs(60));
    for other in [facebook_deletion(&app, "987650000000001"), facebook_deletion(&app, "987650000000002")] {
        assert_ne!(app.send(other).await.expect(200).json()["confirmation_code"], code);
    }
    // The answer ends by itself, whenever the table removes it.
    app.world().advance(kernel::limits::REMOVAL_LIFETIME);
    assert_eq!(app.deletion(code).await.outcome(), (404, "not_found".to_owned()));
    assert!(app.world().sweep_expired() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_finds_nothing_has_a_page_too() {
    let app = App::new(1).await;
    let nobody = privacy::DeletionCode::fresh(&app.world().ids()).to_string();
    for code in [nobody.as_str(), "x"] {
        let event = Event::recorded("deletion-status").fill("code", code);
        assert_eq!(app.send(event.clone()).await.outcome(), (404, "not_found".to_owned()));
        let page = app.send(event.header("accept", "text/html")).await.expect(404);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(!String::from_utf8_lossy(page.body()).contains(&nobody));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_rotated_is_fetched_and_then_kept() {
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    for (status, partner) in [(202, "google"), (200, "apple")] {
        let told = async || {
            let event = match partner {
                "google" => google(&app, "sessions-revoked", "alice"),
                _ => apple(&app, AppleEvent::ConsentRevoked, APPLE),
            };
            app.send(event).await.expect(status)
        };
        told().await;
        // The keys are fetched again at most once a minute.
        app.world().advance(Duration::from_secs(61));
        app.google().rotate_key();
        app.apple().rotate_key();
        let (_, counts) = app.world().counted(told()).await;
        assert_eq!(counts.vendors_total(), 1, "the new key must be fetched: {counts}");
        let (_, counts) = app.world().counted(told()).await;
        assert_eq!(counts.vendors_total(), 0, "and kept: {counts}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_takes_few_requests() {
    let floor = |what: &str, counts: &CallCounts, aws: u64| {
        assert_eq!((counts.aws_total(), counts.vendors_total()), (aws, 0), "{what}: {counts}");
    };
    let app = App::new(1).await;
    everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    // The keys are fetched once in an hour.
    app.send(google(&app, "verification", "")).await.expect(202);
    app.send(apple(&app, AppleEvent::EmailEnabled, "stranger")).await.expect(200);
    let revoked = google(&app, "sessions-revoked", "alice");
    let deleted = facebook_deletion(&app, FACEBOOK);
    let cases = [
        ("the reverse key", google(&app, "sessions-revoked", "stranger"), 1),
        ("the reverse key, the account, the transaction", revoked.clone(), 3),
        ("the same again: the reverse key, the account", revoked, 2),
        ("the code, the reverse key, its answer", facebook_deletion(&app, "987650000000001"), 3),
        ("the code, the reverse key, what decides, the account, the transaction", deleted.clone(), 5),
        ("the same again: the code", deleted, 1),
    ];
    for (what, event, requests) in cases {
        let (answer, counts) = app.world().counted(app.send(event)).await;
        assert!(answer.status() < 300, "{what}: {answer:?}");
        floor(what, &counts, requests);
    }
    let last = people::only_with(&app, "bob", &people::at_apple("of-bob")).await;
    app.world().advance(Duration::from_secs(5));
    let deleted = apple(&app, AppleEvent::AccountDelete, "of-bob");
    let (_, counts) = app.world().counted(app.send(deleted.clone())).await;
    floor("as before, then the balance, and the deletion", &counts, 7);
    let (_, counts) = app.world().counted(app.send(deleted)).await;
    floor("the same again: the code twice, the balance, the deletion", &counts, 4);
    assert!(is_signed_in(&app, &last).await);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_applied_comes_again() {
    let app = App::new(1).await;
    let person = everywhere(&app, "alice").await;
    app.world().advance(Duration::from_secs(5));
    for fault in [Fault::ServerError, Fault::RequestLost, Fault::Refused] {
        for event in [google(&app, "sessions-revoked", "alice"), facebook_deletion(&app, FACEBOOK)] {
            let before = app.world().snapshot();
            app.world().inject(Faults::every("dynamodb.", fault));
            assert_eq!(app.send(event).await.outcome(), (503, "unavailable".to_owned()), "{fault:?}");
            app.world().inject(Faults::none());
            app.world().assert_unchanged(&before);
        }
    }
    // Without its keys a message cannot be judged, so it is not refused.
    let app = app.restarted().await;
    for event in [google(&app, "sessions-revoked", "alice"), apple(&app, AppleEvent::ConsentRevoked, APPLE)] {
        app.world().inject(Faults::every("http.", Fault::ServerError));
        assert_eq!(app.send(event).await.outcome(), (503, "unavailable".to_owned()));
        app.world().inject(Faults::none());
        app.world().advance(Duration::from_secs(61));
    }
    assert!(is_signed_in(&app, &person).await);
    app.send(google(&app, "sessions-revoked", "alice")).await.expect(202);
}
