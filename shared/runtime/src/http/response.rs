//! Answers.

use lambda_http::Body;
use serde::Serialize;

/// On every answer. `site` replaces the content policy by one that its page needs.
const SECURITY: [(&str, &str); 5] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cache-control", "no-store"),
];

/// An answer to an HTTP request. Not cacheable unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// A JSON body.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::empty(status).with("application/json", body),
            // Our own response types always serialise; a map with keys that are not text
            // would be a fault of ours.
            Err(_) => Self::empty(500),
        }
    }

    /// No body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Sends the browser to `location` by GET.
    #[must_use]
    pub fn redirect(location: &str) -> Self {
        Self::empty(303).header("location", location)
    }

    /// A body of some content type.
    #[must_use]
    pub fn with(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a `Set-Cookie` header.
    #[must_use]
    pub fn cookie(mut self, cookie: impl Into<String>) -> Self {
        self.headers.push(("set-cookie".to_owned(), cookie.into()));
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers, in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn secured(mut self) -> Self {
        for (name, value) in SECURITY {
            if !self.headers.iter().any(|(known, _)| known == name) {
                self = self.header(name, value);
            }
        }
        self
    }

    pub(crate) fn into_lambda(self) -> lambda_http::Response<Body> {
        let mut builder = lambda_http::Response::builder().status(self.status);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let body = match String::from_utf8(self.body) {
            Ok(text) if text.is_empty() => Body::Empty,
            Ok(text) => Body::Text(text),
            Err(bytes) => Body::Binary(bytes.into_bytes()),
        };
        builder.body(body).unwrap_or_else(|_| {
            let mut fallback = lambda_http::Response::new(Body::Empty);
            *fallback.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            fallback
        })
    }
}
