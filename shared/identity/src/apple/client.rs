//! Exchanges codes of Apple.

use super::{client_secret::ClientSecrets, first_user, settings::AppleSettings};
use crate::{
    answer::{AttemptSecrets, Returned, VerifiedIdentity},
    exchange::{Client, TokenEndpoint},
    id_token::{self, Expected},
    profile,
    provider::IdentityProvider,
    token::{Issuer, RsaKeySet},
    urls::parse_configured,
};
use kernel::{Result, Timestamp};
use net::Http;
use serde::Deserialize;

/// Exchanges codes of Apple for identities. Caches Apple's signing keys.
pub(crate) struct Apple {
    client_id: String,
    secrets: ClientSecrets,
    issuer: Issuer,
    endpoint: TokenEndpoint,
    keys: RsaKeySet,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    refresh_token: Option<String>,
}

impl Apple {
    /// Apple with these settings.
    ///
    /// # Errors
    /// `internal` if a URL of the settings does not parse, or the private key is malformed.
    pub(crate) fn new(http: Http, settings: AppleSettings) -> Result<Self> {
        let secrets = ClientSecrets::new(&settings)?;
        let AppleSettings { client_id, issuer, token_url, jwks_url, public_origin, .. } = settings;
        parse_configured("key set", &jwks_url)?;
        let endpoint = TokenEndpoint::new(http.clone(), token_url, &public_origin, IdentityProvider::Apple)?;
        let keys = RsaKeySet::new(http, jwks_url);
        Ok(Self { client_id, secrets, issuer: Issuer::exactly(issuer), endpoint, keys })
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
    /// The name is that of `returned.user`, because Apple's ID token has none.
    ///
    /// # Errors
    /// `sign_in_failed` if the code is used, expired or not ours, or the ID token is not valid;
    /// `unavailable` if Apple does not answer; `internal` if Apple refuses our client id or secret.
    pub(crate) async fn exchange_code(
        &self,
        returned: &Returned<'_>,
        attempt: &AttemptSecrets<'_>,
        now: Timestamp,
    ) -> Result<VerifiedIdentity> {
        let secret = self.secrets.sign(now)?;
        let client = Client { id: &self.client_id, secret: &secret };
        let tokens: Tokens = self.endpoint.exchange(client, returned.code, attempt.verifier).await?;
        let expected = Expected {
            provider: IdentityProvider::Apple,
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce: attempt.nonce,
            now,
        };
        let mut profile = id_token::verify(&tokens.id_token, &expected, &self.keys).await?;
        profile.name = first_user::name(returned.user);
        Ok(VerifiedIdentity { profile, refresh_token: tokens.refresh_token.and_then(profile::opaque_token) })
    }
}
