//! Works: from an id or a URL in a report to the account, the decision and the owner.

use super::{NOTE, done, json_of, ops, with_progress};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{App, Event, Person};

/// Reports `subject`, signed in or not, and returns the number of the case.
async fn report(app: &App, person: Option<&Person>, subject: &str) -> String {
    let body = json!({ "what": "This picture shows me.", "where": subject, "good_faith": true });
    let event = Event::recorded("report").json_body(&body);
    let event = match person {
        Some(person) => event.bearer(person.token()),
        None => event,
    };
    app.send(event).await.expect(201).json()["number"].as_str().unwrap().to_owned()
}

/// The only operator's way from a report that names an id to the decision: each step is in the `Next:` of the
/// step before it.
#[tokio::test(start_paused = true)]
async fn a_report_of_an_id_leads_to_the_work_and_its_account() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let work = alice.ask_for("a secret boat").await;
    bob.ask_for("another boat").await;
    app.settle().await;
    let number = report(&app, None, &work).await;
    let case = ops(&app, &["case", &number]).await.answer;
    for part in ["a person who was not signed in", "unknown: the writer", &format!("cargo ops work {work}\n")] {
        assert!(case.contains(part), "{part:?} must be in:\n{case}");
    }

    let (account, before) = (alice.account().to_string(), app.world().snapshot());
    let (found, progress) = with_progress(&app, &["work", &work]).await;
    assert_eq!((found.code, found.problem.as_str()), (0, ""), "{found:?}");
    let (disable, look) = (format!("cargo ops disable-work {account} {work}"), format!("cargo ops account {account}"));
    let file = format!("generations/{account}/{work}/0.");
    for part in ["flux-schnell", "text_to_image", "succeeded", "whole table was read", &*disable, &*look, &*file] {
        assert!(found.answer.contains(part), "{part:?} must be in:\n{}", found.answer);
    }
    assert!(progress.iter().any(|line| line.contains("reading the whole table Generations")), "{progress:?}");
    let shown = json_of(&app, &["work", &work]).await;
    assert_eq!((&shown["account"], &shown["generation"]), (&json!(alice.account()), &json!(work)), "{shown}");
    assert_eq!((&shown["outputs"], &shown["disabled"]), (&json!(1), &Value::Null), "{shown}");
    for text in [&found.answer, &shown.to_string()] {
        assert!(!text.contains("a secret boat"), "the prompt is shown only if the operator asks: {text}");
    }
    assert!(ops(&app, &["work", &work, "--prompt"]).await.answer.contains("> a secret boat"));
    assert_eq!(json_of(&app, &["work", &work, "--prompt"]).await["prompt"], "a secret boat");
    app.world().assert_unchanged(&before);

    done(&app, &["disable-work", &account, &work, "--ground", "Terms, section 4"]).await;
    let text = ops(&app, &["work", &work]).await.answer;
    for part in ["by night-shift: Spends too much. (Terms, section 4)", &*format!("enable-work {account} {work}")] {
        assert!(text.contains(part), "{part:?} must be in:\n{text}");
    }
}

/// After an appeal, the first decision must still be there: who, when, why and on which ground.
#[tokio::test(start_paused = true)]
async fn a_work_keeps_the_decisions_about_it() {
    let app = App::new(6).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let id = person.account().to_string();
    let first = app.world().now().to_string();
    for (ground, fault) in [("Terms, section 4", None), ("Art. 5", Some(Fault::AnswerLost))] {
        done(&app, &["disable-work", &id, &work, "--ground", ground]).await;
        app.world().advance(Duration::from_secs(60));
        if let Some(fault) = fault {
            app.world().inject(Faults::nth("dynamodb.UpdateItem", 1, fault));
            let lost = ops(&app, &[&["enable-work", &*id, &work, "--yes"][..], &NOTE].concat()).await;
            assert_eq!(lost.code, 3, "it is done, and nobody knows: {lost:?}");
        }
        done(&app, &["enable-work", &id, &work]).await;
    }
    let shown = json_of(&app, &["work", &work]).await;
    let past = shown["past_decisions"].as_array().unwrap();
    let grounds: Vec<_> = past.iter().map(|decision| decision["ground"].as_str().unwrap()).collect();
    assert_eq!(grounds, ["Terms, section 4", "Art. 5"], "each decision is there once: {shown}");
    assert_eq!((&past[0]["disabled_at"], &past[0]["disabled"]["actor"]), (&json!(first), &json!("night-shift")));
    assert_eq!(past[0]["enabled"]["reason"], "Spends too much.");
    assert!(shown["disabled"].is_null(), "{shown}");
    let text = ops(&app, &["work", &work]).await.answer;
    for part in ["was disabled", "(Terms, section 4)", "enabled again", "by night-shift: Spends too much."] {
        assert!(text.contains(part), "{part:?} must be in:\n{text}");
    }
    let owner = person.get(&format!("/v1/generations/{work}")).await.expect(200).json();
    assert!(!owner.to_string().contains("night-shift") && owner["disabled"].is_null(), "{owner}");

    // Two operators at once: one of them enables, and no decision is lost.
    done(&app, &["disable-work", &id, &work, "--ground", "Art. 6"]).await;
    let other = ["--actor", "support", "--reason", "The appeal is right.", "--yes"];
    let enable = ["enable-work", &id, &work];
    let (first, second) = ([&enable[..], &NOTE, &["--yes"]].concat(), [&enable[..], &other].concat());
    let (one, two) = tokio::join!(ops(&app, &first), ops(&app, &second));
    assert_eq!([one.code, two.code].iter().filter(|code| **code == 0).count(), 1, "{one:?} {two:?}");
    let shown = json_of(&app, &["work", &work]).await;
    assert_eq!(shown["past_decisions"].as_array().unwrap().len(), 3, "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_url_of_a_file_is_read_by_key() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let generation = person.get(&format!("/v1/generations/{work}")).await.expect(200).json();
    let url = generation["outputs"][0]["url"].as_str().unwrap().to_owned();
    let both = format!("{}/{work}", person.account());
    for subject in [&url, &both] {
        let words = ["work", subject.as_str()];
        let ((found, progress), counts) = app.world().counted(with_progress(&app, &words)).await;
        assert!(found.code == 0 && found.answer.contains(&work), "{found:?}");
        assert_eq!((counts.of("dynamodb.GetItem"), counts.of("dynamodb.Scan")), (1, 0), "{subject}: {counts}");
        assert_eq!(progress, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_case_says_whether_the_work_is_the_writers_own() {
    let app = App::new(3).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let work = alice.ask_for("a boat").await;
    app.settle().await;
    let both = format!("{}/{work}", alice.account());
    let url = format!("https://media.example.com/generations/{both}/0.png");
    let (owner, other) = (format!("of the account {}", alice.account()), "not found with the writer's account");
    let forged = format!("https://media.example.com@evil.example/{}/{work}/0.png", bob.account());
    for (writer, subject, own, next, said) in [
        (Some(&alice), &work, json!(true), &both, "the writer's own"),
        (Some(&bob), &work, Value::Null, &work, other),
        (Some(&bob), &url, json!(false), &both, &*owner),
        (Some(&alice), &url, json!(true), &both, "the writer's own"),
        (None, &url, Value::Null, &both, &*owner),
        // The URL says that it is the writer's own, and no such work exists.
        (Some(&bob), &forged, Value::Null, &format!("{}/{work}", bob.account()), "not found or deleted"),
    ] {
        let number = report(&app, writer, subject).await;
        let (case, counts) = app.world().counted(json_of(&app, &["case", &number])).await;
        assert_eq!((&case["own_work"], &case["work"]), (&own, &json!(next)), "{case}");
        assert_eq!(counts.of("dynamodb.GetItem"), 2, "the case and the work: {counts}");
        let text = ops(&app, &["case", &number]).await.answer;
        for part in ["written by", &format!("cargo ops work {next}\n"), said] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        let host = if *subject == url { "media.example.com. Any" } else { "evil.example. Any" };
        assert_eq!(text.contains(host), subject.starts_with("https://"), "{text}");
    }
    alice.delete(&work).await.expect(204);
    app.rest().await;
    let number = report(&app, Some(&alice), &format!("{url}?again")).await;
    let case = json_of(&app, &["case", &number]).await;
    assert_eq!((&case["own_work"], &case["work_found"]), (&Value::Null, &json!(false)), "{case}");
    let elsewhere = report(&app, None, "https://example.com/$(reboot)").await;
    let text = ops(&app, &["case", &elsewhere]).await.answer;
    assert!(text.contains("names no work of ours") && !text.contains("cargo ops work"), "{text}");
}

/// A hidden item must not send the operator in a circle: from the id to the account, and back to the id.
#[tokio::test(start_paused = true)]
async fn a_work_whose_deletion_is_unfinished_is_called_deleted() {
    let app = App::new(5).await;
    let alice = app.sign_in("alice").await;
    let work = alice.ask_for("a boat").await;
    app.settle().await;
    app.world().inject(Faults::every("s3.", Fault::Refused));
    let _ = alice.delete(&work).await;
    app.world().inject(Faults::none());
    let hidden = app.generations(alice.account());
    assert!(hidden.len() == 1 && hidden[0].deleted_at.is_some(), "the item must still be there: {hidden:?}");
    let refused = ops(&app, &["work", &work]).await;
    let said = format!("Refused: The work {work} of the account {} was deleted.", alice.account());
    assert!(refused.code == 1 && refused.problem.starts_with(&said), "{refused:?}");
    assert!(refused.problem.contains("whole table was read"), "{refused:?}");
    assert!(!refused.problem.contains("cargo ops work"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_work_that_is_not_there_is_named() {
    let app = App::new(4).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let work = alice.ask_for("a boat").await;
    app.settle().await;
    let of_bob = format!("{}/{work}", bob.account());
    let refused = ops(&app, &["work", &of_bob]).await;
    let said = format!("Refused: The account {} has no generation {work}", bob.account());
    assert!(refused.code == 1 && refused.problem.starts_with(&said), "{refused:?}");
    assert!(refused.problem.contains(&format!("cargo ops work {work}")), "{refused:?}");
    let id = bob.account().to_string();
    let wrong = ["disable-work", &id, &work, "--ground", "Terms, section 4"];
    let refused = ops(&app, &[&wrong[..], &NOTE].concat()).await;
    assert!(refused.code == 1 && refused.problem.starts_with(&said), "{refused:?}");
    alice.delete(&work).await.expect(204);
    app.rest().await;
    let refused = ops(&app, &["work", &work]).await;
    let said = format!("Refused: No account has a generation {work}, or it was deleted.");
    assert!(refused.code == 1 && refused.problem.starts_with(&said), "{refused:?}");
    assert!(refused.problem.contains("whole table was read"), "{refused:?}");
}
