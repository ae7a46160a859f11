//! Changes whose outcome is unknown, and the end of an account's sessions.

use super::{NOTE, done, json_of, ops, prove};
use credits::EntryKind;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{App, Event, prompt};

/// An operator must not read "Refused" where the change may be made: the answer of AWS is lost.
#[tokio::test(start_paused = true)]
async fn a_change_that_gets_no_answer_is_unknown_and_its_repetition_is_safe() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let case = app.send(Event::recorded("contact").bearer(person.token())).await.expect(201).json();
    let (id, number) = (person.account().to_string(), case["number"].as_str().unwrap().to_owned());
    for words in [
        vec!["freeze", &id],
        vec!["thaw", &id],
        vec!["freeze", &id, "--lot", "welcome"],
        vec!["thaw", &id, "--lot", "welcome"],
        vec!["grant", &id, "20", "--key", "k"],
        vec!["disable-work", &id, &work, "--ground", "Terms, section 4"],
        vec!["enable-work", &id, &work],
        vec!["end-sessions", &id],
        vec!["reply", &number, "--text", "Hello."],
        vec!["close", &number],
    ] {
        let before = app.world().snapshot();
        app.world().inject(Faults::every("dynamodb.", Fault::ServerError));
        let unknown = ops(&app, &[&words[..], &NOTE, &["--yes"]].concat()).await;
        assert_eq!((unknown.code, unknown.answer.as_str()), (3, ""), "{words:?}: {unknown:?}");
        for part in ["Unknown: ", "It is unknown whether it was done.", "the same change again changes nothing"] {
            assert!(unknown.problem.contains(part), "{words:?}: {part:?} must be in {unknown:?}");
        }
        assert!(!unknown.problem.contains("Refused"), "{unknown:?}");
        let unknown = ops(&app, &[&words[..], &NOTE, &["--yes", "--json"]].concat()).await;
        let answer: Value = serde_json::from_str(&unknown.answer).unwrap();
        assert_eq!((unknown.code, &answer["done"], &answer["code"]), (3, &Value::Null, &json!("unavailable")));
        let planned = ops(&app, &[&words[..], &NOTE].concat()).await;
        assert_eq!(planned.code, 1, "what changes nothing is never unknown: {planned:?}");
        app.world().inject(Faults::none());
        app.world().assert_unchanged(&before);

        done(&app, &words).await;
        let before = app.world().snapshot();
        app.world().advance(Duration::from_secs(1));
        done(&app, &words).await;
        app.world().assert_unchanged(&before);
    }
    prove(&app, person.account());
}

/// A single write is not read again after its answer is lost. So it is done, and the operator cannot know.
#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_is_lost_is_done_already_when_it_is_run_again() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let id = person.account().to_string();
    for words in [
        &["disable-work", &*id, &work, "--ground", "Terms, section 4"][..],
        &["enable-work", &id, &work],
        &["end-sessions", &id],
    ] {
        app.world().inject(Faults::every("dynamodb.UpdateItem", Fault::AnswerLost));
        let unknown = ops(&app, &[words, &NOTE, &["--yes"]].concat()).await;
        assert_eq!(unknown.code, 3, "{words:?}: {unknown:?}");
        app.world().inject(Faults::none());
        app.world().advance(Duration::from_secs(1));
        let before = app.world().snapshot();
        let again = done(&app, words).await;
        assert!(again.contains("already") && again.contains("Nothing was changed."), "{words:?}: {again}");
        app.world().assert_unchanged(&before);
    }
}

/// From the page of RefreshTokenReuseAlarm: tokens leaked, so the sessions of the account end.
#[tokio::test(start_paused = true)]
async fn an_operator_ends_all_sessions_of_one_account() {
    let app = App::new(3).await;
    let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    let bob = app.sign_in("bob").await;
    let id = laptop.account().to_string();
    app.world().advance(Duration::from_secs(60));
    let ended = done(&app, &["end-sessions", &id]).await;
    assert!(ended.contains(&format!("Ended: 2 sessions of the account {id}.")), "{ended}");
    for person in [&laptop, &phone] {
        assert_eq!(app.refresh(person.refresh_token()).await.status(), 401, "no refresh token continues");
        assert_eq!(person.generate(&prompt("a boat")).await.status(), 401, "and no access token spends");
    }
    app.refresh(bob.refresh_token()).await.expect(200);
    let entry = app.entries(laptop.account()).pop().unwrap();
    assert_eq!((entry.kind, entry.note.unwrap().reason()), (EntryKind::EndSessions, "Spends too much."));
    prove(&app, laptop.account());

    app.world().advance(Duration::from_secs(60));
    let again = app.sign_in("alice").await;
    let statement = again.get("/v1/credits").await.expect(200).json();
    let first = &statement["items"][0];
    assert_eq!((&first["kind"], &first["reason"]), (&json!("end_sessions"), &json!("Spends too much.")), "{statement}");
    done(&app, &["end-sessions", &id]).await;
    again.ask_for("a repetition ends no later session").await;
    assert_eq!(json_of(&app, &["account", &id]).await["sessions"], 1);
    app.settle().await;
    app.check_invariants().none();
}

/// A run that dies ends the rest when it is run again.
#[tokio::test(start_paused = true)]
async fn an_end_of_sessions_that_dies_is_finished_by_its_repetition() {
    for call in 1..=5 {
        let app = App::new(4).await;
        let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
        let id = laptop.account().to_string();
        app.world().advance(Duration::from_secs(60));
        app.world().inject(Faults::at(call, Fault::DieBefore));
        let words = [&["end-sessions", &*id, "--yes"][..], &NOTE].concat();
        assert!(app.world().run(ops(&app, &words)).await.is_err(), "call {call} must be made");
        app.world().inject(Faults::none());
        app.world().advance(Duration::from_secs(60));
        done(&app, &["end-sessions", &id]).await;
        for person in [&laptop, &phone] {
            assert_eq!(app.refresh(person.refresh_token()).await.status(), 401, "call {call}");
        }
        let recorded = app.entries(laptop.account()).into_iter().filter(|it| it.kind == EntryKind::EndSessions);
        assert_eq!(recorded.count(), 1, "call {call}: one decision, one entry");
        prove(&app, laptop.account());
    }
}
