//! The success case of each route: the shapes of answers on which clients rely.

use kernel::sha256_hex;
use serde_json::{Value, json};
use testkit::{GoogleProfile, PUBLIC_ORIGIN};
use tests::{App, Event};

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The members of a generation in an answer.
const GENERATION: [&str; 19] = [
    "based_on",
    "cancel_price",
    "cost",
    "created_at",
    "disabled",
    "failure",
    "favourite",
    "finished_at",
    "id",
    "inputs",
    "kind",
    "model",
    "outputs",
    "progress",
    "prompt",
    "queue_position",
    "settings",
    "status",
    "title",
];

#[tokio::test(start_paused = true)]
async fn the_page_and_its_assets_are_served() {
    let app = App::new(1).await;
    let asset = |name: &str| format!("{}/{name}", pages::FOLDER);
    let cases = [
        ("/".to_owned(), "text/html; charset=utf-8"),
        ("/contact".to_owned(), "text/html; charset=utf-8"),
        (asset("shell.js"), "text/javascript; charset=utf-8"),
        (asset("site.css"), "text/css; charset=utf-8"),
        (asset("icons.svg"), "image/svg+xml"),
        (asset("samples/sea.webp"), "image/webp"),
        ("/site.css".to_owned(), "text/css; charset=utf-8"),
        ("/docs.css".to_owned(), "text/css; charset=utf-8"),
        ("/icon.svg".to_owned(), "image/svg+xml"),
        ("/favicon.ico".to_owned(), "image/svg+xml"),
        ("/robots.txt".to_owned(), "text/plain; charset=utf-8"),
        ("/.well-known/gpc.json".to_owned(), "application/json"),
    ];
    for (path, content_type) in &cases {
        let answer = app.send(Event::recorded("site").raw_path(path)).await.expect(200);
        assert_eq!(answer.header("content-type"), Some(*content_type), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_models_are_listed_with_price_and_settings() {
    let app = App::new(1).await;
    let answer = app.send(Event::recorded("list-models")).await.expect(200);
    let body = answer.json();
    assert_eq!(names(&body), ["items", "next_cursor"]);
    let model = &body["items"][0];
    let shown = "available id inputs kind name price price_rule retires_on settings typical_seconds";
    assert_eq!(names(model).join(" "), shown);
    assert_eq!(model["price_rule"], json!({ "per": "image", "unit": 4, "images": "num_outputs" }));
    assert_eq!((&model["available"], &model["retires_on"]), (&json!(true), &json!(null)));
    assert_eq!(
        (&model["id"], &model["kind"], &model["price"]),
        (&json!("flux-schnell"), &json!("text_to_image"), &json!(4))
    );
    assert_eq!(model["settings"]["additionalProperties"], false);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
}

#[tokio::test(start_paused = true)]
async fn the_account_shows_the_person_who_signed_in() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let by_header = Event::recorded("get-account").fill("token", person.token());
    let by_cookie = Event::recorded("get-account.cookie").fill("token", person.token());
    for event in [by_header, by_cookie] {
        let body = app.send(event).await.expect(200).json();
        assert_eq!(
            names(&body),
            [
                "acceptance",
                "consents",
                "created_at",
                "deletion",
                "email",
                "id",
                "identities",
                "name",
                "picture_url",
                "plan",
                "preferences",
                "status",
                "status_reason"
            ]
        );
        assert_eq!(body["id"], person.account().to_string());
        assert_eq!(body["email"], "alice@example.com");
        assert_eq!(body["status"], "active");
        assert_eq!(body["created_at"], "2027-01-15T08:00:00Z");
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_without_name_and_picture_has_an_account_too() {
    let app = App::new(1).await;
    let profile = GoogleProfile { name: None, picture: None, ..GoogleProfile::new("nameless") };
    let person = app.browser().sign_in(&profile).await;
    let body = person.get("/v1/account").await.expect(200).json();
    assert_eq!((&body["name"], &body["picture_url"]), (&Value::Null, &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_new_account_has_the_welcome_credits_and_says_where_they_come_from() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let body = person.get("/v1/credits").await.expect(200).json();
    assert_eq!(names(&body), ["available", "debt", "frozen", "held", "holds", "items", "lots", "next_cursor"]);
    assert_eq!((&body["available"], &body["held"], &body["debt"]), (&json!(50), &json!(0), &json!(0)));
    assert_eq!(body["lots"], json!([{ "source": "welcome", "remaining": 50, "expires_at": null, "frozen": null }]));
    assert_eq!(body["items"].as_array().unwrap().len(), 1);
    assert_eq!((&body["items"][0]["kind"], &body["items"][0]["available_change"]), (&json!("grant"), &json!(50)));
}

#[tokio::test(start_paused = true)]
async fn a_generation_is_taken_shown_listed_and_delivered() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for (n, name) in ["generate", "generate.base64", "generate.cookie"].into_iter().enumerate() {
        let event =
            Event::recorded(name).fill("token", person.token()).fill("key", name.split('.').next_back().unwrap());
        let event = if name == "generate.cookie" { event.fill("origin", PUBLIC_ORIGIN) } else { event };
        let answer = app.send(event).await.expect(202);
        let body = answer.json();
        assert_eq!(names(&body), GENERATION, "{name}");
        assert_eq!((&body["status"], &body["cost"]), (&json!("queued"), &json!(4)), "{name}");
        let settings = json!({ "aspect_ratio": "16:9", "num_outputs": 1, "seed": 7 });
        assert_eq!(body["settings"], settings, "{name}: omitted settings must have their defaults");
        let id = body["id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), Some(format!("/v1/generations/{id}").as_str()), "{name}");
        let held = person.get("/v1/credits").await.expect(200).json();
        assert_eq!(held["holds"][0]["generation"], *id, "{name}: {held}");
        assert_eq!(held["available"], 46 - 4 * n, "{name}");

        app.settle().await;
        let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
        assert_eq!(shown["status"], "succeeded", "{name}: {shown}");
        let output = &shown["outputs"][0];
        let members = ["bytes", "content_type", "download_url", "height", "sha256", "thumbnail_url", "url", "width"];
        assert_eq!(names(output), members, "{name}");
        for (link, disposition) in [("url", "inline"), ("download_url", "attachment")] {
            let found = app.world().fetch(output[link].as_str().unwrap());
            assert_eq!(found.status(), 200, "{name}: {link} must lead to the file");
            assert_eq!(sha256_hex(found.body()), output["sha256"].as_str().unwrap(), "{name}: {link}");
            let header = found.headers()["content-disposition"].to_str().unwrap();
            assert!(header.starts_with(disposition), "{name}: {link}: {header}");
        }
    }
    let listed = person.get("/v1/generations?limit=2").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    let cursor = listed["next_cursor"].as_str().unwrap();
    let rest = person.get(&format!("/v1/generations?limit=2&cursor={cursor}")).await.expect(200).json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1, "{rest}");
    assert_eq!(rest["next_cursor"], Value::Null);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn the_statement_comes_newest_first_and_in_pages() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for n in 0..3 {
        person.ask_for(&format!("a boat {n}")).await;
        app.settle().await;
    }
    let (mut versions, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.get(&format!("/v1/credits?limit=3{cursor}")).await.expect(200).json();
        versions.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["version"].as_u64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(versions, [7, 6, 5, 4, 3, 2, 1], "a grant, and for each generation a hold and a settlement");
}

#[tokio::test(start_paused = true)]
async fn a_link_ends_after_five_minutes() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    let url = shown["outputs"][0]["url"].as_str().unwrap();
    app.world().advance(std::time::Duration::from_secs(301));
    assert_eq!(app.world().fetch(url).status(), 403);
}
