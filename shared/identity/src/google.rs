//! Google, by OpenID Connect.

use crate::{
    ANSWER_BYTES, configured_url,
    id_token::{self, Expected},
    keys::KeySet,
    profile::Profile,
    provider::Provider,
    redirect_uri,
};
use bytes::Bytes;
use http::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use kernel::{Error, Result, Timestamp};
use net::Http;
use serde::Deserialize;
use std::{fmt, time::Duration};
use url::form_urlencoded;

/// How long a client is asked to wait when Google does not answer properly.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Longest code that is exchanged, in bytes. Google's have about 80.
const CODE_BYTES: usize = 1_024;

/// Where Google is, and who we are to it. The URLs are Google's discovery document's
/// (`https://accounts.google.com/.well-known/openid-configuration`), fixed in the
/// configuration so that no sign-in waits for it.
#[derive(Clone)]
pub struct GoogleSettings {
    /// Our client id.
    pub client_id: String,
    /// Our client secret.
    pub client_secret: String,
    /// The issuer, `https://accounts.google.com`.
    pub issuer: String,
    /// The token endpoint.
    pub token_url: String,
    /// The key set.
    pub jwks_url: String,
    /// Our own origin, for the redirect URI.
    pub public_origin: String,
}

/// Exchanges Google's codes for profiles. Keeps Google's signing keys.
pub struct Google {
    http: Http,
    settings: GoogleSettings,
    redirect_uri: String,
    keys: KeySet,
}

impl Google {
    /// # Errors
    /// `internal` when a URL of the settings is not one.
    pub fn new(http: Http, settings: GoogleSettings) -> Result<Self> {
        configured_url("token endpoint", &settings.token_url)?;
        configured_url("key set", &settings.jwks_url)?;
        let redirect_uri = redirect_uri(&settings.public_origin, Provider::Google);
        let keys = KeySet::new(http.clone(), settings.jwks_url.clone());
        Ok(Self { http, settings, redirect_uri, keys })
    }

    /// Who signed in: exchanges the code that came back and verifies the ID token. A code
    /// can be exchanged once, so this is not safe to repeat: the second time it fails.
    ///
    /// # Errors
    /// `sign_in_failed` when the code is used, expired or not ours, or the ID token does
    /// not hold; `unavailable` when Google does not answer; `internal` when Google
    /// refuses our client id or secret.
    pub async fn profile(&self, code: &str, verifier: &str, nonce: &str, now: Timestamp) -> Result<Profile> {
        let id_token = self.exchange(code, verifier).await?;
        let GoogleSettings { issuer, client_id, .. } = &self.settings;
        id_token::verify(&id_token, &Expected { issuer, client_id, nonce, now }, &self.keys).await
    }

    /// The token request of RFC 6749 §4.1.3 with the verifier of RFC 7636 §4.5. The
    /// client authenticates in the body (`client_secret_post`), as Google documents it.
    async fn exchange(&self, code: &str, verifier: &str) -> Result<String> {
        if code.is_empty() || code.len() > CODE_BYTES {
            return Err(code_refused());
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("code_verifier", verifier)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("client_secret", &self.settings.client_secret)
            .finish();
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(&self.settings.token_url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Bytes::from(form))
            .map_err(Error::internal)?;
        let answer = self.http.fetch(request, ANSWER_BYTES).await?;
        let status = answer.status();
        if status.is_success() {
            let tokens = serde_json::from_slice::<Tokens>(answer.body());
            return tokens
                .map(|tokens| tokens.id_token)
                .map_err(|_| Error::unavailable(RETRY_AFTER, "the sign-in service's answer could not be read"));
        }
        Err(refusal(status, answer.body()))
    }
}

impl fmt::Debug for Google {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Google")
    }
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

fn code_refused() -> Error {
    Error::SignInFailed { detail: "This sign-in has expired or was used already. Start again." }
}

/// What a refused exchange means (RFC 6749 §5.2). The partner's words are not repeated:
/// it may echo what we sent.
fn refusal(status: StatusCode, body: &[u8]) -> Error {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Error::unavailable(RETRY_AFTER, format!("the sign-in service answered {status}"));
    }
    match serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error).as_deref() {
        Ok("invalid_grant") => code_refused(),
        Ok("invalid_client" | "unauthorized_client") => {
            Error::internal("the sign-in service refuses our client id or secret: check both")
        }
        _ => Error::internal(format!("the sign-in service refused the exchange with {status}")),
    }
}

#[cfg(test)]
mod tests;
