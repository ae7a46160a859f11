//! The operators' command `ops`, on a running deployment.

use crate::{
    journey::{finished, writes_to_support},
    person::{Person, id},
    stack::{Stack, eventually, together},
};
use kernel::{Fixed, Ids};
use ops::CommandExit;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Runs a command on the platform of the stack, as `cargo ops --port N` does.
async fn ops(stack: &Stack, words: &[&str]) -> CommandExit {
    let platform = &stack.platform;
    let log = platform.cloud_log();
    let shelf = log.ancestors().nth(2).expect("the log lies in the folder of its run");
    let port = platform.base_url().rsplit(':').next().expect("the origin has a port").to_owned();
    let arguments = words.iter().map(|word| (*word).to_owned()).chain(["--port".to_owned(), port]);
    let ids = Ids::new(Fixed(7));
    ops::run(arguments, &HashMap::new(), shelf, &|| platform.now(), &ids, &|_| ()).await
}

async fn json_of(stack: &Stack, words: &[&str]) -> Value {
    let outcome = ops(stack, &[words, &["--json"]].concat()).await;
    assert_eq!((outcome.code, outcome.problem.as_str()), (0, ""), "{words:?}: {outcome:?}");
    serde_json::from_str(&outcome.answer).unwrap_or_else(|error| panic!("no JSON ({error}): {outcome:?}"))
}

/// From the page of the alarm SpendCapAlarm: who spends, the account, the freeze, the appeal.
#[test]
fn an_operator_finds_freezes_and_answers_the_top_spender() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let work = id(&person.submit().await.ok(202));
        finished(&person, &work).await.unwrap();
        let spenders = json_of(stack, &["top-spenders", "today", "--limit", "1000"]).await;
        let spends = |spender: &Value| spender["account"] == json!(person.account);
        assert!(spenders["spenders"].as_array().unwrap().iter().any(spends), "{spenders}");

        log_lines_lead_to_the_account(stack, &person).await;
        let note = ["--actor", "night-shift", "--reason", "Spends too much."];
        let freeze = [&["freeze", &person.account][..], &note].concat();
        let planned = ops(stack, &freeze).await;
        assert!(planned.code == 1 && planned.problem.contains("Add --yes"), "{planned:?}");
        assert_eq!(person.get("/v1/account").await.ok(200)["status"], "active");
        json_of(stack, &[&freeze[..], &["--yes"]].concat()).await;
        let account = person.get("/v1/account").await.ok(200);
        assert_eq!((&account["status"], &account["status_reason"]), (&json!("frozen"), &json!("Spends too much.")));
        person.submit().await.is_problem(403, "account_not_active");

        let case = writes_to_support(&person).await.unwrap();
        let number = case["number"].as_str().unwrap();
        let listed = json_of(stack, &["cases"]).await;
        assert!(listed["cases"].as_array().unwrap().iter().any(|listed| listed["number"] == number), "{listed}");
        json_of(stack, &[&["reply", number, "--text", "We look at it.", "--yes"][..], &note[..]].concat()).await;
        json_of(stack, &[&["close", number, "--yes"][..], &note[..]].concat()).await;
        assert_eq!(json_of(stack, &["case", number]).await["state"], "closed");

        let disable = ["disable-work", &person.account, &work, "--ground", "Terms, section 4", "--yes"];
        json_of(stack, &[&disable[..], &note].concat()).await;
        let shown = person.generation(&work).await;
        assert_eq!((&shown["outputs"], &shown["disabled"]["ground"]), (&json!([]), &json!("Terms, section 4")));
        json_of(stack, &[&["enable-work", &person.account, &work, "--yes"][..], &note[..]].concat()).await;
        json_of(stack, &[&["thaw", &person.account, "--yes"][..], &note[..]].concat()).await;
        json_of(stack, &[&["grant", &person.account, "20", "--key", "k", "--yes"][..], &note[..]].concat()).await;
        let state = json_of(stack, &["account", &person.account]).await;
        assert_eq!((&state["status"], &state["available"]), (&json!("active"), &json!(50 - crate::person::PRICE + 20)));
        let ended = json_of(stack, &[&["end-sessions", &person.account, "--yes"][..], &note[..]].concat()).await;
        assert_eq!((&ended["ended"], &ended["changed"]), (&json!(1), &json!(true)), "{ended}");
        person.submit().await.is_problem(401, "unauthenticated");
    });
}

/// The lines of the pages are in the log of the deployment, and the works in its table.
#[test]
fn an_operator_counts_page_views_and_the_time_that_works_take() {
    together(async |stack| {
        let phone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 \
                     Chrome/130.0.0.0 Mobile Safari/537.36";
        let stranger = Person::stranger(stack.base()).with_device(phone);
        for _ in 0..5 {
            assert_eq!(stranger.get("/").await.status, 200);
        }
        eventually("the lines of the page views", async || {
            let shown = json_of(stack, &["browsers", "today"]).await;
            let counts = [&shown["browsers"]["samsung"], &shown["devices"]["phone"], &shown["systems"]["android"]];
            counts.iter().all(|count| count.as_u64() >= Some(5)).then_some(())
        })
        .await;
        let person = Person::new(stack.base()).await;
        finished(&person, &id(&person.submit().await.ok(202))).await.unwrap();
        let shown = json_of(stack, &["typical-seconds", "--days", "1"]).await;
        let model = shown["models"].as_array().unwrap().iter().find(|model| model["model"] == crate::person::MODEL);
        assert!(model.is_some_and(|model| model["works"].as_u64() >= Some(1)), "{shown}");
    });
}

/// The pseudonym of the account is in the line of its request, and leads back to the account.
async fn log_lines_lead_to_the_account(stack: &Stack, person: &Person) {
    let account = json_of(stack, &["account", &person.account]).await;
    let pseudonym = account["pseudonyms"][0].as_str().unwrap_or_else(|| panic!("the secret is read: {account}"));
    eventually("the line of the request", async || {
        let lines = stack.logged("Generate").await;
        lines.iter().any(|line| line["message"] == "answered" && line["who"] == pseudonym).then_some(())
    })
    .await;
    let found = json_of(stack, &["who", pseudonym, "today"]).await;
    assert_eq!((&found["found"][0]["account"], &found["found"][1]), (&json!(person.account), &Value::Null));
}
