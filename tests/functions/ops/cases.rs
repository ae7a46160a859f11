//! Cases: the list, replies, and the objection that is granted.

use super::{NOTE, done, json_of, ops};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, GoogleProfile};
use tests::{App, Event, Person};

async fn write(app: &App, person: Option<&Person>, body: &Value) -> String {
    let event = Event::recorded("contact").json_body(body);
    let event = match person {
        Some(person) => event.bearer(person.token()),
        None => event,
    };
    app.send(event).await.expect(201).json()["number"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_most_urgent_case_is_first_and_closed_ones_are_in_the_whole_list() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let first = write(&app, Some(&person), &json!({ "kind": "support", "text": "The first one." })).await;
    app.world().advance(Duration::from_secs(60));
    let report = app.send(Event::recorded("report")).await.expect(201).json();
    let report = report["number"].as_str().unwrap().to_owned();
    let numbers = async |words: &[&str]| {
        let listed = json_of(&app, words).await;
        let numbers =
            listed["cases"].as_array().unwrap().iter().map(|case| case["number"].as_str().unwrap().to_owned());
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(numbers(&["cases"]).await, [report.clone(), first.clone()]);
    let text = ops(&app, &["cases"]).await.answer;
    assert!(text.contains("1 of them is due now") && text.contains(&format!("cargo ops case {report}")), "{text}");
    assert!(!text.contains("The first one."), "the list has no texts: {text}");

    let shown = ops(&app, &["case", &first]).await.answer;
    for part in ["> The first one.", "alice@example.com", &person.account().to_string(), "cargo ops reply"] {
        assert!(shown.contains(part), "{part:?} must be in:\n{shown}");
    }
    let replied = done(&app, &["reply", &first.to_lowercase(), "--text", "Here is how."]).await;
    assert!(replied.contains("alice@example.com") && replied.contains("no mail is sent yet"), "{replied}");
    let before = app.world().snapshot();
    done(&app, &["reply", &first, "--text", "Here is how."]).await;
    app.world().assert_unchanged(&before);
    let case = json_of(&app, &["case", &first]).await;
    assert_eq!((&case["state"], &case["replies"][0]["text"]), (&json!("answered"), &json!("Here is how.")));
    assert_eq!(case["replies"][0]["note"], json!({ "actor": "night-shift", "reason": "Spends too much." }));

    done(&app, &["close", &report]).await;
    let before = app.world().snapshot();
    done(&app, &["close", &report]).await;
    app.world().assert_unchanged(&before);
    assert_eq!(numbers(&["cases"]).await, std::slice::from_ref(&first));
    assert_eq!(numbers(&["cases", "--all"]).await, [first, report]);
    for words in [
        &["case", "C-0000-0000"][..],
        &["reply", "C-0000-0000", "--text", "x", "--actor", "support", "--reason", "x", "--yes"],
        &["close", "C-0000-0000", "--actor", "support", "--reason", "x"],
    ] {
        let refused = ops(&app, words).await;
        let said = "Refused: No case C-0000-0000: `cargo ops cases --all` lists them.\n";
        assert_eq!((refused.code, refused.problem.as_str()), (1, said), "{words:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_granted_objection_ends_the_storage_of_addresses() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let addresses = || app.world().items(ACCOUNTS_TABLE).iter().filter(|item| item["ip"].is_string()).count();
    let other = write(&app, None, &json!({ "kind": "objection", "text": "No.", "reply_to": "x@example.com" })).await;
    let refused = ops(&app, &[&["close", &other, "--grant", "--yes"][..], &NOTE[..]].concat()).await;
    assert!(refused.code == 1 && refused.problem.contains("was not signed in"), "{refused:?}");

    let number =
        write(&app, Some(&person), &json!({ "kind": "objection", "text": "Keep no addresses of mine." })).await;
    assert_eq!(addresses(), 1);
    let closed = done(&app, &["close", &number, "--grant"]).await;
    assert!(closed.contains("1 address was removed"), "{closed}");
    assert_eq!(addresses(), 0);
    let again = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert_eq!((again.account(), addresses()), (person.account(), 0), "a later sign-in stores none");
    let sessions = again.get("/v1/sessions").await.expect(200).json();
    assert!(sessions["items"].as_array().unwrap().iter().all(|session| session["ip"].is_null()), "{sessions}");
    assert_eq!(app.sign_in("bob").await.get("/v1/sessions").await.expect(200).json()["items"][0]["ip"], "203.0.113.7");
    let state = json_of(&app, &["account", &person.account().to_string()]).await;
    assert!(state["no_addresses_since"].is_string(), "{state}");
    done(&app, &["close", &number, "--grant"]).await;
}

/// What is removed does not come back, so the decision is stored first, and can only be finished.
#[tokio::test(start_paused = true)]
async fn a_grant_that_stopped_half_way_is_shown_and_finished_by_another_operator() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let number = write(&app, Some(&person), &json!({ "kind": "objection", "text": "Keep no addresses." })).await;
    let grant = ["close", &number, "--grant", "--yes"];
    app.world().inject(Faults::every("dynamodb.UpdateItem", Fault::ServerError));
    let stopped = ops(&app, &[&grant[..], &NOTE].concat()).await;
    assert_eq!(stopped.code, 3, "{stopped:?}");
    app.world().inject(Faults::none());
    let case = ops(&app, &["case", &number]).await.answer;
    for part in ["by night-shift: Spends too much. (not finished", &format!("cargo ops close {number} --grant")] {
        assert!(case.contains(part), "{part:?} must be in:\n{case}");
    }
    assert!(!case.contains(&format!("cargo ops close {number} --actor")), "{case}");
    let shown = json_of(&app, &["case", &number]).await;
    assert_eq!((&shown["state"], &shown["grant"]["note"]["actor"]), (&json!("open"), &json!("night-shift")));
    let support = ["--actor", "support", "--reason", "Finished in the morning."];
    for yes in [vec![], vec!["--yes"]] {
        let other = ops(&app, &[&["close", &*number][..], &support, &yes[..]].concat()).await;
        assert!(other.code == 1 && other.problem.contains("--grant` finishes it"), "{other:?}");
    }
    let planned = ops(&app, &[&["close", &*number, "--grant"][..], &support].concat()).await;
    assert!(planned.problem.contains("finish the grant and close") && planned.problem.contains("night-shift"));
    let finished = ops(&app, &[&grant[..], &support].concat()).await;
    assert!(finished.code == 0 && finished.answer.contains("is granted by night-shift"), "{finished:?}");
    assert!(app.world().items(ACCOUNTS_TABLE).iter().all(|item| !item["ip"].is_string()));
    assert_eq!(json_of(&app, &["case", &number]).await["closing"]["note"]["reason"], "Spends too much.");
}
