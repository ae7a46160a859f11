//! Methods and types: `HEAD` beside `GET`, 405 with `Allow`, `OPTIONS`, and 406.

use std::collections::{BTreeMap, BTreeSet};
use tests::{Answer, App, Event, HTTP, assert_is_a_problem, document, prompt, protected};

/// A request for this path that no route of the gateway takes.
fn unrouted(method: &str, path: &str) -> Event {
    Event::recorded("site").raw_path(path).method(method).header("accept", "*/*")
}

#[tokio::test(start_paused = true)]
async fn head_is_answered_as_get() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let id = alice.ask_for("a boat").await;
    app.settle().await;
    let code = bob.delete_account().await.expect(202).json()["code"].as_str().unwrap().to_owned();
    let mut compared = 0;
    for function in HTTP.iter().filter(|function| !["login", "login-callback"].contains(function)) {
        let event = Event::recorded(function);
        let Some(path) = event.route().strip_prefix("GET ") else { continue };
        let path = path.replace("{id}", &id).replace("{code}", &code);
        let get = alice.event("GET", &path);
        let before = app.world().snapshot();
        let (got, headed) =
            (app.send(get.clone()).await.expect(200), app.send(get.clone().as_head()).await.expect(200));
        app.world().assert_unchanged(&before);
        assert!(!got.body().is_empty(), "{path}");
        assert_eq!(headed.body(), got.body(), "{path}: the gateway leaves the body out and keeps its length");
        let headers = |answer: &Answer| -> BTreeMap<String, Option<String>> {
            let names = answer.header_names();
            names.map(|name| (name.to_owned(), answer.header(name).map(str::to_owned))).collect()
        };
        assert_eq!(headers(&headed), headers(&got), "{path}");
        let foreign = app.send(get.as_head().bearer("wrong")).await.status();
        let is_protected = protected().any(|protected| protected == *function);
        assert_eq!(foreign, if is_protected { 401 } else { 200 }, "{path}");
        compared += 1;
    }
    assert!(compared > 10, "only {compared} routes answer GET");
    let begun = app.send(Event::recorded("login").as_head()).await.expect(303);
    assert!(begun.header("location").is_some());
    for path in ["/", "/contact", "/site.css"] {
        let (got, headed) = (app.send(unrouted("GET", path)).await, app.send(unrouted("HEAD", path)).await);
        assert_eq!((headed.status(), headed.body()), (200, got.body()), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn head_of_a_sign_in_that_fails_is_answered_as_get() {
    let app = App::new(1).await;
    for (accept, content_type) in
        [("text/html,*/*;q=0.8", "text/html; charset=utf-8"), ("application/json", "application/problem+json")]
    {
        let event = Event::recorded("login").path("provider", "github").header("accept", accept);
        let (got, headed) = (app.send(event.clone()).await.expect(404), app.send(event.as_head()).await.expect(404));
        for answer in [&got, &headed] {
            assert_eq!((answer.header("content-type"), answer.header("vary")), (Some(content_type), Some("accept")));
        }
    }
}

/// The gateway hands over what it got, also characters that a URI may not have.
#[tokio::test(start_paused = true)]
async fn a_query_with_any_character_is_answered() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for text in
        [" ", "<b>", "\"", "'", "{}", "|", "\\", "^", "`", "\u{1}", "\u{7f}", "\u{e9}", "\u{1f3ac}", "%", "%ff", "#"]
    {
        let search = person.event("GET", "/v1/generations").raw_query(&format!("text=a{text}b"));
        app.send(search).await.expect(200);
        let page = Event::recorded("site").raw_query(text);
        app.send(page).await.expect(200);
    }
}

/// The gateway has no route for `HEAD` of the callback, so `site` gets it, and the attempt stays unused.
#[tokio::test(start_paused = true)]
async fn the_head_of_a_link_checker_does_not_use_up_a_sign_in() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let callback = browser.sign_in_at_google(&testkit::GoogleProfile::new("alice")).await;
    let before = app.world().snapshot();
    let checked = app.send(unrouted("HEAD", "/v1/login/google/callback")).await;
    assert_eq!(checked.outcome(), (405, "method_not_allowed".to_owned()));
    app.world().assert_unchanged(&before);
    browser.arrive(&callback).await.expect(303);
    assert!(browser.jar().iter().any(|cookie| cookie.starts_with("__Host-session=")), "the person is signed in");
}

#[tokio::test(start_paused = true)]
async fn another_method_of_a_known_path_is_answered_with_its_methods() {
    let app = App::new(1).await;
    let before = app.world().snapshot();
    let long = format!("/v1/generations/{}", "x".repeat(10_000));
    for (method, path, allow) in [
        ("POST", "/v1/account", "GET, HEAD, PATCH, OPTIONS"),
        ("PUT", "/v1/generations", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/v1/generations/0198c0de-0000-7000-8000-000000000000", "DELETE, GET, HEAD, PATCH, OPTIONS"),
        ("GET", "/v1/generations/x/cancel", "POST, OPTIONS"),
        ("PUT", "/v1/generations/..", "DELETE, GET, HEAD, PATCH, OPTIONS"),
        ("PUT", &long, "DELETE, GET, HEAD, PATCH, OPTIONS"),
        ("HEAD", "/v1/login/google/callback", "GET, POST, OPTIONS"),
        ("PUT", "/v1/account/identities/apple", "DELETE, POST, OPTIONS"),
        ("HEAD", "/v1/webhooks/stripe", "POST, OPTIONS"),
        ("GET", "/v1/webhooks/providers/fal", "POST, OPTIONS"),
        ("GET", "/v1/webhooks/identity/apple", "POST, OPTIONS"),
        ("DELETE", "/", "GET, HEAD, OPTIONS"),
        ("POST", "/site.css", "GET, HEAD, OPTIONS"),
        ("PUT", "/models/flux-schnell", "GET, HEAD, OPTIONS"),
        ("TRACE", "/.well-known/jwks.json", "GET, HEAD, OPTIONS"),
        ("PROPFIND", "/v1/credits", "GET, HEAD, OPTIONS"),
        // A method has a letter case.
        ("get", "/v1/credits", "GET, HEAD, OPTIONS"),
        ("Get", "/", "GET, HEAD, OPTIONS"),
    ] {
        let (answer, counts) = app.world().counted(app.send(unrouted(method, path))).await;
        assert_eq!(answer.outcome(), (405, "method_not_allowed".to_owned()), "{method} {path}");
        assert_eq!((answer.header("allow"), counts.aws_total()), (Some(allow), 0), "{method} {path}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(allow) && !detail.contains(path), "{method} {path}: {detail}");
        let page = app.send(unrouted(method, path).header("accept", "text/html")).await.expect(405);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{method} {path}");
        assert_eq!(page.header("allow"), Some(allow), "{method} {path}");
        let options = app.send(unrouted("OPTIONS", path)).await.expect(204);
        assert_eq!((options.header("allow"), options.body()), (Some(allow), b"".as_slice()), "{path}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_path_is_unknown_for_every_method() {
    let app = App::new(1).await;
    let before = app.world().snapshot();
    let (deep, long) = (format!("/v1/generations/{}", "x/".repeat(5_000)), format!("/{}", "x".repeat(10_000)));
    for path in [
        "/v1/generations/../x",
        "/v1/generations/./x",
        "/v1/../v1/credits",
        "//v1/credits",
        "/v1//credits",
        "/v1/credits/",
        "/v1/generations/",
        "/v1/generations//cancel",
        "/v1/generations/a/b/cancel",
        "/v1/credits%2F",
        "/v1%2Fcredits",
        "/v1/credits?limit=1",
        "/v1/credits#x",
        "/v1/credits;x",
        "/v1/credits ",
        "/V1/CREDITS",
        "\\v1\\credits",
        "/v1",
        "/site.css/",
        "//site.css",
        "/a/000000000000/site.css",
        "/models/",
        "/models/unknown",
        "/privacy/1999-01-01",
        "/deletions/",
        "/deletions/a.b",
        "/routes.txt",
        "/assets/routes.txt",
        &deep,
        &long,
    ] {
        for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "get", "PROPFIND"] {
            let answer = app.send(unrouted(method, path)).await;
            assert_eq!(answer.outcome(), (404, "no_route".to_owned()), "{method} {path}");
            assert_eq!(answer.header("allow"), None, "{method} {path}");
        }
    }
    // Where the gateway found no route, there is none, even if the path looks like one.
    for (method, path) in [("GET", "/v1/credits"), ("HEAD", "/v1/credits"), ("POST", "/v1/generations/x/cancel")] {
        assert_eq!(app.send(unrouted(method, path)).await.outcome(), (404, "no_route".to_owned()), "{method} {path}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_none_of_our_types_is_refused_before_anything_happens() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    for event in [
        person.event("GET", "/v1/credits"),
        person.event("GET", "/v1/credits").as_head(),
        person.event("GET", "/v1/credits").anonymous(),
        person.event("DELETE", "/v1/session"),
        person.generate_event(&prompt("a boat")),
        Event::recorded("list-models"),
        Event::recorded("contact"),
    ] {
        for accept in ["image/png", "application/xml, text/plain;q=0.5", "*/*;q=0", "application/json;q=0"] {
            let (answer, counts) = app.world().counted(app.send(event.clone().header("accept", accept))).await;
            let what = format!("{} for {accept}", event.function());
            assert_eq!(answer.outcome(), (406, "not_acceptable".to_owned()), "{what}");
            assert_eq!(counts.aws_total(), 0, "{what}: {counts}");
        }
    }
    app.world().assert_unchanged(&before);
    let many = format!("{}*/*", "image/png, ".repeat(1_000));
    for accept in ["", "*/*", "application/*", "image/png, */*;q=0.1", "garbage", "\u{fffd}", &many] {
        app.send(person.event("GET", "/v1/credits").header("accept", accept)).await.expect(200);
    }
    app.send(person.event("GET", "/v1/credits").without_header("accept")).await.expect(200);
    // Sign-ins, pages and keys are not negotiated.
    for (status, event) in [
        (303, Event::recorded("login")),
        (200, Event::recorded("public-keys")),
        (200, Event::recorded("site").raw_path("/icon.svg")),
    ] {
        app.send(event.header("accept", "image/png")).await.expect(status);
    }
}

/// The introduction of the published contract says how every path answers `HEAD`, `OPTIONS` and other methods.
#[tokio::test(start_paused = true)]
async fn every_published_path_answers_its_other_methods_as_the_contract_says() {
    const ALL: [&str; 8] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    const WITHOUT_HEAD: &str = "/v1/login/{provider}/callback";
    let about = document()["info"]["description"].as_str().unwrap();
    for sentence in [
        "`HEAD` answers as `GET` does, without the body; `GET /v1/login/{provider}/callback` alone has no `HEAD`.",
        "`OPTIONS` answers 204 with `Allow`.",
        "Any other method of a known path is refused with 405 `method_not_allowed` and `Allow`.",
        "Every error of a function is a problem document (RFC 9457), `application/problem+json`.",
    ] {
        assert!(about.contains(sentence), "this test holds what the contract says: {sentence}");
    }
    let app = App::new(1).await;
    let before = app.world().snapshot();
    let paths = document()["paths"].as_object().unwrap();
    for (template, operations) in paths {
        let mut methods: BTreeSet<String> =
            operations.as_object().unwrap().keys().map(|it| it.to_uppercase()).collect();
        if methods.contains("GET") && template != WITHOUT_HEAD {
            methods.insert("HEAD".to_owned());
        }
        let allow = methods.iter().map(String::as_str).chain(["OPTIONS"]).collect::<Vec<_>>().join(", ");
        let path =
            ["{id}", "{code}", "{provider}"].iter().fold(template.clone(), |path, part| path.replace(*part, "x"));
        let options = app.send(unrouted("OPTIONS", &path)).await.expect(204);
        assert_eq!((options.header("allow"), options.body()), (Some(allow.as_str()), b"".as_slice()), "{template}");
        for method in ALL.iter().filter(|method| **method != "OPTIONS" && !methods.contains(**method)) {
            let refused = app.send(unrouted(method, &path)).await;
            assert_eq!(refused.outcome(), (405, "method_not_allowed".to_owned()), "{method} {template}");
            assert_eq!(refused.header("allow"), Some(allow.as_str()), "{method} {template}");
            assert_is_a_problem(&refused);
        }
        let unknown = app.send(unrouted("GET", &format!("{path}/x/x/x"))).await;
        assert_eq!(unknown.outcome(), (404, "no_route".to_owned()), "{template}");
        assert_is_a_problem(&unknown);
    }
    assert!(paths.len() > 20, "the contract must have its paths: {paths:#?}");
    app.world().assert_unchanged(&before);
}
