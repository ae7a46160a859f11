//! The partners together.

use crate::{
    answer::{AttemptSecrets, Returned, VerifiedIdentity},
    apple::{Apple, AppleSettings},
    facebook::{Facebook, FacebookSettings},
    google::{Google, GoogleSettings},
    provider::IdentityProvider,
};
use kernel::{Result, Timestamp};
use net::Http;
use std::fmt;

/// Exchanges the codes of all partners. Caches the signing keys of Google and Apple.
pub struct IdentityPartners {
    google: Google,
    apple: Apple,
    facebook: Facebook,
}

impl IdentityPartners {
    /// The partners with these settings.
    ///
    /// # Errors
    /// `internal` if a URL of the settings does not parse, Apple's private key is malformed, or Facebook's
    /// app secret is empty.
    pub fn new(http: Http, google: GoogleSettings, apple: AppleSettings, facebook: FacebookSettings) -> Result<Self> {
        Ok(Self {
            google: Google::new(http.clone(), google)?,
            apple: Apple::new(http.clone(), apple)?,
            facebook: Facebook::new(http, facebook)?,
        })
    }

    /// Fetches the keys with which `provider` signs, unless they are cached or it signs nothing. To be called before
    /// [`Self::exchange_code`], which uses the code up: Apple sends a person's name once, so it must not be lost
    /// because the keys do not come.
    ///
    /// # Errors
    /// `unavailable` if the keys cannot be fetched. Nothing is used up, so the browser may send its answer again.
    pub async fn prepare(&self, provider: IdentityProvider, now: Timestamp) -> Result<()> {
        match provider {
            IdentityProvider::Google => self.google.prepare(now).await,
            IdentityProvider::Apple => self.apple.prepare(now).await,
            IdentityProvider::Facebook => Ok(()),
        }
    }

    /// Exchanges the returned code at `provider` and verifies the answer. Not safe to repeat: a code can be
    /// exchanged once. One request to Google or Apple, and one more if their keys must be fetched; three to
    /// Facebook.
    ///
    /// # Errors
    /// `sign_in_failed` if the code is used, expired or not ours, the answer is not valid for this attempt,
    /// or the clocks differ; `unavailable` if the partner does not answer, or has signed with a key that is not known
    /// yet; `internal` if it refuses our client id or secret.
    pub async fn exchange_code(
        &self,
        provider: IdentityProvider,
        returned: &Returned<'_>,
        attempt: &AttemptSecrets<'_>,
        now: Timestamp,
    ) -> Result<VerifiedIdentity> {
        let (code, AttemptSecrets { verifier, nonce }) = (returned.code, *attempt);
        let profile = match provider {
            IdentityProvider::Apple => return self.apple.exchange_code(returned, attempt, now).await,
            IdentityProvider::Google => self.google.exchange_code(code, verifier, nonce, now).await?,
            IdentityProvider::Facebook => self.facebook.exchange_code(code, verifier, now).await?,
        };
        Ok(VerifiedIdentity { profile, refresh_token: None })
    }
}

impl fmt::Debug for IdentityPartners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityPartners")
    }
}

#[cfg(test)]
mod tests;
