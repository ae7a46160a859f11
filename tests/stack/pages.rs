//! The page, its assets, and unknown paths.

use crate::{
    journey::{finished, quoted},
    person::{MODEL, PRICE, Person},
    stack::together,
};
use reqwest::Method;
use serde_json::json;

#[test]
fn the_page_and_its_assets_are_open_to_everybody() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for (path, content_type) in [
            ("/", "text/html"),
            ("/contact", "text/html"),
            ("/app.js", "text/javascript"),
            ("/api.js", "text/javascript"),
            ("/attach.js", "text/javascript"),
            ("/notices.js", "text/javascript"),
            ("/price.js", "text/javascript"),
            ("/settings.js", "text/javascript"),
            ("/style.css", "text/css"),
            ("/icon.svg", "image/svg"),
        ] {
            let answer = stranger.get(path).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert!(answer.header("content-type").starts_with(content_type), "{path} should be {content_type}");
            answer.is_secured();
            let policy = answer.header("content-security-policy");
            for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", stack.platform.cloud()] {
                assert!(policy.contains(part), "the content policy of {path} should have {part}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    });
}

#[test]
fn every_file_that_the_page_loads_is_served() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        let page = stranger.get("/").await.text();
        let links = page.split(['"', '\'']).filter(|text| text.starts_with('/') && text.contains('.'));
        let links: Vec<_> = links.collect();
        assert!(links.len() >= 2, "the page should load its script and its style: {links:?}");
        for link in links {
            let answer = stranger.get(link).await;
            assert_eq!(answer.status, 200, "the page loads {link}: {answer}");
        }
    });
}

#[test]
fn the_models_are_open_to_everybody() {
    together(async |stack| {
        let answer = Person::stranger(stack.base()).get("/v1/models").await;
        let models = answer.ok(200);
        answer.is_secured();
        let model = &models["items"][0];
        assert_eq!((&model["id"], &model["price"]), (&MODEL.into(), &PRICE.into()), "{models}");
        assert_eq!(model["settings"]["type"], "object", "the settings are a JSON Schema: {models}");
    });
}

#[test]
fn a_quote_is_public_and_equals_the_charged_price() {
    together(async |stack| {
        let body = json!({ "model": MODEL, "settings": { "num_outputs": 3 } });
        let quote = quoted(&Person::stranger(stack.base()), &body).await;
        let quoted = quote.ok(200);
        quote.is_secured();
        assert_eq!(quoted["price"], 3 * PRICE, "{quoted}");
        let person = Person::new(stack.base()).await;
        let (before, _) = person.credits().await;
        let mut order = body.clone();
        (order["prompt"], order["max_cost"]) = (json!("three boats"), quoted["price"].clone());
        let id = person.generate("quoted", &order).await.ok(202)["id"].as_str().unwrap().to_owned();
        let delivered = finished(&person, &id).await.unwrap();
        assert_eq!((&delivered["cost"], delivered["outputs"].as_array().map(Vec::len)), (&quoted["price"], Some(3)));
        assert_eq!(person.credits().await, (before - 3 * PRICE, 0));
    });
}

#[test]
fn an_unknown_path_is_answered_with_a_problem_document() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for (method, path) in [
            (Method::GET, "/v1/nothing"),
            (Method::GET, "/v1/generations/a/b"),
            (Method::POST, "/v1/account"),
            (Method::PUT, "/v1/generations"),
            (Method::DELETE, "/"),
            (Method::GET, "/.env"),
            (Method::GET, "/index.html"),
            (Method::GET, "/..%2f..%2fetc%2fpasswd"),
        ] {
            stranger.ask(method, path).await.is_problem(404, "no_route");
        }
    });
}

#[test]
fn answers_about_a_person_are_kept_in_no_cache() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        for path in ["/v1/account", "/v1/credits", "/v1/generations", "/v1/usage"] {
            let answer = person.get(path).await;
            answer.ok(200);
            answer.is_secured();
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    });
}
