//! Freezes, gifts and disabled works.

use super::{NOTE, done, json_of, ops, prove};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{App, prompt};

#[tokio::test(start_paused = true)]
async fn a_change_without_yes_says_what_it_would_do_and_does_nothing() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let case = app.send(tests::Event::recorded("contact").bearer(person.token())).await.expect(201).json();
    let (id, number) = (person.account().to_string(), case["number"].as_str().unwrap().to_owned());
    let before = app.world().snapshot();
    for words in [
        vec!["freeze", &id],
        vec!["freeze", &id, "--lot", "welcome"],
        vec!["end-sessions", &id],
        vec!["grant", &id, "20"],
        vec!["grant", &id, "20", "--key", "k", "--expires", "2099-01-31", "--kind", "promotion"],
        vec!["disable-work", &id, &work, "--ground", "Terms, section 4"],
        vec!["reply", &number, "--text", "Hello."],
        vec!["close", &number],
    ] {
        let planned = ops(&app, &[&words[..], &NOTE].concat()).await;
        assert_eq!((planned.code, planned.answer.as_str()), (1, ""), "{planned:?}");
        for part in ["would", "Spends too much.", "night-shift", "Nothing was changed. Add --"] {
            assert!(planned.problem.contains(part), "{words:?}: {part:?} must be in:\n{}", planned.problem);
        }
        assert!(!planned.problem.contains("a boat"), "no prompt is shown:\n{}", planned.problem);
        let planned = ops(&app, &[&words[..], &NOTE, &["--json"]].concat()).await;
        let plan: Value = serde_json::from_str(&planned.answer).unwrap();
        assert_eq!((planned.code, &plan["done"], &plan["code"]), (1, &json!(false), &json!("planned")));
        app.world().assert_unchanged(&before);
    }
    for words in [vec!["thaw", &id], vec!["enable-work", &id, &work], vec!["close", &number, "--grant"]] {
        let refused = ops(&app, &[&words[..], &NOTE].concat()).await;
        assert!(refused.code == 1 && refused.problem.starts_with("Refused:"), "{words:?}: {refused:?}");
        let refused = ops(&app, &[&words[..], &NOTE, &["--yes", "--json"]].concat()).await;
        let refusal: Value = serde_json::from_str(&refused.answer).unwrap();
        assert_eq!((refused.code, &refusal["code"]), (1, &json!("wrong_state")), "{words:?}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_change_changes_nothing() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let id = person.account().to_string();
    let disable = ["disable-work", &id, &work, "--ground", "Terms, section 4"];
    for words in [
        &["freeze", &id][..],
        &["thaw", &id],
        &["grant", &id, "20", "--key", "outage"],
        &disable,
        &["enable-work", &id, &work],
        &["end-sessions", &id],
    ] {
        done(&app, words).await;
        let before = app.world().snapshot();
        app.world().advance(Duration::from_secs(1));
        let again = done(&app, words).await;
        assert!(again.contains("already") && again.contains("Nothing was changed."), "{words:?}: {again}");
        app.world().assert_unchanged(&before);
    }
    prove(&app, person.account());
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50 - 4 + 20);
    let other = ops(&app, &[&["grant", &id, "21", "--key", "outage", "--yes"][..], &NOTE[..]].concat()).await;
    assert!(other.code == 1 && other.problem.contains("The key outage was used for another gift"), "{other:?}");
}

/// An operator who is refused learns the state and the next step.
#[tokio::test(start_paused = true)]
async fn a_refused_change_says_what_to_do() {
    let app = App::new(6).await;
    let person = app.sign_in("alice").await;
    let id = person.account().to_string();
    let refused = async |words: &[&str], part: &str| {
        let before = app.world().snapshot();
        for yes in [vec![], vec!["--yes"]] {
            let outcome = ops(&app, &[words, &yes[..]].concat()).await;
            assert!(outcome.code == 1 && outcome.problem.starts_with("Refused:"), "{words:?}: {outcome:?}");
            assert!(outcome.problem.contains(part), "{words:?}: {part:?} must be in {outcome:?}");
        }
        app.world().assert_unchanged(&before);
    };
    let other = ["--actor", "night-shift", "--reason", "Another reason."];
    let grant = ["grant", &id, "20", "--key", "k1"];
    done(&app, &["freeze", &id]).await;
    refused(&[&["freeze", &id][..], &other].concat(), "To correct the reason, thaw it").await;
    refused(&[&grant[..], &NOTE].concat(), "The account is frozen: thaw it first").await;
    done(&app, &["thaw", &id]).await;
    refused(&[&["thaw", &id][..], &other].concat(), "The account is not frozen.").await;
    person.delete_account().await.expect(202);
    for command in ["freeze", "thaw"] {
        refused(&[&[command, &id][..], &NOTE].concat(), "The account is being deleted").await;
    }
    refused(&[&grant[..], &NOTE].concat(), "The account is being deleted").await;
}

#[tokio::test(start_paused = true)]
async fn a_gift_without_a_key_or_with_many_credits_says_so() {
    let app = App::new(7).await;
    let id = app.sign_in("alice").await.account().to_string();
    let before = app.world().snapshot();
    let planned = ops(&app, &[&["grant", &id, "10000", "--yes"][..], &NOTE].concat()).await;
    assert_eq!((planned.code, planned.answer.as_str()), (1, ""), "{planned:?}");
    assert!(planned.problem.contains("Nothing was changed. Add --key ops-"), "{planned:?}");
    assert!(!planned.problem.contains("--yes") && !planned.problem.contains("Warning"), "{planned:?}");
    let planned = ops(&app, &[&["grant", &id, "10001", "--key", "k1"][..], &NOTE].concat()).await;
    for part in ["Warning: this is more than 10000 credits", "Nothing was changed. Add --yes to do it."] {
        assert!(planned.problem.contains(part), "{part:?} must be in:\n{}", planned.problem);
    }
    app.world().assert_unchanged(&before);
}

/// The answer to a change may be lost, and two operators may type the same at once.
#[tokio::test(start_paused = true)]
async fn lost_answers_and_races_keep_the_ledger_exact() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let id = person.account().to_string();
    for fault in [Fault::AnswerLost, Fault::TransactionConflict, Fault::ServerError] {
        let key = format!("k-{}", format!("{fault:?}").to_lowercase());
        let grant = ["grant", &id, "10", "--key", &key];
        for words in [&["freeze", &id][..], &["thaw", &id], &grant] {
            app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
            done(&app, words).await;
            app.world().inject(Faults::none());
        }
    }
    let (command, order) = (["freeze", &*id], prompt("a boat at the same time"));
    let (one, two, three) = tokio::join!(done(&app, &command), done(&app, &command), person.generate(&order));
    assert!(one.contains("is frozen") && two.contains("is frozen"));
    assert!([202, 403].contains(&three.status()), "{three:?}");
    app.settle().await;
    prove(&app, person.account());
    let freezes = app.entries(person.account()).iter().filter(|entry| entry.note.is_some()).count();
    assert_eq!(freezes, 3 * 3 + 1, "each change has one entry");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_disabled_work_is_listed_with_its_reasons_and_without_links() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let (id, path) = (person.account().to_string(), format!("/v1/generations/{work}"));
    let objects = app.objects().len();
    let disable = ["disable-work", &id, &work, "--ground", "Terms, section 4"];
    done(&app, &disable).await;
    let shown = person.get(&path).await.expect(200).json();
    let listed = person.get("/v1/generations").await.expect(200).json();
    for shown in [&shown, &listed["items"][0]] {
        assert_eq!(
            (&shown["id"], &shown["status"], &shown["outputs"]),
            (&json!(work), &json!("succeeded"), &json!([]))
        );
        let disabled = &shown["disabled"];
        assert_eq!(disabled["at"], app.world().now().to_string());
        assert_eq!(
            (&disabled["reason"], &disabled["ground"]),
            (&json!("Spends too much."), &json!("Terms, section 4"))
        );
        assert!(disabled["appeal"].as_str().unwrap().contains("at /contact and choose"), "{disabled}");
        assert!(!disabled.to_string().contains("night-shift"), "the owner does not read the actor: {disabled}");
    }
    assert_eq!(app.objects().len(), objects, "the files stay");
    let based = json!({ "model": "flux-kontext-dev", "prompt": "the same boat", "based_on": work });
    assert_eq!(person.generate(&based).await.outcome(), (422, "invalid".to_owned()), "its picture cannot be used");

    let other = ["disable-work", &id, &work, "--ground", "Another law"];
    let refused = ops(&app, &[&other[..], &NOTE, &["--yes"]].concat()).await;
    assert!(refused.code == 1 && refused.problem.contains("for another reason"), "{refused:?}");
    done(&app, &["enable-work", &id, &work]).await;
    let shown = person.get(&path).await.expect(200).json();
    assert!(shown["outputs"][0]["url"].is_string() && shown["disabled"].is_null(), "{shown}");
    done(&app, &disable).await;
    person.delete(&work).await.expect(204);
    app.rest().await;
    assert_eq!(app.objects().len(), 0, "the owner can delete a disabled work");
    let gone = ops(&app, &[&disable[..], &NOTE, &["--yes"]].concat()).await;
    assert!(gone.code == 1 && gone.problem.contains("has no generation"), "{gone:?}");
}

#[tokio::test(start_paused = true)]
async fn no_command_restores_an_erased_account() {
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    let work = person.ask_for("a boat").await;
    app.settle().await;
    let case = app.send(tests::Event::recorded("contact").bearer(person.token())).await.expect(201).json();
    crate::personal::erase(&app, person.account()).await;
    let (id, number) = (person.account().to_string(), case["number"].as_str().unwrap().to_owned());
    let before = app.world().snapshot();
    let (no_account, no_work) = (format!("No account has the id {id}"), format!("has no generation {work}"));
    let no_case = format!("No case {number}");
    for (words, said) in [
        (vec!["freeze", &id], &no_account),
        (vec!["thaw", &id], &no_account),
        (vec!["freeze", &id, "--lot", "welcome"], &no_account),
        (vec!["thaw", &id, "--lot", "welcome"], &no_account),
        (vec!["end-sessions", &id], &no_account),
        (vec!["grant", &id, "5", "--key", "k"], &no_account),
        (vec!["disable-work", &id, &work, "--ground", "x"], &no_work),
        (vec!["enable-work", &id, &work], &no_work),
        (vec!["reply", &number, "--text", "x"], &no_case),
        (vec!["close", &number], &no_case),
    ] {
        let refused = ops(&app, &[&words[..], &NOTE, &["--yes"]].concat()).await;
        assert!(refused.code == 1 && refused.problem.contains(said), "{words:?}: {refused:?}");
    }
    app.world().assert_unchanged(&before);
    assert_eq!(json_of(&app, &["cases"]).await["cases"], json!([]), "its cases went with it");
}
