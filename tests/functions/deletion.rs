//! Requesting and canceling the deletion of an account.

use generations::{FailureCode, GenerationStatus};
use kernel::limits::DELETION_GRACE;
use local::fakes::replicate::WebhookMode;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, Fault, Faults, GoogleProfile};
use tests::{App, Event, Person, prompt, unauthenticated};

/// A person who has just signed in.
async fn settled(app: &App, name: &str) -> Person {
    let person = app.sign_in(name).await;
    app.world().advance(Duration::from_secs(5));
    person
}

/// The same person, signed in again.
async fn again(app: &App, name: &str) -> Person {
    app.world().advance(Duration::from_secs(5));
    app.browser().sign_in(&GoogleProfile::new(name)).await
}

fn code(deletion: &Value) -> &str {
    deletion["code"].as_str().expect("a deletion has a code")
}

#[tokio::test(start_paused = true)]
async fn a_deletion_closes_the_account_and_signs_out() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    let answer = person.delete_account().await.expect(202);
    let deletion = answer.json();
    let names: Vec<_> = deletion.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["code", "due_at", "purge_at", "receipt", "requested_at", "requested_by", "signature", "status", "steps"]
    );
    assert_eq!(deletion["requested_by"], "person");
    assert_eq!(deletion["status"], "scheduled");
    let now = app.world().now();
    assert_eq!(deletion["requested_at"], now.to_string());
    assert_eq!(deletion["purge_at"], (now + DELETION_GRACE).to_string());
    assert_eq!(deletion["due_at"], (now + jiff::SignedDuration::from_hours(30 * 24)).to_string());
    assert_eq!(answer.header("location"), Some(format!("/v1/deletions/{}", code(&deletion)).as_str()));
    assert!(answer.cookies().values().all(String::is_empty) && answer.cookies().len() == 2, "{answer:?}");
    assert_eq!(
        app.deletion(code(&deletion)).await.expect(200).json(),
        deletion,
        "everyone with the code must see the same"
    );

    // The sessions end at once, and an access token that has not expired cannot start a job.
    let before = app.world().snapshot();
    let refresh = person.renewal();
    assert_eq!(app.send(refresh).await.status(), 401);
    assert_eq!(person.generate(&prompt("another boat")).await.status(), 401);
    assert_eq!(person.delete_account().await.status(), 401);
    assert_eq!(person.cancel_deletion().await.status(), 401);
    app.world().assert_unchanged(&before);

    // After a new sign-in the person can read and download, but cannot start a job.
    let person = again(&app, "alice").await;
    assert_eq!(person.get("/v1/account").await.expect(200).json()["status"], "closing");
    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    assert_eq!(app.world().fetch(shown["outputs"][0]["download_url"].as_str().unwrap()).status(), 200);
    let before = app.world().snapshot();
    assert_eq!(person.generate(&prompt("a third boat")).await.outcome(), (403, "account_not_active".to_owned()));
    app.world().assert_unchanged(&before);
    assert_eq!(
        person.delete_account().await.expect(202).json(),
        deletion,
        "a repetition must answer the same deletion"
    );
    assert_eq!(app.balance(person.account()).status, credits::BalanceStatus::Closing);
    app.check_invariants().none();
}

/// The answer to the request may be lost, and the request has ended the session. So the account tells the code again, to
/// its person alone.
#[tokio::test(start_paused = true)]
async fn a_person_whose_account_is_closing_reads_the_code_again() {
    let app = App::new(1).await;
    let (person, other) = (settled(&app, "alice").await, app.sign_in("bob").await);
    let shown = async |person: &Person| person.get("/v1/account").await.expect(200).json()["deletion"].clone();
    assert_eq!(shown(&person).await, Value::Null);
    let deletion = person.delete_account().await.expect(202).json();
    let expected =
        json!({ "code": code(&deletion), "requested_at": deletion["requested_at"], "purge_at": deletion["purge_at"] });
    let person = again(&app, "alice").await;
    let (found, counts) = app.world().counted(shown(&person)).await;
    assert_eq!((found, counts.aws_total()), (expected.clone(), 1), "one batch has the mark too: {counts}");
    let patch = person.event("PATCH", "/v1/account").json_body(&json!({ "name": "Ada" }));
    assert_eq!(app.send(patch).await.expect(200).json()["deletion"], expected);
    assert_eq!(shown(&other).await, Value::Null);
    person.cancel_deletion().await.expect(204);
    assert_eq!(shown(&person).await, Value::Null, "the account is kept");
    let renewed = person.delete_account().await.expect(202).json();
    assert_ne!(code(&renewed), code(&deletion));
    assert_eq!(shown(&again(&app, "alice").await).await["code"], code(&renewed), "each deletion has its own code");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_deletion_takes_few_requests() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    person.ask_for("a boat").await;
    let (_, counts) = app.world().counted(person.delete_account()).await;
    assert_eq!(
        counts.aws_total(),
        10,
        "session, state, transaction; balance, one generation with it, its end, sessions, one of them; the work item; the caller's: {counts}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deletion_needs_the_typed_text_and_a_session() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    let before = app.world().snapshot();
    for typed in ["", "Delete my account", "delete my account ", "yes"] {
        let answer = app.send(person.deletion_event(typed)).await;
        assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{typed:?}");
    }
    let good = person.deletion_event("delete my account");
    let page = person.page_event("POST", "/v1/account/deletion").json_body(&json!({ "confirm": "delete my account" }));
    let cases = [
        (good.clone().json_body(&json!({})), 422),
        (good.clone().body("{"), 400),
        (good.clone().header("content-type", "text/plain"), 415),
        (good.clone().anonymous(), 401),
        (page.clone().header("origin", "https://evil.example"), 403),
        (person.page_event("DELETE", "/v1/account/deletion").header("origin", "https://evil.example"), 403),
        (person.event("DELETE", "/v1/account/deletion").anonymous(), 401),
        (person.event("DELETE", "/v1/account/deletion"), 409),
    ];
    for (event, status) in cases {
        assert_eq!(app.send(event.clone()).await.status(), status, "{}", event.to_text());
    }
    app.world().assert_unchanged(&before);
    // The access token is still valid after its session has ended, but it cannot delete the account.
    app.send(person.event("DELETE", "/v1/session")).await.expect(204);
    let before = app.world().snapshot();
    assert_eq!(app.send(good).await.outcome(), unauthenticated());
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_cancels_jobs_and_releases_their_credits() {
    for (place, canceled_at_provider) in [("queued", 0), ("unanswered", 1), ("running", 1)] {
        let app = App::new(1).await;
        let person = settled(&app, "alice").await;
        app.replicate().knobs(|knobs| (knobs.webhook, knobs.success_after_ms) = (WebhookMode::Never, 3_600_000));
        let id = person.ask_for("a boat").await;
        match place {
            "queued" => {}
            "unanswered" => {
                app.world().inject(Faults::nth("http.POST", 1, Fault::AnswerLost));
                app.work_on("generation").await;
                app.world().inject(Faults::none());
            }
            _ => drop(app.work_on("generation").await),
        }
        person.delete_account().await.expect(202);
        let wanted = if place == "queued" { GenerationStatus::Canceled } else { GenerationStatus::Canceling };
        assert_eq!(app.generation(&id).status, wanted, "{place}");
        // The message that is still queued must not submit the job.
        app.work_on("generation").await;
        app.minute().await;
        let generation = app.generation(&id);
        assert_eq!(generation.status, GenerationStatus::Canceled, "{place}");
        assert_eq!(generation.failure.unwrap().code, FailureCode::Canceled, "{place}");
        let balance = app.balance(person.account());
        assert_eq!((balance.available(app.world().now()).0, balance.held().0), (50, 0), "{place}");
        assert_eq!(app.replicate().counts().cancels, canceled_at_provider, "{place}");
        app.rest().await;
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_submitted_during_the_deletion_is_stopped_at_the_provider() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    let id = person.ask_for("a boat").await;
    app.replicate().knobs(|knobs| (knobs.webhook, knobs.success_after_ms) = (WebhookMode::Never, 3_600_000));
    // The submission takes so long that the sweep runs first.
    app.world().inject(Faults::nth("http.POST", 1, Fault::Delay(Duration::from_secs(3))));
    let message = app.world().take_messages("generation").pop().unwrap();
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        person.delete_account().await.expect(202);
        assert!(app.sweep().await);
    };
    let (done, ()) = tokio::join!(app.hand_over("run-generation", &message), meanwhile);
    assert!(done);
    assert_eq!(app.replicate().counts().cancels, 1, "no generation needs the job any more, so it must be stopped");
    app.rest().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Canceled);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_deletion_request_that_dies_is_finished_within_the_hour() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let app = App::new(call).await;
            let person = settled(&app, "alice").await;
            let id = person.ask_for("a boat").await;
            let other = again(&app, "alice").await;
            app.world().inject(Faults::at(call, fault));
            let answer = app.world().run(person.delete_account()).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            let is_closed = app.balance(person.account()).status == credits::BalanceStatus::Closing;
            if let Ok(answer) = answer {
                assert_eq!(answer.status() == 202, is_closed, "{fault:?} at {call}: {answer:?}");
            }
            app.hour().await;
            app.minute().await;
            let refresh = other.renewal();
            let (status, session) = (app.generation(&id).status, app.send(refresh).await.status());
            match is_closed {
                true => assert_eq!((status, session), (GenerationStatus::Canceled, 401), "{fault:?} at {call}"),
                false => assert_eq!(session, 200, "{fault:?} at {call}: nothing may have happened"),
            }
            app.rest().await;
            app.check_invariants().none();
            if !hit {
                assert!(call > 9, "the request made only {call} calls");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_can_be_canceled_within_the_grace_period() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    person.ask_for("a boat").await;
    app.settle().await;
    let deletion = person.delete_account().await.expect(202).json();
    app.world().advance(DELETION_GRACE - Duration::from_secs(60));
    app.tick("schedule-purges").await;
    app.work_on("purge").await;
    let person = again(&app, "alice").await;
    assert_eq!(person.cancel_deletion().await.expect(204).body(), b"");
    assert_eq!(person.get("/v1/account").await.expect(200).json()["status"], "active");
    person.ask_for("another boat").await;
    app.settle().await;
    let status = app.deletion(code(&deletion)).await.expect(200).json();
    assert_eq!((&status["status"], &status["receipt"]), (&json!("canceled"), &Value::Null));
    assert_eq!(person.cancel_deletion().await.outcome(), (409, "wrong_state".to_owned()));
    // The work item names no account any more, and neither the schedule nor a message starts a purge.
    let item = app.world().item(DELETION_RECEIPTS_TABLE, code(&deletion), "deletion").unwrap();
    assert!(!item.to_string().contains(&person.account().to_string()), "{item}");
    assert_eq!((item.get("due"), item.get("next_check")), (None, None), "{item}");
    let before = app.world().snapshot();
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    app.hour().await;
    assert_eq!(app.work(&Event::recorded("purge-account").fill("code", code(&deletion))).await, Vec::<String>::new());
    app.world().assert_unchanged(&before);
    // A second request is a new deletion.
    let second = again(&app, "alice").await.delete_account().await.expect(202).json();
    assert_ne!(code(&second), code(&deletion));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_frozen_account_is_frozen_again_after_its_deletion_is_canceled() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    let table = app.world().clients().dynamodb().table(CREDITS_TABLE);
    let balance = credits::Balance { status: credits::BalanceStatus::Frozen, ..app.balance(person.account()) };
    table.put(&person.account().to_string(), credits::keys::BALANCE, &balance).apply().await.unwrap();
    person.delete_account().await.expect(202);
    let person = again(&app, "alice").await;
    person.cancel_deletion().await.expect(204);
    assert_eq!(person.get("/v1/account").await.expect(200).json()["status"], "frozen");
    assert_eq!(person.generate(&prompt("a boat")).await.outcome(), (403, "account_not_active".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn canceling_a_deletion_survives_a_lost_answer_and_is_all_or_nothing() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::TransactionConflict] {
        for call in 1..=4 {
            let app = App::new(call).await;
            settled(&app, "alice").await.delete_account().await.expect(202);
            let person = again(&app, "alice").await;
            let name = if fault == Fault::TransactionConflict { "dynamodb.Transact" } else { "dynamodb." };
            let nth = if fault == Fault::TransactionConflict { 1 } else { call };
            app.world().inject(Faults::nth(name, nth, fault));
            let answer = app.world().run(person.cancel_deletion()).await;
            app.world().inject(Faults::none());
            let marked = app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "deletion").is_some();
            let closing = app.balance(person.account()).status == credits::BalanceStatus::Closing;
            assert_eq!(marked, closing, "{fault:?} at {call}: the mark and the balance must agree");
            if answer.is_ok_and(|answer| answer.status() == 204) {
                assert!(!closing, "{fault:?} at {call}");
            }
            if closing {
                person.cancel_deletion().await.expect(204);
            }
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_found_only_by_its_whole_code_and_names_no_person() {
    let app = App::new(1).await;
    let person = settled(&app, "alice").await;
    let deletion = person.delete_account().await.expect(202).json();
    let text = app.deletion(code(&deletion)).await.expect(200).json().to_string();
    for personal in [person.account().to_string(), person.session().to_string(), "alice".into(), "Alice".into()] {
        assert!(!text.contains(&personal), "{personal} may not be shown: {text}");
    }
    let other = format!("A{}", &code(&deletion)[1..]);
    for wrong in [other.as_str(), "x", &code(&deletion)[1..], "tombstone#x", "%2e%2e"] {
        assert_eq!(app.deletion(wrong).await.outcome(), (404, "not_found".to_owned()), "{wrong}");
    }
}
