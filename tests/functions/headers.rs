//! The headers of every answer: security, and what clients may store.

use testkit::{Fault, Faults, PUBLIC_ORIGIN};
use tests::{App, Event, Person, prompt};

/// The headers of every answer, with their values.
const SECURITY: [(&str, &str); 6] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), payment=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The content policy of every answer that is no page of ours.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// `Cache-Control` of answers that nobody may store.
const NO_STORE: &str = "no-store";
/// `Cache-Control` of files with a fixed address, which a browser compares each time.
const NO_CACHE: &str = "no-cache";
/// `Cache-Control` of pages: only the browser keeps them, and it compares them each time.
const PRIVATE: &str = "private, no-cache";
/// `Cache-Control` of assets, whose address changes with their content.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// `Cache-Control` of lists that are the same for everybody.
const MINUTE: &str = "public, max-age=60";
/// `Cache-Control` of the status.
const HALF_A_MINUTE: &str = "public, max-age=30";
/// `Cache-Control` of the published keys.
const FIVE_MINUTES: &str = "public, max-age=300";

/// Every kind of answer to requests that anybody may send: status, `Cache-Control`, and the event.
fn public(app: &App) -> Vec<(u16, &'static str, Event)> {
    let site = |path: &str| Event::recorded("site").raw_path(path);
    let has_it = |event: Event| event.header("if-none-match", "*");
    let webhook = ["account", "generation", "mac", "job", "webhook_id", "webhook_timestamp", "webhook_signature"];
    let webhook = webhook.into_iter().fold(Event::recorded("provider-webhook"), |event, name| event.fill(name, "1"));
    vec![
        (200, PRIVATE, site("/")),
        (200, PRIVATE, site("/").method("HEAD")),
        (304, PRIVATE, has_it(site("/privacy"))),
        (200, FOR_GOOD, site(&format!("{}/shell.js", pages::FOLDER))),
        (304, FOR_GOOD, has_it(site(&format!("{}/shell.js", pages::FOLDER)))),
        (200, NO_CACHE, site("/site.css")),
        (304, NO_CACHE, has_it(site("/site.css"))),
        (404, NO_STORE, site("/nothing")),
        (404, NO_STORE, site("/nothing").header("accept", "*/*")),
        (405, NO_STORE, site("/v1/credits").method("PUT")),
        (405, NO_STORE, site("/v1/credits").method("PUT").header("accept", "*/*")),
        (204, NO_STORE, site("/v1/credits").method("OPTIONS")),
        (200, MINUTE, Event::recorded("list-models")),
        (304, MINUTE, has_it(Event::recorded("list-models"))),
        (406, NO_STORE, Event::recorded("list-models").header("accept", "image/png")),
        (200, HALF_A_MINUTE, Event::recorded("service-status")),
        (304, HALF_A_MINUTE, has_it(Event::recorded("service-status"))),
        (200, MINUTE, Event::recorded("list-plans")),
        (304, MINUTE, has_it(Event::recorded("list-plans"))),
        (200, FIVE_MINUTES, Event::recorded("public-keys")),
        (304, FIVE_MINUTES, has_it(Event::recorded("public-keys"))),
        (303, NO_STORE, Event::recorded("login")),
        (404, NO_STORE, Event::recorded("login").path("provider", "github")),
        (400, NO_STORE, app.browser().callback(&format!("{PUBLIC_ORIGIN}/v1/login/google/callback?state=a.b&code=c"))),
        (400, NO_STORE, Event::recorded("login-callback.apple").body("state=a.b&code=c").cookies(&[])),
        (200, NO_STORE, Event::recorded("quote")),
        (201, NO_STORE, Event::recorded("contact.form").fill("origin", PUBLIC_ORIGIN)),
        (201, NO_STORE, Event::recorded("contact.anonymous")),
        (422, NO_STORE, Event::recorded("contact")),
        (200, NO_CACHE, Event::recorded("site.contract")),
        (200, NO_CACHE, Event::recorded("site.docs")),
        (304, NO_CACHE, has_it(Event::recorded("site.docs"))),
        (201, NO_STORE, Event::recorded("report")),
        (401, NO_STORE, Event::recorded("report").bearer("wrong")),
        (401, NO_STORE, webhook),
        (400, NO_STORE, Event::recorded("identity-webhook").fill("event", "a.b.c")),
        (401, NO_STORE, Event::recorded("identity-webhook.facebook").fill("signed_request", "a.b")),
    ]
}

/// The same for requests of a person, who signs out at the end.
fn private(person: &Person, id: &str) -> Vec<(u16, &'static str, Event)> {
    let refresh = |name: &str| Event::recorded(name).fill("refresh_token", person.refresh_token());
    let of_it = |method: &str| person.event(method, &format!("/v1/generations/{id}"));
    let events = [
        (200, person.event("GET", "/v1/account")),
        (200, person.event("GET", "/v1/account").as_head()),
        (200, person.event("GET", "/v1/account").header("if-none-match", "*")),
        (401, person.event("GET", "/v1/account").anonymous()),
        (200, person.event("PATCH", "/v1/account")),
        (422, person.event("PATCH", "/v1/account").body("{\"name\":7}")),
        (204, person.event("POST", "/v1/consents")),
        (409, person.event("GET", "/v1/account").header("x-account", "0198c0de-0000-7000-8000-000000000000")),
        (200, person.event("GET", "/v1/credits")),
        (200, person.event("GET", "/v1/usage")),
        (422, person.event("GET", "/v1/credits?limit=0")),
        (200, person.event("GET", "/v1/sessions")),
        (200, person.event("GET", "/v1/account/sign-ins")),
        (204, person.event("DELETE", "/v1/sessions")),
        (404, person.event("DELETE", "/v1/sessions/0198c0de-0000-7000-8000-000000000000")),
        (200, person.event("GET", "/v1/generations")),
        (200, of_it("GET")),
        (404, person.event("GET", "/v1/generations/0198c0de-0000-7000-8000-000000000000")),
        (409, person.event("POST", &format!("/v1/generations/{id}/cancel"))),
        (202, person.generate_event(&prompt("a boat"))),
        (422, person.generate_event(&prompt(""))),
        (201, Event::recorded("contact").bearer(person.token())),
        (403, refresh("refresh-session").fill("origin", "https://evil.example")),
        (200, refresh("refresh-session.body")),
        (303, person.event("POST", "/v1/account/identities/apple")),
        (404, person.event("DELETE", "/v1/account/identities/apple")),
        (409, person.event("DELETE", "/v1/account/identities/google")),
        (200, of_it("PATCH")),
        (202, of_it("DELETE").raw_query("undo=true")),
        (200, of_it("PATCH").json_body(&serde_json::json!({ "deleted": false }))),
        (204, of_it("DELETE")),
        (204, person.page_event("DELETE", "/v1/session")),
    ];
    events.into_iter().map(|(status, event)| (status, NO_STORE, event)).collect()
}

#[tokio::test(start_paused = true)]
async fn every_answer_carries_the_security_headers_and_says_who_may_store_it() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    for (status, stored, event) in public(&app).into_iter().chain(private(&person, &id)) {
        let what = format!("{} that answers {status}", event.function());
        let is_asset = event.function() == "site" && [200, 304].contains(&status);
        let answer = app.send(event).await;
        assert_eq!(answer.status(), status, "{what}");
        for (name, value) in SECURITY.into_iter().chain([("cache-control", stored)]) {
            assert_eq!(answer.header(name), Some(value), "{name} of {what}");
        }
        let is_page = answer.header("content-type").is_some_and(|content_type| content_type.starts_with("text/html"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy == NO_PAGE || (is_asset || is_page) && policy.starts_with("default-src 'none'; "), "{what}");
        let has_body = !matches!(status, 204 | 303 | 304);
        assert_eq!(
            (!answer.body().is_empty(), answer.header("content-type").is_some()),
            (has_body, has_body),
            "{what}"
        );
        assert_eq!(answer.header("etag").is_some(), stored != NO_STORE, "{what}: what may be stored has a validator");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_depends_on_accept_says_so() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let form = || Event::recorded("contact.form").fill("origin", PUBLIC_ORIGIN);
    let site = |path: &str| Event::recorded("site").raw_path(path);
    for (status, varies, event) in [
        (201, true, form()),
        (201, true, form().header("accept", "*/*")),
        (422, true, form().body("kind=support")),
        (404, true, site("/nothing")),
        (404, true, site("/nothing").header("accept", "*/*")),
        (405, true, site("/v1/credits").method("PUT")),
        (404, true, Event::recorded("login").path("provider", "github").header("accept", "*/*")),
        (400, true, Event::recorded("login-callback.apple").body("state=a.b&code=c").cookies(&[])),
        (404, true, Event::recorded("deletion-status").fill("code", "x").header("accept", "text/html")),
        (303, false, Event::recorded("login")),
        (303, false, person.event("POST", "/v1/account/identities/apple")),
        (200, false, site("/robots.txt")),
        (204, false, site("/").method("OPTIONS")),
        (200, false, Event::recorded("list-models")),
        (200, false, person.event("GET", "/v1/credits")),
    ] {
        let what = format!("{} that answers {status}", event.function());
        let answer = app.send(event).await;
        assert_eq!((answer.status(), answer.header("vary")), (status, varies.then_some("accept")), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_internal_error_carries_the_headers_and_does_not_name_its_cause() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for fault in [Fault::ServerError, Fault::AnswerLost, Fault::Refused, Fault::Throttled] {
        app.world().inject(Faults::every("dynamodb.", fault));
        for event in [person.event("GET", "/v1/account"), person.generate_event(&prompt("a boat"))] {
            let answer = app.send(event).await;
            assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "{fault:?}");
            assert!(answer.header("retry-after").is_some(), "{fault:?}");
            let whole = [("content-security-policy", NO_PAGE), ("cache-control", NO_STORE)];
            for (name, value) in SECURITY.into_iter().chain(whole) {
                assert_eq!(answer.header(name), Some(value), "{name}: {fault:?}");
            }
            assert_eq!(answer.json()["detail"], "This is not possible right now. Try again later.", "{fault:?}");
        }
    }
}
