//! Answers, and the rules for all answers.

use bytes::Bytes;
use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::Value;

/// An answer with its body read.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method and path of the request, for messages.
    pub asked: String,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Reads the answer to its end.
    pub async fn read(asked: String, response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap_or_else(|error| panic!("{asked}: the body breaks off: {error}"));
        Self { asked, status, headers, body }
    }

    /// A header as text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self} should be JSON"))
    }

    /// The body as JSON, if the answer has this status.
    pub fn when(&self, status: u16) -> Result<Value, String> {
        if self.status == status { Ok(self.json()) } else { Err(format!("{self}, not {status}")) }
    }

    /// The body as JSON. Fails the test when the answer has another status.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        self.when(status).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Fails the test unless the answer is a complete problem document with this status and code.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        let problem = self.ok(status);
        assert_eq!(self.header("content-type"), "application/problem+json", "{self} should be a problem document");
        assert_eq!(problem["code"], code, "{self}: clients rely on the code");
        assert_eq!(problem["status"], status, "{self}: the document must repeat the status");
        for field in ["type", "title", "detail", "request_id"] {
            let text = problem[field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{self}: the problem document lacks {field}");
        }
        self.is_secured();
    }

    /// Fails the test unless the security headers are there.
    #[track_caller]
    pub fn is_secured(&self) {
        for (name, part) in [
            ("strict-transport-security", "max-age="),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("content-security-policy", "default-src 'none'"),
            ("permissions-policy", "camera=()"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", ""),
        ] {
            let value = self.header(name);
            let is_there = !value.is_empty() && value.contains(part);
            assert!(is_there, "{}: the header {name} is {value:?}; it should say {part:?}", self.asked);
        }
    }

    /// The `Set-Cookie` headers as name and value.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let texts = self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = texts.filter_map(|text| text.split(';').next()?.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.text();
        let start: String = text.chars().take(400).collect();
        write!(f, "{} answered {}: {start}", self.asked, self.status)
    }
}
