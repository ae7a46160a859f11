//! The answers of functions.

use runtime::http::Response;
use serde_json::Value;
use std::collections::BTreeMap;

/// The headers that every answer must carry.
const SECURITY: [&str; 8] = [
    "strict-transport-security",
    "x-content-type-options",
    "referrer-policy",
    "content-security-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "cache-control",
];

/// An answer to an HTTP event.
#[derive(Debug, Clone)]
pub struct Answer(Response);

impl Answer {
    /// Wraps an answer after checking the rules for all answers. So every answer in a test is
    /// checked.
    ///
    /// # Panics
    /// When a security header is missing, or an error is neither a complete problem document nor a page, nor the
    /// refusal of a security event token.
    pub(crate) fn checked(response: Response) -> Self {
        let answer = Self(response);
        for name in SECURITY {
            assert!(answer.header(name).is_some(), "every answer needs the header {name}: {answer:?}");
        }
        // A person who opens an address or sends a form gets a page instead.
        let is_page = answer.header("content-type").is_some_and(|content_type| content_type.starts_with("text/html"));
        if answer.status() >= 400 && !is_page && !answer.refuses_an_event() {
            let problem = answer.json();
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
            for name in ["type", "title", "status", "detail", "code", "request_id"] {
                assert!(!problem[name].is_null(), "every problem document needs {name}: {problem}");
            }
            assert_eq!(problem["status"], answer.status(), "status and document must agree: {problem}");
        }
        answer
    }

    /// Whether it refuses a security event token in the form that RFC 8935 §2.3 demands.
    fn refuses_an_event(&self) -> bool {
        let body: Value = serde_json::from_slice(self.body()).unwrap_or_default();
        let names = body.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        self.status() == 400
            && self.header("content-type") == Some("application/json")
            && self.header("content-language").is_some()
            && names.eq(["description", "err"])
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status()
    }

    /// The value of a header; `None` when it is missing or repeated.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.0.headers().filter(|(known, _)| *known == name).map(|(_, value)| value);
        found.next().filter(|_| found.next().is_none())
    }

    /// Its headers, with names in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.headers()
    }

    /// The names of its headers, in lower case.
    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.0.headers().map(|(name, _)| name)
    }

    /// The cookies that it sets, by name. An empty value deletes a cookie.
    #[must_use]
    pub fn cookies(&self) -> BTreeMap<String, String> {
        let set = self.0.headers().filter(|(name, _)| *name == "set-cookie");
        let pairs = set.filter_map(|(_, cookie)| cookie.split(';').next()?.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The `Set-Cookie` headers as they are.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<&str> {
        self.0.headers().filter(|(name, _)| *name == "set-cookie").map(|(_, cookie)| cookie).collect()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.0.body()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When the body is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// The code of a problem document; `""` for anything else.
    #[must_use]
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(self.body()).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Status and code, for tables of cases.
    #[must_use]
    pub fn outcome(&self) -> (u16, String) {
        (self.status(), self.code())
    }

    /// The answer, after checking its status.
    ///
    /// # Panics
    /// When it has another status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "{}", String::from_utf8_lossy(self.body()));
        self
    }
}
