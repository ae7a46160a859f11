//! The operators' commands and the pseudonyms in log lines.

use super::{json_of, ops, with_progress, with_secrets};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::SECRETS_PATH;
use tests::{App, Person, pseudonym_keys};

/// The pseudonym of a person now, under the current key.
fn pseudonym(app: &App, person: &Person) -> String {
    pseudonym_keys(app).pseudonym(person.account(), app.world().now()).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_pseudonym_leads_to_its_account_on_its_day() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let (of_alice, day) = (pseudonym(&app, &alice), app.world().now().to_string()[..10].to_owned());
    let found = json_of(&app, &["who", &of_alice, "today"]).await;
    assert_eq!(found["found"], json!([{ "account": alice.account(), "day": day }]));
    assert_eq!((&found["compared"], &found["pseudonym"]), (&json!(2), &json!(of_alice)), "{found}");
    let (outcome, progress) = with_progress(&app, &["who", &of_alice, &day]).await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let account = alice.account().to_string();
    for part in [account.as_str(), "2 accounts were compared", "whole table was read", "cargo ops account"] {
        assert!(outcome.answer.contains(part), "{part:?} must be in:\n{}", outcome.answer);
    }
    assert!(!outcome.answer.contains(&bob.account().to_string()), "{}", outcome.answer);
    assert!(progress.iter().any(|line| line.contains("reading the whole table Accounts")), "{progress:?}");

    app.world().advance(Duration::from_secs(24 * 60 * 60));
    assert_ne!(pseudonym(&app, &alice), of_alice, "a new day has new pseudonyms");
    assert_eq!(json_of(&app, &["who", &of_alice, "yesterday"]).await["found"][0]["account"], json!(alice.account()));
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    let outcome = ops(&app, &["who", &of_alice.to_uppercase(), "today"]).await;
    assert_eq!((outcome.code, outcome.answer.as_str()), (1, ""), "{outcome:?}");
    for part in
        [format!("No account has the pseudonym {of_alice}").as_str(), "2 accounts were compared", "Check the day"]
    {
        assert!(outcome.problem.contains(part), "{part:?} must be in:\n{}", outcome.problem);
    }
    let outcome = ops(&app, &["who", &of_alice, "today", "--json"]).await;
    let refusal: Value = serde_json::from_str(&outcome.answer).unwrap();
    assert_eq!((outcome.code, &refusal["code"]), (1, &json!("not_found")), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn accounts_and_spenders_are_shown_with_their_pseudonyms() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    person.ask_for("a boat").await;
    app.settle().await;
    let (id, named) = (person.account().to_string(), pseudonym(&app, &person));
    assert_eq!(json_of(&app, &["account", &id]).await["pseudonyms"], json!([named]));
    assert!(ops(&app, &["account", &id]).await.answer.contains(&named));
    let spenders = json_of(&app, &["top-spenders", "today"]).await;
    assert_eq!(spenders["spenders"][0]["pseudonyms"], json!([named]), "{spenders}");
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    let of_the_day = ops(&app, &["top-spenders", "yesterday"]).await.answer;
    assert!(of_the_day.contains(&named), "lines of that day have the pseudonym of that day:\n{of_the_day}");
    assert_ne!(json_of(&app, &["account", &id]).await["pseudonyms"], json!([named]));
}

#[tokio::test(start_paused = true)]
async fn old_lines_are_found_while_the_secret_is_replaced() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let before = pseudonym(&app, &person);
    let old = app.world().secret("pseudonym-key");
    app.world().put_secret("pseudonym-key", &format!("{}\n{old}", BASE64_URL_SAFE_NO_PAD.encode([3; 32])));
    let app = app.restarted().await;
    let person = app.sign_in("alice").await;
    let after = pseudonym(&app, &person);
    assert_ne!(before, after);
    let account = json_of(&app, &["account", &person.account().to_string()]).await;
    assert_eq!(account["pseudonyms"], json!([after, before]));
    for named in [before, after] {
        assert_eq!(json_of(&app, &["who", &named, "today"]).await["found"][0]["account"], json!(person.account()));
    }
}

/// An operator without the permission for the secret still sees accounts and spenders.
#[tokio::test(start_paused = true)]
async fn without_the_secret_only_who_is_refused() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    person.ask_for("a boat").await;
    app.settle().await;
    let id = person.account().to_string();
    for (path, reason) in [(None, "SECRETS_PATH"), (Some("/another/path"), "/another/path/pseudonym-key")] {
        for words in [&["account", id.as_str()], &["top-spenders", "today"]] {
            let (outcome, _) = with_secrets(&app, path, words).await;
            assert_eq!(outcome.code, 0, "{outcome:?}");
            for part in [id.as_str(), "unknown", reason] {
                assert!(outcome.answer.contains(part), "{part:?} must be in:\n{}", outcome.answer);
            }
            let (outcome, _) = with_secrets(&app, path, &[&words[..], &["--json"]].concat()).await;
            let json: Value = serde_json::from_str(&outcome.answer).unwrap();
            let pseudonyms =
                if words[0] == "account" { &json["pseudonyms"] } else { &json["spenders"][0]["pseudonyms"] };
            assert_eq!(pseudonyms, &Value::Null, "{json}");
        }
        let (refused, _) = with_secrets(&app, path, &["who", "27004ade3a6a14fd", "today"]).await;
        assert_eq!((refused.code, refused.answer.as_str()), (1, ""), "{refused:?}");
        assert!(refused.problem.contains(reason), "{refused:?}");
    }
    let (found, _) = with_secrets(&app, Some(SECRETS_PATH), &["who", &pseudonym(&app, &person), "today"]).await;
    assert!(found.answer.contains(&id), "{found:?}");
}
