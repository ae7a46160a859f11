//! Freezes of single lots.

use super::{NOTE, done, json_of, ops, prove};
use serde_json::{Value, json};
use testkit::{Fault, Faults};
use tests::{App, prompt};

#[tokio::test(start_paused = true)]
async fn an_operator_freezes_and_thaws_a_lot() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    person.ask_for("a boat").await;
    let id = person.account().to_string();
    done(&app, &["grant", &id, "20", "--key", "outage", "--expires", "2099-01-31"]).await;
    let freeze = ["freeze", &id, "--lot", "welcome"];
    let before = app.world().snapshot();
    let planned = ops(&app, &[&freeze[..], &NOTE].concat()).await;
    assert_eq!((planned.code, planned.answer.as_str()), (1, ""), "{planned:?}");
    for part in ["freeze the lot welcome", "46 credits, and 4 in holds", "66 credits", "20 credits", "Add --yes"] {
        assert!(planned.problem.contains(part), "{part:?} must be in:\n{}", planned.problem);
    }
    let planned = ops(&app, &[&freeze[..], &NOTE, &["--json"]].concat()).await;
    let plan: Value = serde_json::from_str(&planned.answer).unwrap();
    let plan = (&plan["code"], &plan["plan"]["credits"], &plan["plan"]["held"], &plan["plan"]["available_after"]);
    assert_eq!(plan, (&json!("planned"), &json!(46), &json!(4), &json!(20)));
    app.world().assert_unchanged(&before);

    let answer = done(&app, &freeze).await;
    for part in ["The lot welcome is frozen.", "20 credits are available, 46 are frozen", "--lot welcome"] {
        assert!(answer.contains(part), "{part:?} must be in:\n{answer}");
    }
    let text = ops(&app, &["account", &id]).await.answer;
    for part in
        ["frozen by night-shift since", "Spends too much.", "46 credits in frozen lots", "thaw", "--lot welcome"]
    {
        assert!(text.contains(part), "{part:?} must be in:\n{text}");
    }
    let shown = json_of(&app, &["account", &id]).await;
    let lot = shown["lots"].as_array().unwrap().iter().find(|lot| lot["id"] == "welcome").unwrap();
    assert_eq!((&lot["frozen"]["actor"], &lot["spendable"]), (&json!("night-shift"), &json!(false)));
    assert_eq!((&shown["status"], &shown["available"], &shown["frozen"]), (&json!("active"), &json!(20), &json!(46)));

    for n in 0..5 {
        person.ask_for(&format!("boat {n}")).await;
        app.settle().await;
    }
    assert_eq!(person.generate(&prompt("one too many")).await.outcome(), (402, "insufficient_credits".to_owned()));
    let answer = done(&app, &["thaw", &id, "--lot", "welcome"]).await;
    assert!(answer.contains("The lot welcome is thawed. 46 credits are available, 0 are frozen."), "{answer}");
    person.ask_for("the next boat").await;
    app.settle().await;
    prove(&app, person.account());
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_switch_of_a_lot_that_does_not_fit_is_refused() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let id = person.account().to_string();
    let refused = async |words: &[&str], part: &str| {
        let before = app.world().snapshot();
        let planned = ops(&app, &[words, &NOTE].concat()).await;
        let made = ops(&app, &[words, &NOTE, &["--yes"]].concat()).await;
        for outcome in [planned, made] {
            assert!(outcome.code == 1 && outcome.problem.starts_with("Refused:"), "{words:?}: {outcome:?}");
            assert!(outcome.problem.contains(part), "{words:?}: {part:?} must be in {outcome:?}");
        }
        app.world().assert_unchanged(&before);
    };
    refused(&["thaw", &id, "--lot", "welcome"], "not frozen").await;
    for command in ["freeze", "thaw"] {
        refused(&[command, &id, "--lot", "gift-none"], "no open lot with this id: gift-none. Its open lot is welcome.")
            .await;
        refused(&[command, "01929e6b-6c00-7000-8000-0123456789ab", "--lot", "welcome"], "No account has the id").await;
    }
    done(&app, &["freeze", &id, "--lot", "welcome"]).await;
    let other = ["--actor", "night-shift", "--reason", "Another reason.", "--yes"];
    let outcome = ops(&app, &[&["freeze", &id, "--lot", "welcome"][..], &other].concat()).await;
    assert!(outcome.code == 1 && outcome.problem.contains("frozen already, for another reason"), "{outcome:?}");
    prove(&app, person.account());
}

/// The answer to a change may be lost, and two operators may type the same at once.
#[tokio::test(start_paused = true)]
async fn a_repeated_switch_of_a_lot_changes_nothing_whatever_is_lost() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let id = person.account().to_string();
    for fault in [Fault::AnswerLost, Fault::TransactionConflict, Fault::ServerError] {
        for words in [["freeze", &id, "--lot", "welcome"], ["thaw", &id, "--lot", "welcome"]] {
            app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
            done(&app, &words).await;
            app.world().inject(Faults::none());
            let before = app.world().snapshot();
            let again = done(&app, &words).await;
            assert!(again.contains("Nothing was changed"), "{again}");
            app.world().assert_unchanged(&before);
        }
    }
    let (command, order) = (["freeze", &*id, "--lot", "welcome"], prompt("a boat at the same time"));
    let (_, _, three) = tokio::join!(done(&app, &command), done(&app, &command), person.generate(&order));
    assert!([202, 402].contains(&three.status()), "{three:?}");
    app.settle().await;
    prove(&app, person.account());
    let switched = app.entries(person.account()).iter().filter(|entry| entry.lot_id.is_some()).count();
    assert_eq!(switched, 3 * 2 + 1, "each change has one entry");
    app.check_invariants().none();
}
