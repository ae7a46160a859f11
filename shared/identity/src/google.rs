//! Google, by OpenID Connect.

use crate::{
    exchange::{Client, TokenEndpoint},
    id_token::{self, Expected},
    profile::IdentityProfile,
    provider::IdentityProvider,
    token::{Issuer, RsaKeySet},
    urls::parse_configured,
};
use kernel::{Result, Timestamp};
use net::Http;
use serde::Deserialize;
use std::fmt;

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

impl fmt::Debug for GoogleSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GoogleSettings")
    }
}

/// Exchanges codes of Google for profiles. Caches Google's signing keys.
pub(crate) struct Google {
    client_id: String,
    client_secret: String,
    issuer: Issuer,
    endpoint: TokenEndpoint,
    keys: RsaKeySet,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Google {
    /// Google with these settings.
    ///
    /// # Errors
    /// `internal` if a URL of the settings does not parse.
    pub(crate) fn new(http: Http, settings: GoogleSettings) -> Result<Self> {
        let GoogleSettings { client_id, client_secret, issuer, token_url, jwks_url, public_origin } = settings;
        parse_configured("key set", &jwks_url)?;
        let endpoint = TokenEndpoint::new(http.clone(), token_url, &public_origin, IdentityProvider::Google)?;
        let keys = RsaKeySet::new(http, jwks_url);
        Ok(Self { client_id, client_secret, issuer: Issuer::google(issuer), endpoint, keys })
    }

    /// Fetches the signing keys, unless they are cached.
    ///
    /// # Errors
    /// `unavailable` if they cannot be fetched.
    pub(crate) async fn prepare(&self, now: Timestamp) -> Result<()> {
        self.keys.prepare(now).await
    }

    /// Exchanges the returned code and verifies the ID token. Not safe to repeat: a code can be
    /// exchanged once. One request, and one more if the keys must be fetched.
    ///
    /// # Errors
    /// `sign_in_failed` if the code is used, expired or not ours, or the ID token is not valid;
    /// `unavailable` if Google does not answer; `internal` if Google refuses our client id or
    /// secret.
    pub(crate) async fn exchange_code(
        &self,
        code: &str,
        verifier: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<IdentityProfile> {
        let client = Client { id: &self.client_id, secret: &self.client_secret };
        let Tokens { id_token } = self.endpoint.exchange(client, code, verifier).await?;
        let expected = Expected {
            provider: IdentityProvider::Google,
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce,
            now,
        };
        id_token::verify(&id_token, &expected, &self.keys).await
    }
}

#[cfg(test)]
mod tests;
