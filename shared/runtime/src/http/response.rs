//! Answers.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use http::{HeaderName, HeaderValue};
use kernel::{Error, RatePolicy, RateState};
use lambda_http::Body;
use serde::Serialize;
use session::cookie;

/// The features of browsers that our pages do not use. Neither a script nor a frame in them may use these
/// (<https://www.w3.org/TR/permissions-policy/>).
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
                           gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()";

/// The headers of every answer. `site` replaces the content policy by the one of its page.
///
/// Other sites get no referrer. Our own site gets one, because without it the forms of our pages would
/// have the origin `null`, and a browser without `Sec-Fetch-Site` could not show that they are ours.
const SECURITY: [(&str, &str); 8] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("permissions-policy", PERMISSIONS),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// An answer to an HTTP request. Clients may not cache it unless it sets `cache-control`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    code: Option<&'static str>,
}

impl Response {
    /// A JSON body.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::empty(status).with("application/json", body),
            // Our response types always serialise. A map whose keys are not text would be a fault
            // of ours.
            Err(_) => Self::empty(500),
        }
    }

    /// No body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), code: None }
    }

    /// Redirects the browser to `location` by GET.
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

    /// Says how much of a rate limit is left (draft-ietf-httpapi-ratelimit-headers-10): `q` requests in
    /// `w` seconds, of which `r` are left for `t` seconds.
    #[must_use]
    pub fn rate_limit<'a>(self, state: impl Into<Option<&'a RateState>>) -> Self {
        let Some(state) = state.into() else { return self };
        let RateState { policy: RatePolicy { name, limit, window }, remaining, .. } = state;
        self.header("ratelimit-policy", &format!("\"{name}\";q={limit};w={}", window.as_secs()))
            .header("ratelimit", &format!("\"{name}\";r={remaining};t={}", state.wait_seconds()))
    }

    /// Names the error that the answer explains to a person, for the answered line. For a redirect to a
    /// page instead of a problem.
    #[must_use]
    pub fn because(self, error: &Error) -> Self {
        Self { code: Some(error.code()), ..self }
    }

    /// The code of the error that the answer explains.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// Signs the browser out: the cookies of the session expire, and the browser clears what our pages
    /// have stored, such as the draft of a prompt. All other cookies stay.
    #[must_use]
    pub fn signed_out(self) -> Self {
        let answer = self.header("clear-site-data", "\"storage\"");
        cookie::signed_out().into_iter().fold(answer, Self::cookie)
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

    /// The answer to a client that has this content already (RFC 9110 §15.4.5): without a body, its type and its
    /// coding.
    pub(crate) fn not_modified(mut self) -> Self {
        self.headers.retain(|(name, _)| !["content-type", "content-encoding"].contains(&name.as_str()));
        Self { status: 304, body: Vec::new(), ..self }
    }

    /// The form of API Gateway's HTTP API, payload format 2.0.
    pub(crate) fn into_lambda(self) -> ApiGatewayV2httpResponse {
        let mut answer = ApiGatewayV2httpResponse::default();
        answer.status_code = self.status.into();
        for (name, value) in self.headers {
            match (name.as_str(), HeaderName::try_from(&name), HeaderValue::try_from(&value)) {
                ("set-cookie", ..) => answer.cookies.push(value),
                (_, Ok(name), Ok(value)) => drop(answer.headers.insert(name, value)),
                // A value that is no header value, such as one with a line break, is left out.
                _ => {}
            }
        }
        answer.body = match String::from_utf8(self.body) {
            Ok(text) => Some(Body::Text(text)),
            Err(bytes) => Some(Body::Binary(bytes.into_bytes())),
        };
        answer.is_base64_encoded = matches!(answer.body, Some(Body::Binary(_)));
        answer
    }
}
