//! Google, by OpenID Connect.

use crate::{
    id_token::{self, Expected},
    keys::RsaKeySet,
    profile::IdentityProfile,
    provider::IdentityProvider,
    urls::{parse_configured, redirect_uri},
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

/// The largest answer that is read, in bytes. Answers of Google have about 3,000.
const ANSWER_BYTES: u64 = 64 * 1024;

/// The wait that a client is told if Google does not answer as expected.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The longest code that is exchanged, in bytes. Codes of Google have about 80.
const CODE_BYTES: usize = 1_024;

/// The URLs of Google and our client id and secret. The URLs are from Google's discovery document
/// (`https://accounts.google.com/.well-known/openid-configuration`). They are fixed in the
/// configuration, so that no sign-in waits for that document.
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
    /// The URL of the key set (JWKS).
    pub jwks_url: String,
    /// Our own origin, for the redirect URI.
    pub public_origin: String,
}

/// Exchanges codes of Google for profiles. Caches Google's signing keys.
pub struct Google {
    http: Http,
    settings: GoogleSettings,
    redirect_uri: String,
    keys: RsaKeySet,
}

impl Google {
    /// Google with these settings.
    ///
    /// # Errors
    /// `internal` if a URL of the settings does not parse.
    pub fn new(http: Http, settings: GoogleSettings) -> Result<Self> {
        parse_configured("token endpoint", &settings.token_url)?;
        parse_configured("key set", &settings.jwks_url)?;
        let redirect_uri = redirect_uri(&settings.public_origin, IdentityProvider::Google);
        let keys = RsaKeySet::new(http.clone(), settings.jwks_url.clone());
        Ok(Self { http, settings, redirect_uri, keys })
    }

    /// Exchanges the returned code and verifies the ID token. Not safe to repeat: a code can be
    /// exchanged once.
    ///
    /// # Errors
    /// `sign_in_failed` if the code is used, expired or not ours, or the ID token is not valid;
    /// `unavailable` if Google does not answer; `internal` if Google refuses our client id or
    /// secret.
    pub async fn exchange_code(
        &self,
        code: &str,
        verifier: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<IdentityProfile> {
        let id_token = self.request_id_token(code, verifier).await?;
        let GoogleSettings { issuer, client_id, .. } = &self.settings;
        id_token::verify(&id_token, &Expected { issuer, client_id, nonce, now }, &self.keys).await
    }

    /// Sends the token request of RFC 6749 §4.1.3 with the verifier of RFC 7636 §4.5. We
    /// authenticate in the body (`client_secret_post`), as Google documents it.
    async fn request_id_token(&self, code: &str, verifier: &str) -> Result<String> {
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

/// The error for a refused exchange (RFC 6749 §5.2). It does not repeat the answer of the partner,
/// which may contain our request.
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
