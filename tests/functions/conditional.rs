//! Conditional requests: a client that has an answer does not load it again.

use std::{collections::BTreeSet, io::Read};
use tests::{App, Event};

/// The answers that clients may store.
fn storable() -> Vec<(&'static str, Event)> {
    let site = |path: &'static str| (path, Event::recorded("site").raw_path(path));
    let assets = ["/", "/contact", "/models", "/privacy", "/robots.txt", "/.well-known/gpc.json"];
    let others = ["/site.css", "/icon.svg", "/docs.css", "/docs", "/openapi.json"];
    let lists = ["list-models", "list-plans", "public-keys", "service-status"]
        .map(|function| (function, Event::recorded(function)));
    lists.into_iter().chain(assets.into_iter().chain(others).map(site)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_client_has_is_not_sent_again() {
    let app = App::new(1).await;
    let mut tags = BTreeSet::new();
    for (what, event) in storable() {
        let sent = app.send(event.clone()).await.expect(200);
        let tag = sent.header("etag").unwrap_or_else(|| panic!("{what} has no validator")).to_owned();
        let inner = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
        assert!(inner.len() == 22 && inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
        assert_eq!(app.send(event.clone()).await.header("etag"), Some(&*tag), "{what}: the same body has the same tag");
        let thousand = format!("{}{tag}", "\"x\", ".repeat(1_000));
        let ways = [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned(), thousand];
        for none_match in &ways {
            for event in [event.clone(), event.clone().method("HEAD")] {
                let unchanged = app.send(event.header("if-none-match", none_match)).await.expect(304);
                assert_eq!((unchanged.body(), unchanged.header("content-type")), (b"".as_slice(), None), "{what}");
                for name in ["etag", "cache-control", "content-security-policy", "x-content-type-options"] {
                    assert_eq!(unchanged.header(name), sent.header(name), "{what}: {name}");
                }
            }
        }
        let many = "\"x\", ".repeat(1_000);
        for none_match in ["", "garbage", "\"x\"", inner, "\"", "\u{fffd}", &*many] {
            let whole = app.send(event.clone().header("if-none-match", none_match)).await.expect(200);
            assert_eq!(whole.body(), sent.body(), "{what}: {none_match}");
        }
        assert!(tags.insert(tag), "{what} has the tag of another body");
    }
}

#[tokio::test(start_paused = true)]
async fn another_form_of_a_page_has_another_tag() {
    let app = App::new(1).await;
    let page = Event::recorded("site").raw_path("/contact");
    let plain = app.send(page.clone()).await.expect(200);
    let tag = plain.header("etag").unwrap();
    let appeal = page.raw_query("kind=appeal").header("if-none-match", tag);
    let appeal = app.send(appeal).await.expect(200);
    assert_ne!(appeal.header("etag"), Some(tag));
}

/// The two large assets: the event of their route, and the file that `cargo openapi` makes.
const LARGE: [(&str, &str); 2] = [
    ("site.contract", "functions/site/site/assets/openapi.json"),
    ("site.docs", "functions/site/site/assets/docs.html"),
];

#[tokio::test(start_paused = true)]
async fn large_assets_are_sent_compressed_to_clients_that_take_it() {
    let app = App::new(1).await;
    for (event, file) in LARGE {
        let (event, file) = (Event::recorded(event), policy::tree::read(file));
        let plain = app.send(event.clone().without_header("accept-encoding")).await.expect(200);
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("accept-encoding")));
        let zipped = app.send(event.clone()).await.expect(200);
        assert_eq!((zipped.header("content-encoding"), zipped.header("vary")), (Some("gzip"), Some("accept-encoding")));
        assert_eq!(zipped.header("content-type"), plain.header("content-type"));
        assert_ne!(zipped.header("etag"), plain.header("etag"), "the tag names the bytes");
        let mut unzipped = Vec::new();
        flate2::read::GzDecoder::new(zipped.body()).read_to_end(&mut unzipped).unwrap();
        assert_eq!(unzipped, plain.body());
        match event.route() {
            "GET /openapi.json" => {
                assert_eq!(plain.json(), serde_json::from_str::<serde_json::Value>(&file).unwrap());
                assert!(!plain.body().contains(&b'\n'), "no line breaks and no indentation");
            }
            _ => assert_eq!(plain.body(), file.as_bytes()),
        }
        assert!(zipped.body().len() * 4 < file.len(), "{} of {} bytes", zipped.body().len(), file.len());
        let tag = zipped.header("etag").unwrap();
        let unchanged = app.send(event.clone().header("if-none-match", tag)).await.expect(304);
        assert_eq!((unchanged.body(), unchanged.header("content-encoding")), (b"".as_slice(), None));
        let headed = app.send(event.clone().as_head()).await.expect(200);
        assert_eq!((headed.header("etag"), headed.body()), (Some(tag), zipped.body()));
        let refused = app.send(event.header("accept-encoding", "br, gzip;q=0")).await.expect(200);
        assert_eq!((refused.header("content-encoding"), refused.body()), (None, plain.body()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_may_not_be_stored_is_always_sent() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for (status, event) in [
        (200, person.event("GET", "/v1/account")),
        (200, person.event("GET", "/v1/credits").as_head()),
        (401, person.event("GET", "/v1/account").anonymous()),
        (200, Event::recorded("quote")),
        (404, Event::recorded("site").raw_path("/nothing")),
        (405, Event::recorded("site").method("POST")),
    ] {
        let what = event.function().to_owned();
        let answer = app.send(event.header("if-none-match", "*")).await.expect(status);
        assert!(answer.header("etag").is_none() && !answer.body().is_empty(), "{what} that answers {status}");
    }
}
