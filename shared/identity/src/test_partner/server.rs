//! The endpoints of all partners, and the requests that they received.

use super::{
    keys::Key,
    values::{APPLE_JWKS_URL, GOOGLE_JWKS_URL},
};
use bytes::Bytes;
use http::StatusCode;
use kernel::BoxFuture;
use net::{Body, Http, Request, RequestFailure, Response, Transport};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use url::{Url, form_urlencoded};

#[derive(Default)]
struct State {
    /// The answer of each URL, without its query.
    answers: BTreeMap<String, Result<(StatusCode, String), RequestFailure>>,
    asked: Vec<Request>,
}

#[derive(Clone, Default)]
pub(crate) struct Partner(Arc<Mutex<State>>);

impl Partner {
    /// Partners with our key under the id `one`.
    pub(crate) fn new() -> Self {
        let partner = Self::default();
        for url in [GOOGLE_JWKS_URL, APPLE_JWKS_URL] {
            partner.publish(url, vec![Key::ours().jwk("one")]);
        }
        partner
    }

    pub(crate) fn http(&self) -> Http {
        Http::new(self.clone())
    }

    /// Publishes a key set.
    pub(crate) fn publish(&self, url: &str, keys: Vec<Value>) {
        self.answer(url, 200, json!({ "keys": keys }));
    }

    /// From now on, `url` answers this.
    pub(crate) fn answer(&self, url: &str, status: u16, body: impl ToString) {
        let answer = (StatusCode::from_u16(status).unwrap(), body.to_string());
        self.0.lock().unwrap().answers.insert(url.to_owned(), Ok(answer));
    }

    /// From now on, requests to `url` fail.
    pub(crate) fn fail(&self, url: &str, failure: RequestFailure) {
        self.0.lock().unwrap().answers.insert(url.to_owned(), Err(failure));
    }

    /// The requests to `url`, without its query.
    pub(crate) fn asked(&self, url: &str) -> Vec<Request> {
        let state = self.0.lock().unwrap();
        state.asked.iter().filter(|request| address(request) == url).cloned().collect()
    }

    /// The number of all requests.
    pub(crate) fn requests(&self) -> usize {
        self.0.lock().unwrap().asked.len()
    }

    /// The fields of the last form that `url` received.
    pub(crate) fn form(&self, url: &str) -> BTreeMap<String, String> {
        let request = self.asked(url).pop().unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        let pairs: Vec<_> = form_urlencoded::parse(request.body()).into_owned().collect();
        let fields: BTreeMap<_, _> = pairs.iter().cloned().collect();
        assert_eq!(fields.len(), pairs.len(), "no field may be repeated: {pairs:?}");
        fields
    }
}

/// The URL of a request without its query.
fn address(request: &Request) -> String {
    let mut url = Url::parse(&request.uri().to_string()).unwrap();
    url.set_query(None);
    url.into()
}

impl Transport for Partner {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        let url = address(&request);
        let mut state = self.0.lock().unwrap();
        let answer = state.answers.get(&url).cloned().unwrap_or_else(|| panic!("no test may request {url}"));
        state.asked.push(request);
        Box::pin(async move {
            let (status, body) = answer?;
            Ok(http::Response::builder().status(status).body(Body::from(Bytes::from(body))).unwrap())
        })
    }
}
