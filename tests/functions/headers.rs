//! The security headers of every answer.

use testkit::{Fault, Faults, PUBLIC_ORIGIN};
use tests::{App, Event, prompt};

/// The headers of every answer, with their values.
const SECURITY: [(&str, &str); 3] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
];

/// The headers of every answer that is not a page, with their values.
const NO_PAGE: [(&str, &str); 2] =
    [("content-security-policy", "default-src 'none'; frame-ancestors 'none'"), ("cache-control", "no-store")];

#[tokio::test(start_paused = true)]
async fn every_answer_carries_the_security_headers() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    let webhook = ["account", "generation", "mac", "job", "webhook_id", "webhook_timestamp", "webhook_signature"];
    let webhook = webhook.into_iter().fold(Event::recorded("provider-webhook"), |event, name| event.fill(name, "1"));
    let refresh = |name: &str| Event::recorded(name).fill("refresh_token", person.refresh_token());
    // Status, whether it is a page or the same for everybody, and the event.
    let cases = [
        (200, true, Event::recorded("site")),
        (404, true, Event::recorded("site").raw_path("/nothing")),
        (404, false, Event::recorded("site").raw_path("/nothing").header("accept", "*/*")),
        (200, true, Event::recorded("list-models")),
        (200, true, Event::recorded("public-keys")),
        (303, false, Event::recorded("login")),
        (404, true, Event::recorded("login").path("provider", "apple")),
        (404, false, Event::recorded("login").path("provider", "apple").header("accept", "*/*")),
        (400, false, app.browser().callback(&format!("{PUBLIC_ORIGIN}/v1/login/google/callback?state=a.b&code=c"))),
        (200, false, person.event("GET", "/v1/account")),
        (401, false, person.event("GET", "/v1/account").anonymous()),
        (200, false, person.event("GET", "/v1/credits")),
        (200, false, person.event("GET", "/v1/usage")),
        (422, false, person.event("GET", "/v1/credits?limit=0")),
        (200, false, person.event("GET", "/v1/sessions")),
        (200, false, person.event("GET", "/v1/account/sign-ins")),
        (204, false, person.event("DELETE", "/v1/sessions")),
        (404, false, person.event("DELETE", "/v1/sessions/0198c0de-0000-7000-8000-000000000000")),
        (200, false, person.event("GET", "/v1/generations")),
        (200, false, person.event("GET", &format!("/v1/generations/{id}"))),
        (404, false, person.event("GET", "/v1/generations/0198c0de-0000-7000-8000-000000000000")),
        (409, false, person.event("POST", &format!("/v1/generations/{id}/cancel"))),
        (202, false, person.generate_event(&prompt("a boat"))),
        (422, false, person.generate_event(&prompt(""))),
        (201, false, Event::recorded("contact").bearer(person.token())),
        (201, true, Event::recorded("contact.form").fill("origin", PUBLIC_ORIGIN)),
        (422, false, Event::recorded("contact")),
        (201, false, Event::recorded("report")),
        (401, false, Event::recorded("report").bearer("wrong")),
        (401, false, webhook),
        (403, false, refresh("refresh-session").fill("origin", "https://evil.example")),
        (200, false, refresh("refresh-session.body")),
        (200, false, person.event("PATCH", &format!("/v1/generations/{id}"))),
        (204, false, person.event("DELETE", &format!("/v1/generations/{id}"))),
        (204, false, person.page_event("DELETE", "/v1/session")),
    ];
    for (status, own, event) in cases {
        let what = format!("{} that answers {status}", event.function());
        let answer = app.send(event).await;
        assert_eq!(answer.status(), status, "{what}");
        let demanded = SECURITY.iter().chain(NO_PAGE.iter().filter(|_| !own));
        for (name, value) in demanded {
            assert_eq!(answer.header(name), Some(*value), "{name} of {what}");
        }
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
            for (name, value) in SECURITY.iter().chain(&NO_PAGE) {
                assert_eq!(answer.header(name), Some(*value), "{name}: {fault:?}");
            }
            assert_eq!(answer.json()["detail"], "This is not possible right now. Try again later.", "{fault:?}");
        }
    }
}
