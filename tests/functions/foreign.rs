//! The data of other accounts: every request for it is answered like one for unknown data.

use serde_json::{Value, json};
use tests::{App, Event, of_one_generation};

#[tokio::test(start_paused = true)]
async fn another_accounts_generation_is_not_found() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let id = alice.ask_for("a boat").await;
    let before = app.world().snapshot();
    for function in of_one_generation() {
        let answer = app.send(Event::recorded(function).path("id", &id).bearer(mallory.token())).await;
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{function}");
        assert!(!String::from_utf8_lossy(answer.body()).contains("boat"), "{function}: nothing of it may be shown");
        app.world().assert_unchanged(&before);
    }
    alice.get(&format!("/v1/generations/{id}")).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn lists_and_credits_show_only_the_callers_own() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    alice.ask_for("a boat").await;
    let listed = mallory.get("/v1/generations").await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
    let credits = mallory.get("/v1/credits").await.expect(200).json();
    assert_eq!((&credits["available"], &credits["holds"]), (&json!(50), &json!([])));
    let account = mallory.get("/v1/account").await.expect(200).json();
    assert_eq!(account["id"], mallory.account().to_string());
}

#[tokio::test(start_paused = true)]
async fn another_accounts_cursor_shows_none_of_its_items() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    for n in 0..3 {
        alice.ask_for(&format!("a boat {n}")).await;
    }
    for path in ["/v1/generations", "/v1/credits"] {
        let page = alice.get(&format!("{path}?limit=1")).await.expect(200).json();
        let cursor = page["next_cursor"].as_str().unwrap();
        let answer = mallory.get(&format!("{path}?cursor={cursor}")).await.expect(200).json();
        let text = answer.to_string();
        assert!(!text.contains("boat") && !text.contains(&alice.account().to_string()), "{path}: {text}");
        let generations = answer["items"].as_array().unwrap().iter().filter(|item| item["generation"] != Value::Null);
        assert_eq!(generations.count(), 0, "{path}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_accounts_idempotency_key_is_free() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let body = tests::prompt("a boat");
    let first = app.send(alice.keyed_event("the-key", &body)).await.expect(202).json();
    let second = app.send(mallory.keyed_event("the-key", &body)).await.expect(202).json();
    assert_ne!(first["id"], second["id"], "a key belongs to its account");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_unknown_generation_is_not_found() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let id = alice.ask_for("a boat").await;
    let before = app.world().snapshot();
    let strange = [
        "0198c0de-0000-7000-8000-000000000000",
        "0198C0DE-0000-7000-8000-000000000000",
        "balance",
        "request%23abc",
        "..",
        "",
        &id.replace('-', ""),
        &format!("{id}%00"),
        &format!("{{{id}}}"),
    ];
    for id in strange {
        for function in of_one_generation() {
            let event = Event::recorded(function).path("id", id).bearer(alice.token());
            assert_eq!(app.send(event).await.outcome(), (404, "not_found".to_owned()), "{function}: {id:?}");
        }
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn unknown_routes_and_providers_are_not_found() {
    let app = App::new(1).await;
    let before = app.world().snapshot();
    let paths = ["/v1/nothing", "/index.html", "/APP.JS", "//", "/v1/generations/"];
    for path in paths {
        let answer = app.send(Event::recorded("site").raw_path(path).header("accept", "*/*")).await;
        assert_eq!(answer.outcome(), (404, "no_route".to_owned()), "{path}");
        let page = app.send(Event::recorded("site").raw_path(path)).await.expect(404);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let html = String::from_utf8(page.body().to_vec()).unwrap();
        assert!(html.contains("This page does not exist") && html.contains("href=\"/site.css\""), "{path}: {html}");
        assert!(!html.contains(path), "the page repeats no path: {html}");
    }
    for provider in ["github", "Google", "APPLE", "google ", ""] {
        let answer = app.send(Event::recorded("login").path("provider", provider).header("accept", "*/*")).await;
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{provider:?}");
        let event = Event::recorded("login-callback").path("provider", provider).raw_query("state=a.b&code=c");
        let answer = app.send(event.cookies(&[])).await;
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{provider:?}");
        let form = Event::recorded("login-callback.apple").path("provider", provider).body("state=a.b&code=c");
        let answer = app.send(form.cookies(&[])).await;
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{provider:?}");
    }
    let webhook = Event::recorded("provider-webhook").path("provider", "midjourney").raw_query("");
    let webhook = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .into_iter()
        .fold(webhook.body("{}"), |event, name| event.header(name, "1"));
    assert_eq!(app.send(webhook).await.outcome(), (404, "not_found".to_owned()));
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_message_about_another_accounts_generation_does_nothing() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let id = alice.ask_for("a boat").await;
    let before = app.world().snapshot();
    let (account, never) = (mallory.account().to_string(), "0198c0de-0000-7000-8000-000000000000");
    let (alice_account, job) = (alice.account().to_string(), "abcdefghjkmnpqrstvwxyz0123");
    for (account, generation) in [(&account, id.as_str()), (&alice_account, never), (&account, never)] {
        for function in ["run-generation", "collect-media", "make-thumbnails"] {
            let event = Event::recorded(function).fill("account", account).fill("generation", generation);
            let event = if function == "collect-media" { event.fill("job", job) } else { event };
            assert!(
                app.work(&event).await.is_empty(),
                "{function}: a message about an unknown generation must be done"
            );
        }
    }
    app.world().assert_unchanged(&before);
    assert_eq!(app.replicate().counts().submits, 0);
}
