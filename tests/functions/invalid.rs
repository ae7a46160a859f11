//! Invalid requests are refused with stable codes. The answer repeats no text of the request, and
//! nothing is stored.

use kernel::limits;
use serde_json::{Value, json};
use tests::{App, Event, Person, prompt};

/// A text that no answer may repeat.
const CANARY: &str = "canary-in-the-coal-mine";

async fn refused(app: &App, what: &str, event: Event, status: u16, code: &str) -> Value {
    let before = app.world().snapshot();
    let answer = app.send(event).await;
    assert_eq!(answer.outcome(), (status, code.to_owned()), "{what}: {answer:?}");
    app.world().assert_unchanged(&before);
    let problem = answer.json();
    assert!(!problem.to_string().contains(CANARY), "{what}: a refusal must not repeat the request: {problem}");
    problem
}

fn with_body(person: &Person, body: &str) -> Event {
    let event = person.event("POST", "/v1/generations").header("idempotency-key", "a-key");
    event.header("content-type", "application/json").body(body)
}

#[tokio::test(start_paused = true)]
async fn an_invalid_body_is_refused() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let long = "é".repeat(20_000);
    let just_too_long = "é".repeat(limits::PROMPT_CHARS + 1);
    let cases = [
        ("an unknown model", json!({ "model": CANARY, "prompt": "x" }), 422, "unknown_model"),
        ("no model", json!({ "prompt": "x" }), 422, "invalid"),
        ("no prompt", json!({ "model": "flux-schnell" }), 422, "invalid"),
        ("an empty prompt", prompt(""), 422, "invalid"),
        ("a blank prompt", prompt(" \n\t\u{3000}"), 422, "invalid"),
        ("a prompt of 20,000 characters", prompt(&long), 422, "invalid"),
        ("a prompt of one character too many", prompt(&just_too_long), 422, "invalid"),
        ("a prompt that is a number", json!({ "model": "flux-schnell", "prompt": 7 }), 422, "invalid"),
        ("a prompt that is a list", json!({ "model": "flux-schnell", "prompt": [CANARY] }), 422, "invalid"),
        ("a model that is null", json!({ "model": null, "prompt": CANARY }), 422, "invalid"),
        ("an unknown field", json!({ "model": "flux-schnell", "prompt": "x", CANARY: 1 }), 422, "invalid"),
        ("a list", json!([]), 422, "invalid"),
        ("a text", json!(CANARY), 422, "invalid"),
        ("null", Value::Null, 422, "invalid"),
    ];
    for (what, body, status, code) in cases {
        refused(&app, what, with_body(&person, &body.to_string()), status, code).await;
    }
    assert_eq!(app.replicate().counts().submits, 0);
    person.generate(&prompt(&"é".repeat(limits::PROMPT_CHARS))).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn settings_that_the_model_does_not_have_are_refused() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let cases = [
        ("no object", json!(CANARY)),
        ("an unknown setting", json!({ CANARY: 1 })),
        ("a setting of the provider that is not on offer", json!({ "num_inference_steps": 4 })),
        ("an unknown ratio", json!({ "aspect_ratio": CANARY })),
        ("a ratio that is a number", json!({ "aspect_ratio": 1.5 })),
        ("a negative seed", json!({ "seed": -1 })),
        ("a seed that is too large", json!({ "seed": 4_294_967_296_u64 })),
        ("a seed with a fraction", json!({ "seed": 1.5 })),
        ("a seed that is a text", json!({ "seed": "7" })),
    ];
    for (what, settings) in cases {
        let body = json!({ "model": "flux-schnell", "prompt": "x", "settings": settings });
        refused(&app, what, with_body(&person, &body.to_string()), 422, "invalid").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_price_above_what_the_person_allows_is_refused() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    for (max_cost, status, code) in [
        (json!(3), 409, "price_above_max_cost"),
        (json!(0), 409, "price_above_max_cost"),
        (json!(-1), 422, "invalid"),
        (json!(4.5), 422, "invalid"),
        (json!("4"), 422, "invalid"),
    ] {
        let body = json!({ "model": "flux-schnell", "prompt": "x", "max_cost": max_cost });
        refused(&app, &max_cost.to_string(), with_body(&person, &body.to_string()), status, code).await;
    }
    for max_cost in [json!(4), json!(100), Value::Null] {
        let body = json!({ "model": "flux-schnell", "prompt": "x", "max_cost": max_cost });
        person.generate(&body).await.expect(202);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_json_is_refused() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    let deep = "[".repeat(50_000);
    let cases = [
        ("nothing", "", 400, "malformed"),
        ("half of it", r#"{"model":"flux-schnell","prompt":"canary-in-the-coal-mine"#, 400, "malformed"),
        ("two of it", r#"{"model":"flux-schnell","prompt":"x"}{}"#, 400, "malformed"),
        ("a form", "model=flux-schnell&prompt=canary-in-the-coal-mine", 400, "malformed"),
        ("a very deep list", &deep, 422, "invalid"),
    ];
    for (what, body, status, code) in cases {
        refused(&app, what, with_body(&person, body), status, code).await;
    }
    let bytes = with_body(&person, "").body_in_base64(b"\xff\xfe{\"model\":\"flux-schnell\"}");
    refused(&app, "no UTF-8", bytes, 400, "malformed").await;
}

#[tokio::test(start_paused = true)]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    let body = format!(r#"{{"model":"flux-schnell","prompt":"x"{}}}"#, " ".repeat(limits::JSON_BODY_BYTES));
    refused(&app, "as text", with_body(&person, &body), 413, "body_too_large").await;
    let in_base64 = with_body(&person, "").body_in_base64(body.as_bytes());
    refused(&app, "as base64", in_base64, 413, "body_too_large").await;
    let fits = format!(r#"{{"model":"flux-schnell","prompt":"x"{}}}"#, " ".repeat(60_000));
    app.send(with_body(&person, &fits)).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_another_type_is_refused() {
    let app = App::new(6).await;
    let person = app.sign_in("alice").await;
    let body = prompt("x").to_string();
    let types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json5", ""];
    for content_type in types {
        let event = with_body(&person, &body).header("content-type", content_type);
        refused(&app, content_type, event, 415, "unsupported_media_type").await;
    }
    refused(&app, "none", with_body(&person, &body).without_header("content-type"), 415, "unsupported_media_type")
        .await;
    let event = with_body(&person, &body).header("content-type", "Application/JSON; charset=utf-8");
    app.send(event).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_costs_credits_needs_an_idempotency_key() {
    let app = App::new(7).await;
    let person = app.sign_in("alice").await;
    let event = with_body(&person, &prompt("x").to_string());
    refused(&app, "none", event.clone().without_header("idempotency-key"), 400, "idempotency_key_required").await;
    let long = "k".repeat(limits::IDEMPOTENCY_KEY_CHARS + 1);
    for key in ["", " ", "a b", "a.b", "a/b", "ключ", "a,b", &long] {
        refused(&app, key, event.clone().header("idempotency-key", key), 400, "idempotency_key_required").await;
    }
    let longest = "K_-9".repeat(limits::IDEMPOTENCY_KEY_CHARS / 4);
    app.send(event.header("idempotency-key", &longest)).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_list_accepts_only_valid_limits_and_its_own_cursors() {
    let app = App::new(8).await;
    let person = app.sign_in("alice").await;
    person.ask_for("a boat").await;
    for path in ["/v1/generations", "/v1/credits", "/v1/account/sign-ins"] {
        for limit in ["0", "101", "-1", "1.5", "a", "", "99999999999999999999", CANARY] {
            let event = person.event("GET", path).query(&[("limit", limit)]);
            refused(&app, &format!("{path}?limit={limit}"), event, 422, "invalid").await;
        }
        for cursor in ["%%%", "a b", "!!!!", CANARY, &"A".repeat(5_000)] {
            let event = person.event("GET", path).query(&[("cursor", cursor)]);
            let answer = app.send(event).await;
            assert!([200, 422].contains(&answer.status()), "{path}?cursor={cursor}: {answer:?}");
        }
        for limit in ["1", "100"] {
            app.send(person.event("GET", path).query(&[("limit", limit)])).await.expect(200);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_parse_is_returned_to_its_queue() {
    let app = App::new(9).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let before = app.world().snapshot();
    let account = person.account().to_string();
    let account = account.as_str();
    for (what, account, generation) in [("no account", "root", id.as_str()), ("no generation", account, "..")] {
        for function in ["run-generation", "collect-media", "make-thumbnails"] {
            let event = Event::recorded(function).fill("account", account).fill("generation", generation);
            let event = if function == "collect-media" { event.fill("job", "abc") } else { event };
            let given_back = app.work(&event).await;
            assert_eq!(given_back, ["059f36b4-87a3-44ab-83d2-661975830a7d"], "{function}: {what}");
        }
    }
    let event = Event::recorded("collect-media").fill("account", account).fill("generation", &id);
    assert_eq!(app.work(&event.fill("job", "../../v1/account")).await.len(), 1, "a path is not a job id");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_frozen_or_closing_starts_nothing() {
    let app = App::new(10).await;
    let person = app.sign_in("alice").await;
    for status in ["frozen", "closing"] {
        let table = app.world().clients().dynamodb().table(testkit::CREDITS_TABLE);
        let write = table.update(&person.account().to_string(), credits::keys::BALANCE).set("status", status);
        write.apply().await.unwrap();
        refused(&app, status, person.generate_event(&prompt("x")), 403, "account_not_active").await;
        assert_eq!(person.get("/v1/account").await.expect(200).json()["status"], status);
    }
}
