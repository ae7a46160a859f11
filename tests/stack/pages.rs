//! The page, its assets, and unknown paths.

use crate::{
    journey::{finished, quoted},
    person::{MODEL, PRICE, Person, send},
    stack::together,
};
use reqwest::{
    Method,
    header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH},
};
use serde_json::json;
use std::io::Read;

#[test]
fn the_page_and_its_assets_are_open_to_everybody() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for (path, content_type) in [
            ("/", "text/html"),
            ("/contact", "text/html"),
            ("/privacy", "text/html"),
            ("/site.css", "text/css"),
            ("/icon.svg", "image/svg"),
        ] {
            let answer = stranger.get(path).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert!(answer.header("content-type").starts_with(content_type), "{path} should be {content_type}");
            answer.is_secured();
            let policy = answer.header("content-security-policy");
            for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", stack.platform.aws()] {
                assert!(policy.contains(part), "the content policy of {path} should have {part}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    });
}

/// A function hands a compressed body over in base64, and the gateway decodes it.
#[test]
fn the_contract_and_its_page_are_sent_compressed() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for path in ["/openapi.json", "/docs"] {
            let plain = stranger.get(path).await;
            let request = stranger.request(Method::GET, path).header(ACCEPT_ENCODING, "gzip");
            let zipped = send(request, format!("GET {path} with gzip")).await;
            assert_eq!((plain.status, zipped.status), (200, 200), "{path}");
            zipped.is_secured();
            assert_eq!(
                (zipped.header("content-encoding"), zipped.header("vary")),
                ("gzip", "accept-encoding"),
                "{path}"
            );
            let mut unzipped = Vec::new();
            flate2::read::GzDecoder::new(&zipped.body[..]).read_to_end(&mut unzipped).expect("the body is gzip");
            assert!(unzipped == plain.body[..] && zipped.body.len() * 4 < unzipped.len(), "{path}");
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
            (Method::PUT, "/v1/generations/a/b"),
            (Method::GET, "/.env"),
            (Method::GET, "/index.html"),
            (Method::GET, "/..%2f..%2fetc%2fpasswd"),
        ] {
            stranger.ask(method, path).await.is_problem(404, "no_route");
        }
    });
}

#[test]
fn another_method_of_a_known_path_is_answered_with_its_methods() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for (method, path, allow) in [
            (Method::POST, "/v1/account", "GET, HEAD, PATCH, OPTIONS"),
            (Method::PUT, "/v1/generations", "GET, HEAD, POST, OPTIONS"),
            (Method::DELETE, "/", "GET, HEAD, OPTIONS"),
            (Method::GET, "/v1/webhooks/stripe", "POST, OPTIONS"),
        ] {
            let answer = stranger.ask(method, path).await;
            answer.is_problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allow, "{path}");
        }
        // An answer to HEAD has no body, so its status says all.
        let head = stranger.ask(Method::HEAD, "/v1/login/google/callback").await;
        assert_eq!((head.status, head.header("allow"), head.body.len()), (405, "GET, POST, OPTIONS", 0), "{head}");
    });
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        for path in
            ["/", "/icons.svg", "/v1/models", "/v1/plans", "/.well-known/jwks.json", "/v1/account", "/v1/credits"]
        {
            let (get, head) = (person.get(path).await, person.ask(Method::HEAD, path).await);
            assert_eq!((get.status, head.status, head.body.len()), (200, 200, 0), "{path}");
            assert!(!get.body.is_empty(), "{path}");
            head.is_secured();
            for name in ["content-type", "content-length", "cache-control", "etag"] {
                assert_eq!(head.header(name), get.header(name), "{name} of {path}");
            }
        }
    });
}

#[test]
fn an_answer_that_the_client_has_is_not_sent_again() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for path in ["/", "/site.css", "/v1/models", "/v1/plans", "/.well-known/jwks.json"] {
            let sent = stranger.get(path).await;
            let tag = sent.header("etag").to_owned();
            assert!(tag.starts_with('"'), "{path} has the validator {tag:?}");
            for method in [Method::GET, Method::HEAD] {
                let request = stranger.request(method, path).header(IF_NONE_MATCH, &tag);
                let unchanged = send(request, format!("GET {path} again")).await;
                assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{path}");
                unchanged.is_secured();
                assert_eq!(unchanged.header("etag"), tag, "{path}");
                assert_eq!(unchanged.header("cache-control"), sent.header("cache-control"), "{path}");
            }
        }
    });
}

#[test]
fn a_client_that_takes_none_of_our_types_is_refused() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        let request = stranger.request(Method::GET, "/v1/models").header(ACCEPT, "image/png");
        send(request, "GET /v1/models as a picture".to_owned()).await.is_problem(406, "not_acceptable");
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
