use super::*;
use crate::transport::{Body, Transport};
use bytes::Bytes;
use kernel::BoxFuture;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// A web of redirects: the target of each URL. Every other URL is a file.
#[derive(Clone, Default)]
struct Web {
    redirects: Arc<BTreeMap<String, String>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Web {
    fn of<const N: usize>(redirects: [(&str, &str); N]) -> Self {
        let redirects = redirects.map(|(from, to)| (from.to_owned(), to.to_owned()));
        Self { redirects: Arc::new(redirects.into()), ..Self::default() }
    }

    async fn opened(&self, url: &str) -> Result<Response, RequestFailure> {
        let trusted = Url::parse("http://127.0.0.1:9001/api").unwrap().origin();
        open(&Http::new(self.clone()), url, &trusted).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.uri().to_string()).collect()
    }
}

impl Transport for Web {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        let answer = match self.redirects.get(&request.uri().to_string()) {
            Some(target) => http::Response::builder().status(302).header("location", target),
            None => http::Response::builder().status(200),
        };
        self.asked.lock().unwrap().push(request);
        let answer = answer.body(Body::from(Bytes::from_static(b"a file"))).unwrap();
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::test]
async fn a_redirect_is_followed_and_nothing_is_sent_along() {
    let web = Web::of([
        ("https://a.example/1", "https://b.example/2"),
        ("https://b.example/2", "3?x=y"),
        ("https://b.example/3?x=y", "http://127.0.0.1:9001/file"),
    ]);
    assert_eq!(web.opened("https://a.example/1").await.unwrap().status(), 200);
    let asked = ["https://a.example/1", "https://b.example/2", "https://b.example/3?x=y", "http://127.0.0.1:9001/file"];
    assert_eq!(web.asked(), asked);
    for request in web.asked.lock().unwrap().iter() {
        assert!(request.method() == "GET" && request.headers().is_empty() && request.body().is_empty(), "{request:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_special_address_is_not_followed() {
    for target in [
        "http://127.0.0.1:9002/",
        "https://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "https://user:word@b.example/",
        "https://b.example:8443/",
        "http://b.example/",
        "file:///etc/passwd",
        "https://",
    ] {
        let web = Web::of([("https://a.example/1", target)]);
        let refused = web.opened("https://a.example/1").await.unwrap_err();
        assert!(matches!(refused, RequestFailure::Forbidden(_)), "{target}: {refused:?}");
        assert_eq!(web.asked(), ["https://a.example/1"], "{target} must not be requested");
    }
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let web = Web::of([("https://a.example/1", "/2"), ("https://a.example/2", "/1")]);
    let refused = web.opened("https://a.example/1").await.unwrap_err();
    assert!(matches!(refused, RequestFailure::Forbidden(_)), "{refused:?}");
    assert_eq!(web.asked().len(), REDIRECTS + 1);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_answer() {
    struct Nowhere;
    impl Transport for Nowhere {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
            let answer = http::Response::builder().status(304).body(Body::from(Bytes::new())).unwrap();
            Box::pin(async move { Ok(answer) })
        }
    }
    let trusted = Origin::new_opaque();
    let answer = open(&Http::new(Nowhere), "https://a.example/", &trusted).await.unwrap();
    assert_eq!(answer.status(), 304);
}
