//! The number of outside requests of each operation, which must be the fewest possible.

use crate::partners::{arrival, authorize, begin_link};
use local::fakes::replicate::WebhookMode;
use std::time::Duration;
use testkit::{CallCounts, Fault, Faults, GoogleProfile};
use tests::{App, Event, prompt};

fn floor(what: &str, counts: &CallCounts, aws: u64, vendors: u64) {
    assert_eq!(
        (counts.aws_total(), counts.vendors_total()),
        (aws, vendors),
        "{what} must make {aws} requests to AWS and {vendors} to partners, but made {counts}"
    );
}

#[tokio::test(start_paused = true)]
async fn reads_edits_and_begun_sign_ins_take_at_most_three_requests() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    let path = format!("/v1/generations/{id}");
    let cases = [
        (Event::recorded("site"), 200, 0),
        (Event::recorded("list-models"), 200, 0),
        // The spend of all providers and the health of all models.
        (Event::recorded("service-status"), 200, 1),
        (Event::recorded("public-keys"), 200, 0),
        (Event::recorded("quote"), 200, 0),
        // The counter of the network.
        (Event::recorded("login"), 303, 1),
        (person.event("GET", &path), 200, 1),
        (person.event("GET", "/v1/generations"), 200, 1),
        (person.event("GET", "/v1/generations?text=boat"), 200, 1),
        // One more for the session.
        (person.event("PATCH", &path), 200, 2),
        (person.event("GET", "/v1/sessions"), 200, 2),
        (person.event("GET", "/v1/account/sign-ins"), 200, 2),
        // The session and the counter of the network.
        (person.event("POST", "/v1/account/identities/apple"), 303, 2),
        (person.event("POST", "/v1/account/identities/nobody"), 404, 0),
        (person.event("GET", "/v1/credits"), 200, 1),
        (person.event("GET", "/v1/usage"), 200, 1),
        (person.event("GET", "/v1/account"), 200, 1),
        // The session and the account in one; then the profile.
        (person.event("PATCH", "/v1/account"), 200, 2),
        // The session with the profile and the row; the counter; the row and the profile in a transaction.
        (person.event("POST", "/v1/consents"), 204, 3),
        (person.event("POST", "/v1/consents"), 204, 1),
        // The session check reads nothing.
        (person.event("GET", &path).anonymous(), 401, 0),
        (person.event("GET", &path).bearer("wrong"), 401, 0),
        (person.event("DELETE", "/v1/session").bearer("wrong"), 401, 0),
        (person.generate_event(&prompt("")), 422, 0),
    ];
    for (event, status, requests) in cases {
        let what = event.function().to_owned();
        let (answer, counts) = app.world().counted(app.send(event)).await;
        assert_eq!(answer.status(), status, "{what}");
        floor(&what, &counts, requests, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_generation_takes_the_fewest_requests() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let (_, counts) = app.world().counted(person.ask_for("a boat")).await;
    floor("generate", &counts, 3, 0);
    let read = counts.of("dynamodb.BatchGetItem");
    assert_eq!((read, counts.of("dynamodb.TransactWriteItems"), counts.of("sqs.SendMessage")), (1, 1, 1), "{counts}");

    let (_, counts) = app.world().counted(app.work_on("generation")).await;
    // The claim; then the state and, at the same time, our spend on the provider.
    floor("run-generation", &counts, 3, 1);
    assert_eq!(counts.of("dynamodb.UpdateItem"), 3, "{counts}");

    app.world().advance(Duration::from_secs(2));
    let (_, counts) = app.world().counted(app.deliver_webhooks()).await;
    floor("provider-webhook", &counts, 1, 0);

    let (_, counts) = app.world().counted(app.work_on("media")).await;
    floor("collect-media (and a message)", &counts, 5, 2);
    for name in ["dynamodb.UpdateItem", "s3.PutObject", "dynamodb.GetItem", "dynamodb.TransactWriteItems"] {
        assert_eq!(counts.of(name), 1, "{name}: {counts}");
    }
    assert_eq!(counts.of("sqs.SendMessage"), 1, "{counts}");

    let (_, counts) = app.world().counted(app.work_on("thumbnail")).await;
    floor("make-thumbnails", &counts, 4, 0);
    for (name, count) in [("s3.GetObject", 1), ("s3.PutObject", 1), ("dynamodb.UpdateItem", 2)] {
        assert_eq!(counts.of(name), count, "{name}: {counts}");
    }
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn canceling_takes_three_requests_or_four() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| (knobs.webhook, knobs.success_after_ms) = (WebhookMode::Never, 3_600_000));
    let id = person.ask_for("a boat").await;
    let (_, counts) = app.world().counted(person.cancel(&id)).await;
    floor("cancel-generation of a queued one (session, both items, the transaction)", &counts, 3, 0);
    let id = person.ask_for("another").await;
    app.work_on("generation").await;
    let (_, counts) = app.world().counted(person.cancel(&id)).await;
    floor("cancel-generation of a running one (and a message)", &counts, 4, 1);
    let (_, counts) = app.world().counted(app.work_on("media")).await;
    floor("collect-media of a stopped one", &counts, 3, 1);
    let (_, counts) = app.world().counted(person.cancel(&id)).await;
    floor("cancel-generation of a canceled one (session, both items)", &counts, 2, 0);
}

#[tokio::test(start_paused = true)]
async fn deleting_takes_six_requests_and_refusing_two() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let (_, counts) = app.world().counted(person.delete(&id)).await;
    floor("delete-generation of one under way (session, item)", &counts, 2, 0);
    app.settle().await;
    let (_, counts) = app.world().counted(person.delete(&id)).await;
    floor("delete-generation (session, item, uploads, versions, their deletion, the item's)", &counts, 6, 0);
    let (_, counts) = app.world().counted(person.delete(&id)).await;
    floor("delete-generation of a deleted one", &counts, 2, 0);
}

#[tokio::test(start_paused = true)]
async fn deleting_with_undo_takes_two_requests_and_undoing_three() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    for what in ["delete-generation with undo (session, item)", "the same again"] {
        let (answer, counts) = app.world().counted(person.delete_with_undo(&id)).await;
        assert_eq!(answer.status(), 202, "{what}");
        floor(what, &counts, 2, 0);
    }
    let (answer, counts) = app.world().counted(person.undo_deletion(&id)).await;
    assert_eq!(answer.status(), 200);
    floor("update-generation that undoes (session, item, its change)", &counts, 3, 0);
    let (_, counts) = app.world().counted(person.undo_deletion(&id)).await;
    floor("update-generation with nothing to undo (session, item)", &counts, 2, 0);
    person.delete_with_undo(&id).await.expect(202);
    app.world().advance(kernel::limits::UNDO_WINDOW);
    let (_, counts) = app.world().counted(app.sweep()).await;
    floor("sweep-generations of it (shards, claim, uploads, versions, their deletion, the item's)", &counts, 9, 0);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_costs_two_requests_more() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::TransactionConflict));
    let (_, counts) = app.world().counted(person.ask_for("a boat")).await;
    floor("generate after one conflict", &counts, 5, 0);
}

#[tokio::test(start_paused = true)]
async fn a_repetition_costs_no_transaction() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let event = person.keyed_event("the-key", &prompt("a boat"));
    app.send(event.clone()).await.expect(202);
    let (_, counts) = app.world().counted(app.send(event.clone())).await;
    floor("generate under a known key", &counts, 2, 0);
    app.settle().await;
    let (answer, counts) = app.world().counted(app.send(event)).await;
    assert_eq!(answer.json()["status"], "succeeded");
    floor("generate under the key of a delivered one", &counts, 2, 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_costs_one_read() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 3, 3).await;
    let (answer, counts) = app.world().counted(person.generate(&prompt("a boat"))).await;
    assert_eq!(answer.status(), 402);
    floor("generate without credits", &counts, 1, 0);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_takes_six_requests_to_aws_a_renewal_three_a_logout_one() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let (_, counts) = app.world().counted(browser.arrive(&callback)).await;
    // The counter and the attempt; the account, the welcome marker, the welcome lots; the transaction.
    floor("login-callback with a cold key set and a new account", &counts, 6, 2);
    let mut again = app.browser();
    let callback = again.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let (_, counts) = app.world().counted(again.arrive(&callback)).await;
    // The counter and the attempt; the account, its counter, its sessions, the transaction.
    floor("login-callback with a warm key set and a known account", &counts, 6, 1);
    let person = tests::Person::of(again);
    let event = person.renewal();
    let (_, counts) = app.world().counted(app.send(event)).await;
    floor("refresh-session (the session, the counter, the rotation)", &counts, 3, 0);
    let (_, counts) = app.world().counted(app.send(person.page_event("DELETE", "/v1/session"))).await;
    floor("logout", &counts, 1, 0);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_at_apple_or_facebook_takes_as_many_requests_as_one_at_google() {
    // Apple: the code and the keys, which are kept. Facebook: the code, the token and the profile; and it has a
    // picture, which is a message.
    for (provider, cold, warm, message) in [("apple", 2, 1, 0), ("facebook", 3, 3, 1)] {
        let app = App::new(1).await;
        for (what, vendors) in [("a new account", cold), ("a known account", warm)] {
            let mut browser = app.browser();
            let back = arrival(&app, &mut browser, provider, "alice").await;
            let (answer, counts) = app.world().counted(app.send(back.event(&browser))).await;
            assert_eq!(answer.status(), 303, "{provider}");
            floor(&format!("login-callback at {provider} with {what}"), &counts, 6 + message, vendors);
        }
        // The link: the counter, the attempt, the account, the transaction.
        let person = app.sign_in("bob").await;
        let mut browser = person.browser().clone();
        let page = begin_link(&app, &person, &mut browser, provider).await;
        let back = authorize(&app, provider, &page, "bob");
        let (answer, counts) = app.world().counted(app.send(back.event(&browser))).await;
        assert_eq!(answer.status(), 303, "{provider}");
        floor(&format!("login-callback that links at {provider}"), &counts, 4 + message, warm);
        // The session, the account, the transaction. At Apple, also the token before them.
        let path = format!("/v1/account/identities/{provider}");
        let (_, counts) = app.world().counted(person.ask("DELETE", &path)).await;
        let token = u64::from(provider == "apple");
        floor(&format!("unlink-identity at {provider}"), &counts, 3 + token, token);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_takes_three_requests_and_four_with_a_session() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for (what, event) in [("contact", Event::recorded("contact")), ("report", Event::recorded("report"))] {
        let signed_in = event.clone().bearer(person.token());
        let (answer, counts) = app.world().counted(app.send(signed_in.clone())).await;
        assert_eq!(answer.status(), 201, "{what}");
        floor(&format!("{what} (session, profile and row, counter, the transaction)"), &counts, 4, 0);
        let (_, counts) = app.world().counted(app.send(signed_in)).await;
        floor(&format!("{what} again (session, profile and row, the case)"), &counts, 3, 0);
        let form = Event::recorded(&format!("{what}.form")).fill("origin", testkit::PUBLIC_ORIGIN);
        let (answer, counts) = app.world().counted(app.send(form)).await;
        assert_eq!(answer.status(), 201, "{what}");
        floor(&format!("{what} of a stranger (row, counter, the transaction)"), &counts, 3, 0);
        let (_, counts) = app.world().counted(app.send(event.clone().bearer("wrong"))).await;
        floor(&format!("{what} with a wrong token"), &counts, 0, 0);
        let (_, counts) = app.world().counted(app.send(event.body("{}"))).await;
        floor(&format!("{what} with a wrong body"), &counts, 0, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_after_the_access_token_takes_four_requests_and_one_of_a_stranger_three() {
    let app = App::new(2).await;
    let (person, gone) = (app.sign_in("alice").await, app.sign_in("bob").await);
    app.send(gone.event("DELETE", "/v1/session")).await.expect(204);
    app.world().advance(Duration::from_secs(11 * 60));
    for (what, body) in [
        ("contact", "kind=support&reply_to=a%40example.com&text="),
        ("report", "where=https%3A%2F%2Fexample.com&good_faith=on&what="),
    ] {
        let form = |text: &str, cookies: &[String]| {
            let event = Event::recorded(&format!("{what}.form")).fill("origin", testkit::PUBLIC_ORIGIN);
            event.body(&format!("{body}{text}")).cookies(cookies)
        };
        let refresh = |token: &str| vec![format!("__Host-refresh={token}")];
        let (alive, dead) = (refresh(person.refresh_token()), refresh(gone.refresh_token()));
        for (who, cookies, text, requests) in [
            ("the refresh token (session, profile and row, counter, the transaction)", alive.clone(), "a", 4),
            ("the refresh token, again (session, profile and row, the case)", alive, "a", 3),
            ("a dead refresh token (session, row, counter, the transaction)", dead, "b", 4),
            ("no token (row, counter, the transaction)", Vec::new(), "c", 3),
            ("a cookie that is no token", refresh("x"), "d", 3),
        ] {
            let (answer, counts) = app.world().counted(app.send(form(text, &cookies))).await;
            assert_eq!(answer.status(), 201, "{what} with {who}");
            floor(&format!("{what} with {who}"), &counts, requests, 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ending_sessions_takes_two_requests() {
    let app = App::new(1).await;
    let (person, one, _) = (app.sign_in("alice").await, app.sign_in("alice").await, app.sign_in("alice").await);
    let path = format!("/v1/sessions/{}", one.session());
    let (_, counts) = app.world().counted(person.ask("DELETE", &path)).await;
    floor("end-session (the own session, the other's)", &counts, 2, 0);
    let (_, counts) = app.world().counted(person.ask("DELETE", "/v1/sessions")).await;
    floor("end-other-sessions (all sessions, the transaction)", &counts, 2, 0);
    let (_, counts) = app.world().counted(person.ask("DELETE", "/v1/sessions")).await;
    floor("end-other-sessions without others", &counts, 1, 0);
    let (_, counts) = app.world().counted(one.generate(&prompt("a boat"))).await;
    floor("generate in an ended session", &counts, 1, 0);
    // The browser's former session is among those that the sign-in reads.
    let mut browser = person.browser().clone();
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let (_, counts) = app.world().counted(browser.arrive(&callback)).await;
    floor("login-callback that ends the browser's former session", &counts, 6, 1);
    app.sign_in("bob").await;
    let callback = browser.sign_in_at_google(&GoogleProfile::new("bob")).await;
    let (_, counts) = app.world().counted(browser.arrive(&callback)).await;
    floor("login-callback that ends the browser's former session of another account", &counts, 7, 1);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_over_nothing_is_one_read_for_each_shard() {
    let app = App::new(1).await;
    let (ran, counts) = app.world().counted(app.sweep()).await;
    assert!(ran);
    floor("sweep-generations", &counts, 4, 0);
    assert_eq!(counts.of("dynamodb.Query"), 4);
}

#[tokio::test(start_paused = true)]
async fn a_message_with_nothing_to_do_is_one_request() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    let job = app.generation(&id).provider_job.unwrap();
    for function in ["run-generation", "collect-media", "make-thumbnails"] {
        let event = Event::recorded(function).fill("account", &person.account().to_string()).fill("generation", &id);
        let event = if function == "collect-media" { event.fill("job", job.as_str()) } else { event };
        let before = app.world().snapshot();
        let (given_back, counts) = app.world().counted(app.work(&event)).await;
        assert!(given_back.is_empty());
        floor(function, &counts, 1, 0);
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_takes_a_message_and_five_requests_and_is_fetched_once() {
    let app = App::new(1).await;
    let alice = GoogleProfile::new("alice").pictured();
    let mut browser = app.browser();
    let callback = browser.sign_in_at_google(&alice).await;
    let (_, counts) = app.world().counted(browser.arrive(&callback)).await;
    floor("login-callback with a new picture", &counts, 7, 2);
    assert_eq!(counts.of("sqs.SendMessage"), 1, "{counts}");
    let person = tests::Person::of(browser);
    let message = app.world().messages("picture").remove(0);
    let (_, counts) = app.world().counted(app.work_on("picture")).await;
    floor("copy-picture (the profile, the object, the record, the profile again, the list)", &counts, 5, 1);
    let (done, counts) = app.world().counted(app.hand_over("copy-picture", &message)).await;
    assert!(done);
    floor("copy-picture with nothing to do (the profile, the list)", &counts, 2, 0);
    let mut again = app.browser();
    let callback = again.sign_in_at_google(&alice).await;
    let (_, counts) = app.world().counted(again.arrive(&callback)).await;
    floor("login-callback with the same picture", &counts, 6, 1);
    assert!(app.world().messages("picture").is_empty());
    let (_, counts) = app.world().counted(person.get("/v1/account")).await;
    floor("get-account with a picture", &counts, 1, 0);
}
