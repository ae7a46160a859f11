//! No log line contains personal data or a secret.

mod canaries;
mod choices;
mod identities;

use canaries::Canaries;
use kernel::limits;
use local::fakes::replicate::{JobOutcome, OutputMode, ReadMode, SubmitMode, WebhookMode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GOOGLE_PICTURES, GoogleProfile, Tampering};
use tests::{App, Event, Person, Printed, of_one_generation, prompt, webhook_event};

const PROMPT: &str = "canary-prompt-of-alice";

/// The person at Google.
fn canary() -> GoogleProfile {
    GoogleProfile { name: Some("canary-name".to_owned()), ..GoogleProfile::new("canary-subject").pictured() }
}

/// Uses every route and every job, with valid and invalid requests.
async fn everything(seed: u64) -> (App, Canaries) {
    let app = App::new(seed).await;
    let mut canaries = Canaries::default();
    let profile = canary();
    canaries.add("a name", "canary-name");
    canaries.add("an address", profile.email.clone());
    canaries.add("a subject", profile.subject.clone());
    canaries.add("a picture", profile.picture.clone().unwrap());
    canaries.add("an IP address", "203.0.113.");
    canaries.add("a prompt", PROMPT);
    for secret in [
        "session-signing-key",
        "sign-in-sealing-key",
        "google-client-secret",
        "replicate-api-token",
        "replicate-webhook-secret",
        "webhook-mac-key",
        "pseudonym-key",
    ] {
        canaries.add("a secret", app.world().secret(secret));
    }
    sign_ins(&app, &profile, &mut canaries).await;
    let mut person = app.browser().sign_in(&profile).await;
    app.welcome_with(person.account(), 1_000, 32).await;
    canaries.person(&person);
    identities::other_partners(&app, &person, &mut canaries).await;
    pictures(&app, &person, &mut canaries).await;
    choices::choices(&app, &person, &mut canaries).await;
    requests(&app, &person, &mut canaries).await;
    messages(&app, &person, &mut canaries).await;
    generations(&app, &mut person, &mut canaries).await;
    sessions(&app, &person, &mut canaries).await;
    identities::notices(&app, &mut canaries).await;
    deletion(&app, &mut canaries).await;
    (app, canaries)
}

/// Copies the pictures; then one that cannot be reached, and one that is none.
async fn pictures(app: &App, person: &Person, canaries: &mut Canaries) {
    assert!(app.work_on("picture").await > 0, "the sign-ins have sent messages");
    let event = Event::recorded("copy-picture").fill("account", &person.account().to_string());
    let host = GOOGLE_PICTURES.trim_start_matches("https://");
    for (status, is_done) in [(503, false), (404, true)] {
        let answer = move |_: net::Request| http::Response::builder().status(status).body(bytes::Bytes::new()).unwrap();
        app.world().register(host, answer);
        let address = format!("{GOOGLE_PICTURES}/canary-{status}.png");
        canaries.add("a picture that cannot be had", address.as_str());
        let profile = GoogleProfile { picture: Some(address), ..canary() };
        app.browser().sign_in(&profile).await;
        assert_eq!(app.work(&event).await.is_empty(), is_done, "{status}");
        app.world().take_messages("picture");
    }
}

/// Writes to support and reports a work, also with wrong bodies.
async fn messages(app: &App, person: &Person, canaries: &mut Canaries) {
    canaries.add("a message", "canary-message");
    canaries.add("an address to answer to", "canary-reply@example.com");
    let contact = json!({ "kind": "support", "text": "canary-message", "reply_to": "canary-reply@example.com" });
    let report = json!({ "what": "canary-message", "where": "https://example.com/canary-message", "good_faith": true });
    for (function, body) in [("contact", contact), ("report", report)] {
        let event = Event::recorded(function);
        for body in [body.clone(), json!({ "text": body["text"], "reply_to": "canary-message" }), json!([body])] {
            app.send(event.clone().json_body(&body)).await;
            app.send(event.clone().json_body(&body).bearer(person.token())).await;
        }
        app.world().inject(Faults::every("dynamodb.", Fault::ServerError));
        app.send(event.json_body(&body)).await;
        app.world().inject(Faults::none());
    }
}

async fn sign_ins(app: &App, profile: &GoogleProfile, canaries: &mut Canaries) {
    for tampering in Tampering::ALL {
        let mut browser = app.browser();
        let callback = browser.sign_in_at_google(profile).await;
        for part in callback.split(['?', '&']).filter(|part| part.starts_with("code=") || part.starts_with("state=")) {
            canaries.add("a part of a callback", part.split_once('=').unwrap().1);
        }
        canaries.add("an attempt", browser.jar()[0].split_once('=').unwrap().1);
        app.google().tamper(tampering);
        browser.arrive(&callback).await;
        app.google().tamper(None);
    }
    for fault in [Fault::ServerError, Fault::AnswerLost, Fault::BodyCut] {
        let mut browser = app.browser();
        let callback = browser.sign_in_at_google(profile).await;
        app.world().inject(Faults::every("http.", fault));
        browser.arrive(&callback).await;
        app.world().inject(Faults::none());
    }
}

async fn requests(app: &App, person: &Person, canaries: &mut Canaries) {
    canaries.add("an idempotency key", "canary-key");
    let long = format!("{PROMPT}{}", "x".repeat(limits::PROMPT_CHARS));
    let bodies = [
        prompt(&long),
        json!({ "model": PROMPT, "prompt": PROMPT }),
        json!({ "model": "flux-schnell", "prompt": [PROMPT] }),
        json!({ "model": "flux-schnell", "prompt": PROMPT, PROMPT: 1 }),
        json!({ "model": "flux-schnell", "prompt": PROMPT, "settings": { PROMPT: PROMPT } }),
        json!({ "model": "flux-schnell", "prompt": PROMPT, "settings": { "aspect_ratio": PROMPT } }),
        json!({ "model": "flux-schnell", "prompt": PROMPT, "max_cost": 1 }),
        json!({ "model": "stable-diffusion-3.5-large", "prompt": "x", "settings": { "negative_prompt": long } }),
        json!(PROMPT),
    ];
    for body in bodies {
        app.send(person.keyed_event("canary-key", &body)).await;
    }
    let event = person.keyed_event("canary-key", &prompt("x"));
    app.send(event.clone().body(&format!(r#"{{"prompt":"{PROMPT}"#))).await;
    app.send(event.clone().body(PROMPT)).await;
    app.send(event.clone().header("idempotency-key", "canary-key !")).await;
    app.send(event.header("authorization", &format!("Bearer {}x", person.token()))).await;
    for path in ["/v1/generations", "/v1/credits"] {
        app.send(person.event("GET", path).query(&[("cursor", PROMPT)])).await;
        app.send(person.event("GET", path).query(&[("limit", PROMPT)])).await;
    }
    app.send(Event::recorded("site").raw_path(&format!("/{PROMPT}"))).await;
    for function in of_one_generation() {
        app.send(Event::recorded(function).bearer(person.token()).path("id", PROMPT)).await;
    }
    let faults = [Fault::ServerError, Fault::AnswerLost, Fault::Throttled, Fault::Refused];
    for name in ["dynamodb.", "dynamodb.TransactWriteItems", "sqs."] {
        for fault in faults {
            app.world().inject(Faults::every(name, fault));
            person.generate(&prompt(PROMPT)).await;
            person.get("/v1/account").await;
            app.world().inject(Faults::none());
        }
    }
    app.world().inject(Faults::every("dynamodb.TransactWriteItems", Fault::TransactionConflict));
    person.generate(&prompt(PROMPT)).await;
    app.world().inject(Faults::none());
    app.rest().await;
}

async fn generations(app: &App, person: &mut Person, canaries: &mut Canaries) {
    type Turn = fn(&mut local::fakes::replicate::Knobs);
    let turns: [Turn; 15] = [
        |_| {},
        |knobs| knobs.outcome = JobOutcome::Fail,
        |knobs| knobs.outcome = JobOutcome::Moderated,
        |knobs| knobs.outcome = JobOutcome::NoOutput,
        |knobs| knobs.outcome = JobOutcome::UnknownStatus,
        |knobs| knobs.submit = SubmitMode::Throttled,
        |knobs| knobs.submit = SubmitMode::OutOfCredit,
        |knobs| knobs.submit = SubmitMode::Retired,
        |knobs| knobs.submit = SubmitMode::ServerError,
        |knobs| knobs.submit = SubmitMode::AnswerLost,
        |knobs| knobs.output = OutputMode::WrongType,
        |knobs| knobs.output = OutputMode::CutOff,
        |knobs| knobs.reads = ReadMode::ServerError,
        |knobs| knobs.webhook = WebhookMode::BadSignature,
        |knobs| knobs.webhook = WebhookMode::Stale,
    ];
    for turn in turns {
        person.renew().await;
        canaries.person(person);
        app.replicate().knobs(turn);
        let id = person.ask_for(PROMPT).await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(2));
        for webhook in app.replicate().take_webhooks(app.world().now()) {
            canaries.add("the MAC of a webhook", webhook.url.split("mac=").nth(1).unwrap());
            canaries.add("a signature", webhook.headers["webhook-signature"].to_str().unwrap());
            app.send(webhook_event(&webhook)).await;
        }
        app.rest().await;
        app.replicate().knobs(|knobs| *knobs = local::fakes::replicate::Knobs::default());
        let shown = person.get(&format!("/v1/generations/{id}")).await.json();
        if let Some(url) = shown["outputs"][0]["url"].as_str() {
            canaries.add("the signature of a link", url.split("X-Amz-Signature=").nth(1).unwrap());
        }
    }
    for fault in [Fault::ServerError, Fault::AnswerLost, Fault::Refused] {
        for name in ["s3.", "dynamodb.", "http."] {
            person.renew().await;
            canaries.person(person);
            person.ask_for(PROMPT).await;
            app.world().inject(Faults::sometimes(name, 0.5, fault));
            app.minute().await;
            app.world().inject(Faults::none());
            app.rest().await;
        }
    }
}

async fn sessions(app: &App, person: &Person, canaries: &mut Canaries) {
    let event = person.renewal();
    let body = app.send(event.clone()).await.expect(200).json();
    canaries.add("an access token", body["access_token"].as_str().unwrap());
    canaries.add("a refresh token", body["refresh_token"].as_str().unwrap());
    app.world().advance(Duration::from_secs(60));
    assert_eq!(app.send(event.clone()).await.status(), 401, "the token was already used");
    app.send(event.body(&format!(r#"{{"refresh_token":"{PROMPT}"}}"#))).await;
}

/// Asks for the deletion of an account, reads its code again in the account, and takes it back.
async fn deletion(app: &App, canaries: &mut Canaries) {
    // Other sign-ins of this network may have used up its minute.
    app.world().advance(Duration::from_secs(120));
    let leaving = GoogleProfile::new("canary-leaving");
    let person = app.browser().sign_in(&leaving).await;
    app.world().advance(Duration::from_secs(5));
    let code = person.delete_account().await.expect(202).json()["code"].as_str().unwrap().to_owned();
    canaries.add("the code of a deletion", code.as_str());
    app.world().advance(Duration::from_secs(5));
    let person = app.browser().sign_in(&leaving).await;
    canaries.person(&person);
    for fault in [None, Some(Fault::ServerError)] {
        app.world().inject(fault.map_or_else(Faults::none, |fault| Faults::every("dynamodb.", fault)));
        let status = person.get("/v1/account").await.status();
        assert_eq!(status, if fault.is_some() { 503 } else { 200 });
        app.deletion(&code).await;
        person.cancel_deletion().await;
    }
    app.world().inject(Faults::none());
}

#[tokio::test(start_paused = true)]
async fn production_logs_have_no_personal_data_and_no_secret() {
    let printed = Printed::in_production();
    let (app, canaries) = everything(1).await;
    let text = printed.text();
    assert!(text.lines().count() > 200, "the test must see the lines: {}", text.lines().count());
    for line in text.lines() {
        let json: Value = serde_json::from_str(line).expect("every line is one JSON object");
        match json["_aws"].is_object() {
            true => is_a_metric(&json),
            false => assert!(["INFO", "WARN", "ERROR"].map(Value::from).contains(&json["level"]), "{line}"),
        }
        assert!(line.len() <= 512, "a line has at most 512 bytes: {line}");
    }
    nothing_of(&canaries, &text);
    app.check_invariants();
}

/// The families of browser, device and operating system, which a page view has beside its metric.
const FAMILIES: [&str; 14] = [
    "android", "chrome", "desktop", "edge", "firefox", "ios", "linux", "macos", "other", "phone", "safari", "samsung",
    "tablet", "windows",
];

/// A metric consists of its name, a number, its unit and the stage; that of a page view also of families.
fn is_a_metric(line: &Value) {
    for (name, value) in line.as_object().unwrap() {
        let is_family = ["Browser", "Device", "System"].contains(&name.as_str());
        let is_family = is_family && FAMILIES.iter().any(|family| value == family);
        let known = name == "_aws" || name == "Stage" && value == "test" || value.is_number() || is_family;
        assert!(known, "a metric has nothing but numbers: {line}");
    }
}

#[tokio::test(start_paused = true)]
async fn log_lines_of_every_level_have_no_personal_data() {
    let printed = Printed::everything_of_ours();
    let (_, canaries) = everything(1).await;
    nothing_of(&canaries, &printed.text());
}

fn nothing_of(canaries: &Canaries, text: &str) {
    assert!(canaries.0.iter().all(|(_, canary)| !canary.is_empty()), "a canary must not be empty");
    for (what, canary) in &canaries.0 {
        let line = text.lines().find(|line| line.contains(canary.as_str()));
        assert!(line.is_none(), "{what} was printed; take it out of this line: {}", line.unwrap_or_default());
    }
}
