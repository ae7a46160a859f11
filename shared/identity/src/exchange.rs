//! The exchange of a code by form (RFC 6749 §4.1.3), which all partners share.

use crate::{
    provider::IdentityProvider,
    urls::{parse_configured, redirect_uri},
};
use bytes::Bytes;
use http::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use kernel::{Error, Result};
use net::{Http, Request};
use serde::{Deserialize, de::DeserializeOwned};
use std::time::Duration;
use url::form_urlencoded;

/// The largest answer that is read, in bytes. Answers of partners have about 3,000.
pub(crate) const ANSWER_BYTES: u64 = 64 * 1024;

/// The wait that a client is told if a partner does not answer as expected.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The longest code that is exchanged, in bytes. Codes of Google have about 80, of Facebook about 350.
const CODE_BYTES: usize = 2_048;

/// Maps a refused exchange to an error. The error does not repeat the answer of the partner, which may
/// contain our request.
type Refusal = fn(StatusCode, &[u8]) -> Error;

/// The token endpoint of a partner.
pub(crate) struct TokenEndpoint {
    http: Http,
    url: String,
    redirect_uri: String,
    grant: Option<&'static str>,
    refusal: Refusal,
}

/// The client that a partner knows us as. We authenticate in the body (`client_secret_post`).
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a str,
}

impl TokenEndpoint {
    /// The endpoint of a partner that follows RFC 6749: Google, Apple.
    ///
    /// # Errors
    /// `internal` if `url` is not a URL.
    pub(crate) fn new(http: Http, url: String, public_origin: &str, provider: IdentityProvider) -> Result<Self> {
        parse_configured("token endpoint", &url)?;
        let redirect_uri = redirect_uri(public_origin, provider);
        Ok(Self { http, url, redirect_uri, grant: Some("authorization_code"), refusal: code_refusal })
    }

    /// The same endpoint in Facebook's dialect: no `grant_type`, and refusals of its own.
    pub(crate) fn of_graph(self, refusal: Refusal) -> Self {
        Self { grant: None, refusal, ..self }
    }

    /// Exchanges a code, with the verifier of RFC 7636 §4.5. Not safe to repeat: a code can be exchanged
    /// once.
    ///
    /// # Errors
    /// `sign_in_failed` if the code is used, expired or not ours; `unavailable` if the partner does not
    /// answer; `internal` if it refuses our client id or secret.
    pub(crate) async fn exchange<T>(&self, client: Client<'_>, code: &str, verifier: &str) -> Result<T>
    where
        T: DeserializeOwned,
    {
        if code.is_empty() || code.len() > CODE_BYTES {
            return Err(code_refused());
        }
        let fields = [
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("client_id", client.id),
            ("client_secret", client.secret),
        ];
        let grant = self.grant.map(|grant| ("grant_type", grant));
        let request = form(&self.url, grant.into_iter().chain(fields))?;
        let answer = self.http.fetch(request, ANSWER_BYTES).await?;
        match answer.status() {
            status if status.is_success() => serde_json::from_slice(answer.body()).map_err(|_| unreadable()),
            status => Err((self.refusal)(status, answer.body())),
        }
    }
}

/// A request that posts a form and asks for JSON.
pub(crate) fn form<'a>(url: &str, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Request> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    http::Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(body))
        .map_err(Error::internal)
}

pub(crate) fn code_refused() -> Error {
    Error::SignInFailed { detail: "This sign-in has expired or was used already. Start again." }
}

/// One error for every invalid answer, so that an attacker does not learn the reason.
pub(crate) fn not_valid() -> Error {
    Error::SignInFailed { detail: "The answer of the sign-in service is not valid. Start again." }
}

pub(crate) fn unreadable() -> Error {
    Error::unavailable(RETRY_AFTER, "the sign-in service's answer could not be read")
}

/// The error of a partner that is overloaded or has a fault.
pub(crate) fn overloaded(status: StatusCode) -> Error {
    Error::unavailable(RETRY_AFTER, format!("the sign-in service answered {status}"))
}

/// Whether the status alone says that a later attempt may succeed.
pub(crate) fn is_overloaded(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The error for a refused exchange (RFC 6749 §5.2).
fn code_refusal(status: StatusCode, body: &[u8]) -> Error {
    match said(body).as_deref() {
        Some("invalid_grant") if !is_overloaded(status) => code_refused(),
        _ => refusal(status, body),
    }
}

/// The error for a refused request of any kind (RFC 6749 §5.2, RFC 7009 §2.2.1).
pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> Error {
    match said(body).as_deref() {
        _ if is_overloaded(status) => overloaded(status),
        Some("invalid_client" | "unauthorized_client") => {
            Error::internal("the sign-in service refuses our client id or secret: check both")
        }
        _ => Error::internal(format!("the sign-in service refused the request with {status}")),
    }
}

/// The code of a problem.
fn said(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        error: String,
    }
    serde_json::from_slice::<Problem>(body).ok().map(|problem| problem.error)
}

#[cfg(test)]
mod tests;
