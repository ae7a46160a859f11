//! The operators' command `ops`, on the stores of the whole service.

mod browsers;
mod cases;
mod changes;
mod lots;
mod spenders;
mod typical;
mod unknown;
mod who;
mod works;

use crate::partners::sign_in;
use credits::BalanceStatus;
use kernel::AccountId;
use ops::{CommandExit, Console, LogPlace, SecretPlace, Stores, run_on};
use serde_json::{Value, json};
use std::{cell::RefCell, time::Duration};
use testkit::{GoogleProfile, PUBLIC_ORIGIN, SECRETS_PATH};
use tests::{App, Event, Person};

/// The note of a change.
pub const NOTE: [&str; 4] = ["--actor", "night-shift", "--reason", "Spends too much."];

/// The log group of the pages.
pub const SITE_LOGS: &str = "site-logs";

/// Runs a command of an operator.
pub async fn ops(app: &App, words: &[&str]) -> CommandExit {
    with_progress(app, words).await.0
}

/// Runs a command, and returns the lines about its progress too.
async fn with_progress(app: &App, words: &[&str]) -> (CommandExit, Vec<String>) {
    with_secrets(app, Some(SECRETS_PATH), words).await
}

/// Runs a command of an operator whose secrets are below `path`. Without it, the log group is unknown too.
async fn with_secrets(app: &App, path: Option<&str>, words: &[&str]) -> (CommandExit, Vec<String>) {
    let clients = app.world().clients();
    let secrets = SecretPlace::new(clients.clone(), path.map(str::to_owned));
    let stores = Stores::on(|table| Ok::<_, ()>(clients.dynamodb().table(table))).unwrap();
    let lines = RefCell::new(Vec::new());
    let progress = |line: &str| lines.borrow_mut().push(line.to_owned());
    let ids = app.world().ids();
    let now = app.world().now();
    let clock = || now;
    let group = path.map(|_| SITE_LOGS.to_owned());
    let logs = LogPlace::new(clients.clone(), app.world().net(), group, Duration::ZERO, &clock);
    let console = Console { stores: &stores, secrets: &secrets, logs: &logs, now, ids: &ids, progress: &progress };
    let outcome = run_on(&console, words.iter().map(|word| (*word).to_owned())).await;
    (outcome, lines.into_inner())
}

/// Runs a change with `--yes`, which must be done.
pub async fn done(app: &App, words: &[&str]) -> String {
    let outcome = ops(app, &[words, &NOTE, &["--yes"]].concat()).await;
    assert_eq!((outcome.code, outcome.problem.as_str()), (0, ""), "{words:?}");
    outcome.answer
}

/// Runs a command with `--json`, which must be done.
pub async fn json_of(app: &App, words: &[&str]) -> Value {
    let outcome = ops(app, &[words, &["--json"]].concat()).await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.answer).unwrap()
}

/// Proves the ledger of an account, as `cargo ledger-check` does.
pub fn prove(app: &App, account: AccountId) {
    app.balance(account).prove(&app.entries(account)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_account_is_shown_without_prompt_address_and_name() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    person.ask_for("a secret boat").await;
    app.send(Event::recorded("contact").bearer(person.token())).await.expect(201);
    let id = person.account().to_string();
    done(&app, &["freeze", &id]).await;
    let before = app.world().snapshot();
    let text = ops(&app, &["account", &id]).await.answer;
    for part in [
        id.as_str(),
        "frozen",
        "night-shift",
        "Spends too much.",
        "46 credits",
        "4 credits in 1 hold",
        "sessions",
        "flux-schnell",
        "queued",
        "welcome",
        "support",
        "cargo ops thaw",
        "cargo ledger-check",
    ] {
        assert!(text.contains(part), "{part:?} must be in:\n{text}");
    }
    let shown = json_of(&app, &["account", &id]).await;
    assert_eq!((&shown["status"], &shown["sessions"], &shown["held"]), (&json!("frozen"), &json!(1), &json!(4)));
    for secret in ["a secret boat", "203.0.113.", "alice@example.com"] {
        assert!(!text.contains(secret) && !shown.to_string().contains(secret), "{secret} must not be printed:\n{text}");
    }
    app.world().assert_unchanged(&before);

    person.delete_account().await.expect(202);
    let shown = json_of(&app, &["account", &id]).await;
    assert_eq!(shown["status"], "closing");
    assert!(shown["deletion"]["purge_at"].is_string(), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn an_account_is_found_by_its_mail_address_with_a_scan_that_says_so() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    app.sign_in("bob").await;
    let (outcome, progress) = with_progress(&app, &["account", "Alice@Example.com"]).await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.answer.contains(&person.account().to_string()) && outcome.answer.contains("whole table was read"));
    assert!(progress.iter().any(|line| line.contains("reading the whole table Accounts")), "{progress:?}");
    for unknown in ["nobody@example.com", "01929e6b-6c00-7000-8000-0123456789ab"] {
        let refused = ops(&app, &["account", unknown]).await;
        assert_eq!((refused.code, refused.answer.as_str()), (1, ""), "{refused:?}");
        assert!(refused.problem.starts_with("Refused: No account has the "), "{refused:?}");
        assert!(refused.problem.contains(unknown), "{refused:?}");
    }
    assert_eq!(ops(&app, &["account"]).await.code, 2);
}

/// Anybody may have another person's address at Facebook. The writer of a message is not taken for its owner.
#[tokio::test(start_paused = true)]
async fn an_account_with_an_unverified_address_is_listed_and_not_shown() {
    let app = App::new(3).await;
    let mallory = sign_in(&app, "facebook", "alice").await;
    let address = mallory.get("/v1/account").await.expect(200).json()["email"].as_str().unwrap().to_owned();
    let word = |person: &Person, from: &str, is_verified: bool| json!({ "account": person.account(), "email_from": from, "email_verified": is_verified });
    let listed = json_of(&app, &["account", &address]).await;
    assert_eq!(listed, json!({ "accounts": [word(&mallory, "facebook", false)] }));
    let text = ops(&app, &["account", &address]).await.answer;
    for part in ["One account", "not verified", "facebook", "whole table was read", "cargo ops account ID"] {
        assert!(text.contains(part), "{part:?} must be in:\n{text}");
    }
    let profile = GoogleProfile { email: address.clone(), ..GoogleProfile::new("alice") };
    let alice = app.browser().sign_in(&profile).await;
    let listed = json_of(&app, &["account", &address]).await;
    let both = listed["accounts"].as_array().unwrap();
    assert_eq!(both.len(), 2, "{listed}");
    for said in [word(&mallory, "facebook", false), word(&alice, "google", true)] {
        assert!(both.contains(&said), "{said}: {listed}");
    }
    for (person, verified, line) in
        [(&mallory, false, "from facebook, not verified"), (&alice, true, "verified by google")]
    {
        let id = person.account().to_string();
        assert_eq!(json_of(&app, &["account", &id]).await["email_verified"], verified);
        assert!(ops(&app, &["account", &id]).await.answer.contains(line), "{line}");
    }
}

/// A frozen account starts nothing, and its person keeps everything else.
#[tokio::test(start_paused = true)]
async fn a_frozen_person_reads_downloads_exports_and_appeals() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    let delivered = person.ask_for("a boat").await;
    app.settle().await;
    let under_way = person.ask_for("another boat").await;
    let id = person.account().to_string();
    let active = person.get("/v1/account").await.expect(200).json();
    assert_eq!((&active["status"], &active["status_reason"]), (&json!("active"), &Value::Null));
    done(&app, &["freeze", &id]).await;

    let account = person.get("/v1/account").await.expect(200).json();
    assert_eq!((&account["status"], &account["status_reason"]), (&json!("frozen"), &json!("Spends too much.")));
    assert_eq!(person.generate(&tests::prompt("more")).await.outcome(), (403, "account_not_active".to_owned()));
    let upload = person.event("POST", "/v1/uploads");
    assert_eq!(app.send(upload).await.outcome(), (403, "account_not_active".to_owned()));
    app.settle().await;
    for generation in [&delivered, &under_way] {
        let shown = person.get(&format!("/v1/generations/{generation}")).await.expect(200).json();
        assert!(shown["outputs"][0]["download_url"].is_string(), "generations under way go on: {shown}");
    }
    assert_eq!(person.get("/v1/generations").await.expect(200).json()["items"].as_array().unwrap().len(), 2);
    let statement = person.get("/v1/credits").await.expect(200).json();
    assert!(statement["items"].to_string().contains("Spends too much."), "the statement has the reason: {statement}");
    let appeal = json!({ "kind": "appeal", "text": "It was my birthday." });
    let case = app.send(Event::recorded("contact").json_body(&appeal).bearer(person.token())).await.expect(201).json();
    assert_eq!(case["kind"], "appeal");
    let form = Event::recorded("contact.form").fill("origin", PUBLIC_ORIGIN).cookies(&person.browser().jar());
    app.send(form).await.expect(201);
    let exported = crate::personal::exported(&app, person.account()).await;
    for part in ["a boat", "It was my birthday.", "Spends too much."] {
        assert!(exported.contains(part), "the export must have {part:?}");
    }

    done(&app, &["thaw", &id]).await;
    assert_eq!(app.balance(person.account()).status, BalanceStatus::Active);
    assert_eq!(person.get("/v1/account").await.expect(200).json()["status_reason"], Value::Null);
    person.ask_for("a third boat").await;
    app.settle().await;
    prove(&app, person.account());
    app.check_invariants().none();
}
