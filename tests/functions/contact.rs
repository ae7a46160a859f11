//! Messages to support and reports: `POST /v1/contact` and `POST /v1/reports`.

mod labels;
mod senders;

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{CASES_TABLE, Fault, Faults, PUBLIC_ORIGIN};
use tests::{Answer, App, Event, Printed};

/// The names of the fields of an answer.
const FIELDS: [&str; 5] = ["due_at", "kind", "number", "received_at", "state"];

/// The form of our page.
fn form(function: &str) -> Event {
    Event::recorded(&format!("{function}.form")).fill("origin", PUBLIC_ORIGIN)
}

/// The same form from a program, which reads errors as problem documents.
fn form_of_a_program(function: &str) -> Event {
    form(function).header("accept", "*/*")
}

/// The page of an answer, in the style of the site.
fn page(answer: &Answer) -> String {
    let html = String::from_utf8(answer.body().to_vec()).unwrap();
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{html}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{html}");
    let policy = answer.header("content-security-policy").unwrap();
    let allows_the_style = policy.contains("default-src 'none'") && policy.contains("style-src 'self'");
    assert!(allows_the_style && !policy.contains("script") && !policy.contains("unsafe"), "{policy}");
    assert!(html.contains("<link rel=\"stylesheet\" href=\"/site.css\">") && !html.contains("<script"), "{html}");
    html
}

/// The stored case of this number.
fn stored(app: &App, number: &Value) -> Value {
    let items = app.world().items(CASES_TABLE);
    items.into_iter().find(|item| item["pk"] == *number).unwrap_or_else(|| panic!("{number} is not stored"))
}

fn cases(app: &App) -> usize {
    app.world().items(CASES_TABLE).iter().filter(|item| item["sk"] == "case").count()
}

#[tokio::test(start_paused = true)]
async fn a_message_gets_a_number_and_a_due_date() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for kind in ["support", "appeal", "objection", "complaint"] {
        let body = json!({ "kind": kind, "text": format!("About {kind}.") });
        let case =
            app.send(Event::recorded("contact").json_body(&body).bearer(person.token())).await.expect(201).json();
        assert_eq!(case.as_object().unwrap().keys().collect::<Vec<_>>(), FIELDS, "{case}");
        assert_eq!((&case["kind"], &case["state"]), (&json!(kind), &json!("open")));
        assert_eq!(case["received_at"], app.world().now().to_string());
        let due: kernel::Timestamp = case["due_at"].as_str().unwrap().parse().unwrap();
        let days = (due.as_second() - app.world().now().as_second()) / (24 * 60 * 60);
        assert!((28..=31).contains(&days), "an answer is due within a month: {case}");
        let stored = stored(&app, &case["number"]);
        assert_eq!(stored["account"], person.account().to_string());
        assert_eq!(stored["reply_to"], "alice@example.com", "the address of the profile: {stored}");
    }
    let report = app.send(Event::recorded("report")).await.expect(201).json();
    assert_eq!((&report["kind"], &report["due_at"]), (&json!("report"), &report["received_at"]), "due at once");
    let stored = stored(&app, &report["number"]);
    assert_eq!(stored["subject"], "https://cinemaxsai.com/works/1");
    assert!(stored["account"].is_null() && stored["reply_to"].is_null(), "{stored}");
    app.check_invariants().none();
}

/// The names of the fields of the form that posts to `action`.
fn fields_of<'a>(page: &'a str, action: &str) -> Vec<&'a str> {
    let form = page.split("<form").find(|form| form.contains(&format!("action=\"{action}\""))).unwrap_or_default();
    let form = form.split("</form>").next().unwrap_or_default();
    form.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_contact_page_sends_what_the_recorded_forms_send() {
    let app = App::new(6).await;
    let mut page = String::new();
    for path in ["/contact", "/report"] {
        let answer = app.send(Event::recorded("site").raw_path(path)).await.expect(200);
        page.push_str(std::str::from_utf8(answer.body()).unwrap());
    }
    for (function, action) in [("contact", "/v1/contact"), ("report", "/v1/reports")] {
        let event = form(function);
        let body = event.json()["body"].as_str().unwrap().to_owned();
        let mut sent: Vec<_> = body.split('&').filter_map(|pair| pair.split('=').next()).collect();
        let mut shown = fields_of(&page, action);
        sent.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, sent, "{action}");
    }
    assert!(page.matches("<form class=\"stack part\" method=\"post\"").count() == 2, "the forms need no script");
    let (_, address) = page.split_once("<input id=\"reply_to\"").unwrap();
    let address = address.split('>').next().unwrap();
    assert!(!address.contains("required"), "a person who is signed in need not give an address: {address}");
    assert!(page.contains("Needed unless you are signed in."), "the others must know");
}

#[tokio::test(start_paused = true)]
async fn a_form_works_without_script() {
    let app = App::new(2).await;
    for function in ["contact", "report"] {
        let thanks = app.send(form(function)).await.expect(201);
        let html = page(&thanks);
        let stored = app.world().items(CASES_TABLE);
        let shown = stored.iter().any(|item| item["sk"] == "case" && html.contains(item["pk"].as_str().unwrap()));
        assert!(shown, "the page shows the number: {html}");
        assert!(!html.contains("sound") && !html.contains("ada@"), "the page repeats nothing of the message: {html}");
        let before = app.world().snapshot();
        assert_eq!(app.send(form(function)).await.expect(201).body(), thanks.body(), "a form that is sent again");
        app.world().assert_unchanged(&before);
        let json = app.send(form_of_a_program(function)).await.expect(201).json();
        assert!(html.contains(json["number"].as_str().unwrap()), "another client gets JSON: {json}");
    }
    assert_eq!(cases(&app), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_key_make_one_case() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let keyed = Event::recorded("contact").bearer(person.token()).header("idempotency-key", "the-key");
    app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::AnswerLost));
    let first = app.send(keyed.clone()).await.expect(201).json();
    assert_eq!(app.send(keyed.clone()).await.expect(201).json(), first);
    let other = keyed.json_body(&json!({ "kind": "support", "text": "Something else." }));
    assert_eq!(app.send(other).await.outcome(), (422, "idempotency_key_reused".to_owned()));
    let in_form = |text: &str| form("contact").body(&format!("kind=support&text={text}&reply_to=a%40example.com&id=k"));
    let html = |answer: Answer| String::from_utf8(answer.expect(201).body().to_vec()).unwrap();
    assert_eq!(html(app.send(in_form("a")).await), html(app.send(in_form("a")).await));
    let other = in_form("b").header("accept", "*/*");
    assert_eq!(app.send(other).await.outcome(), (422, "idempotency_key_reused".to_owned()));
    assert_eq!(cases(&app), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_message_is_refused_with_the_right_form() {
    let app = App::new(4).await;
    let contact = |body: Value| Event::recorded("contact").json_body(&body);
    let report = |body: Value| Event::recorded("report").json_body(&body);
    let text = |length: usize| json!({ "kind": "support", "text": "x".repeat(length), "reply_to": "a@example.com" });
    app.send(contact(text(4_000))).await.expect(201);
    let before = app.world().snapshot();
    let where_ = "https://example.com";
    for (event, outcome, part) in [
        (contact(text(4_001)), (422, "invalid"), "1 to 4000 characters"),
        (contact(text(0)), (422, "invalid"), "nothing in it can be seen"),
        (contact(json!({ "kind": "report", "text": "x", "reply_to": "a@example.com" })), (422, "invalid"), "appeal"),
        (contact(json!({ "kind": "support", "text": "x" })), (422, "invalid"), "mail address"),
        (
            contact(json!({ "kind": "support", "text": "x", "reply_to": "nobody" })),
            (422, "invalid"),
            "name@example.com",
        ),
        (
            contact(json!({ "kind": "support", "text": "x", "reply_to": "a@example.com", "website": "x" })),
            (422, "invalid"),
            "empty",
        ),
        (
            contact(json!({ "kind": "support", "text": "x", "reply_to": "a@example.com", "id": "a b" })),
            (400, "idempotency_key_required"),
            "64",
        ),
        (
            contact(json!({ "kind": "support", "text": "x", "reply_to": "a@example.com", "id": "a b" }))
                .header("idempotency-key", "good"),
            (400, "idempotency_key_required"),
            "64",
        ),
        (
            contact(json!({ "kind": "support", "text": "x", "reply_to": "a@example.com", "id": "good" }))
                .header("idempotency-key", "\u{d7}\u{f8}"),
            (400, "idempotency_key_required"),
            "64",
        ),
        (contact(json!({ "kind": "support", "more": 1 })), (422, "invalid"), "does not know"),
        (contact(json!({})).body("{"), (400, "malformed"), "not JSON"),
        (contact(json!({})).header("content-type", "text/plain"), (415, "unsupported_media_type"), "application/json"),
        (form_of_a_program("contact").body("kind=support&kind=appeal&text=x"), (400, "malformed"), "twice"),
        (form_of_a_program("contact").body(&format!("text={}", "x".repeat(70_000))), (413, "body_too_large"), "65536"),
        (report(json!({ "what": "x", "where": where_ })), (422, "invalid"), "good_faith"),
        (report(json!({ "what": "x", "where": where_, "good_faith": false })), (422, "invalid"), "good_faith"),
        (report(json!({ "what": "x", "where": "here", "good_faith": true })), (422, "invalid"), "https://"),
        (report(json!({ "what": " ", "where": where_, "good_faith": true })), (422, "invalid"), "can be seen"),
    ] {
        let answer = app.send(event).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.outcome(), (outcome.0, outcome.1.to_owned()), "{detail}");
        assert!(detail.contains(part), "{part:?} must be in: {detail}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_form_is_answered_with_a_page_that_leads_back_to_the_text() {
    let app = App::new(7).await;
    let before = app.world().snapshot();
    let contact = |body: &str| form("contact").body(body);
    for (event, status, code, part) in [
        (contact("kind=support&text=a+secret"), 422, "invalid", "Give the mail address"),
        (contact("kind=support&text=a+secret&reply_to=nobody"), 422, "invalid", "name@example.com"),
        (contact("kind=support&kind=appeal&text=a+secret"), 400, "malformed", "twice"),
        (contact(&format!("text=a+secret{}", "x".repeat(70_000))), 413, "body_too_large", "65536"),
        (form("report").body("what=a+secret&where=https%3A%2F%2Fexample.com"), 422, "invalid", "good faith"),
        (form("report").header("origin", "https://evil.example"), 403, "cross_origin", "own pages"),
        (
            form("report").header("origin", "null").header("sec-fetch-site", "cross-site"),
            403,
            "cross_origin",
            "own pages",
        ),
        (form("report").bearer("wrong"), 401, "unauthenticated", "Sign in first."),
    ] {
        let printed = Printed::in_production();
        let answer = app.send(event).await.expect(status);
        let html = page(&answer);
        assert!(html.contains(part) && html.contains("This was not sent"), "{part:?} must be in {html}");
        assert!(html.contains("Your text is still there: go back"), "{html}");
        assert!(!html.contains("secret") && !html.contains("nobody"), "the page repeats nothing: {html}");
        assert_eq!(answer.header("www-authenticate"), (status == 401).then_some("Bearer"), "{code}");
        let line = format!("\"code\":\"{code}\"");
        assert!(printed.text().contains(&line), "the answered line has {line}: {}", printed.text());
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_refused_form_gives_the_wait_in_minutes() {
    let app = App::new(8).await;
    let send = async |text: &str| {
        app.send(form("contact").body(&format!("kind=support&text={text}&reply_to=a%40example.com"))).await
    };
    app.world().advance(Duration::from_secs(24 * 60));
    for number in 0..10 {
        send(&number.to_string()).await.expect(201);
    }
    let refused = send("more").await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("2160"), "{refused:?}");
    assert!(refused.header("ratelimit").is_some_and(|rate| rate.contains(";r=0;")), "{refused:?}");
    let html = page(&refused);
    assert!(html.contains("Wait about 36 minutes.") && html.contains("go back"), "{html}");
    page(&send("0").await.expect(201));

    let printed = Printed::in_production();
    app.world().inject(Faults::every("dynamodb.", Fault::ServerError));
    let failed = send("lost").await.expect(503);
    assert!(failed.header("retry-after").is_some(), "{failed:?}");
    let html = page(&failed);
    assert!(html.contains("This may not have been sent") && html.contains("Try again later."), "{html}");
    assert!(!html.contains("dynamodb") && !html.contains("DynamoDB"), "a page does not name the cause: {html}");
    assert!(printed.text().contains("a request failed"), "the cause is in the log: {}", printed.text());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_optional_and_a_wrong_one_is_refused() {
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    let gone = app.sign_in("bob").await;
    app.send(gone.event("DELETE", "/v1/session")).await.expect(204);
    let cookie = [format!("__Host-session={}", person.token())];
    let before = app.world().snapshot();
    for function in ["contact", "report"] {
        let event = Event::recorded(function);
        for (what, event, outcome) in [
            ("a wrong token", event.clone().bearer("wrong"), (401, "unauthenticated")),
            ("another scheme", event.clone().header("authorization", "Basic x"), (401, "unauthenticated")),
            ("an ended session", event.clone().bearer(gone.token()), (401, "unauthenticated")),
            ("an empty cookie", event.clone().cookies(&["__Host-session=".to_owned()]), (401, "unauthenticated")),
            (
                "another site, without a cookie",
                form_of_a_program(function).header("origin", "null").header("sec-fetch-site", "cross-site"),
                (403, "cross_origin"),
            ),
            (
                "another site",
                form_of_a_program(function).cookies(&cookie).header("origin", "https://evil.example"),
                (403, "cross_origin"),
            ),
        ] {
            let answer = app.send(event).await;
            assert_eq!(answer.outcome(), (outcome.0, outcome.1.to_owned()), "{function}: {what}");
            app.world().assert_unchanged(&before);
        }
    }
    app.send(form("contact").cookies(&cookie)).await.expect(201);
    let named = app.world().items(CASES_TABLE).iter().any(|item| item["account"] == person.account().to_string());
    assert!(named, "a form with the cookie belongs to the account");
}
