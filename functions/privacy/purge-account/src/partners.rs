//! The tokens that partners of sign-in gave us.

use accounts::{SealedToken, keys};
use aws::Secrets;
use identity::{AppleRevocation, AppleSettings, IdentityProvider};
use kernel::{BoxFuture, Error, Result, Timestamp};
use privacy::RevokeTokens;
use runtime::Init;
use session::Seal;

/// Opens the tokens, and asks Apple to revoke its own. The other partners give none.
#[derive(Debug)]
pub(crate) struct PartnerTokens {
    apple: AppleRevocation,
    seal: Seal,
}

impl PartnerTokens {
    /// Builds the clients.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub(crate) fn new(init: &Init, secrets: &Secrets) -> Result<Self> {
        let var = |name| init.var(name).map(str::to_owned);
        let settings = AppleSettings {
            client_id: var("APPLE_CLIENT_ID")?,
            team_id: var("APPLE_TEAM_ID")?,
            key_id: var("APPLE_KEY_ID")?,
            private_key: secrets.get("apple-private-key")?.current().to_owned(),
            issuer: var("APPLE_ISSUER")?,
            token_url: var("APPLE_TOKEN_URL")?,
            revoke_url: var("APPLE_REVOKE_URL")?,
            jwks_url: var("APPLE_JWKS_URL")?,
            public_origin: var("PUBLIC_ORIGIN")?,
        };
        let seal = Seal::from_keys(secrets.get("partner-token-key")?.accepted())?;
        Ok(Self { apple: AppleRevocation::new(init.vendors()?, settings)?, seal })
    }

    async fn revoke(&self, token: &SealedToken, now: Timestamp) -> Result<()> {
        let SealedToken { provider, subject, sealed } = token;
        if provider != IdentityProvider::Apple.as_str() {
            return Err(Error::internal("a token of a partner that gives none"));
        }
        let plain = self.seal.open(&keys::reverse(provider, subject), sealed);
        let plain = plain.and_then(|plain| String::from_utf8(plain).ok());
        let plain = plain.ok_or_else(|| Error::internal("the stored token cannot be opened"))?;
        self.apple.request(&plain, now).await
    }
}

impl RevokeTokens for PartnerTokens {
    fn request<'a>(&'a self, token: &'a SealedToken, now: Timestamp) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.revoke(token, now))
    }
}
