//! Verifies ID tokens (OpenID Connect Core §3.1.3.7).

use crate::{
    exchange::not_valid,
    profile::{self, IdentityProfile},
    provider::IdentityProvider,
    token::{
        Audience, CLOCK_LEEWAY_S, Issuer, RsaKeySet, Signed, TokenType, bool_or_text, clocks_differ, verified_claims,
    },
};
use kernel::{Result, Timestamp};
use net::key_unknown_yet;
use serde::{Deserialize, de::IgnoredAny};
use subtle::ConstantTimeEq;

/// The values that an ID token must have for this attempt.
pub(crate) struct Expected<'a> {
    /// The partner, for the log.
    pub(crate) provider: IdentityProvider,
    /// The issuer, as configured.
    pub(crate) issuer: &'a Issuer,
    /// Our client id.
    pub(crate) client_id: &'a str,
    /// The nonce of the attempt.
    pub(crate) nonce: &'a str,
    /// The time of the check.
    pub(crate) now: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    sub: String,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    /// A token with events is a notice of the partner and no ID token.
    events: Option<IgnoredAny>,
    email: Option<String>,
    #[serde(default, deserialize_with = "bool_or_text")]
    email_verified: bool,
    #[serde(default, deserialize_with = "bool_or_text")]
    is_private_email: bool,
    name: Option<String>,
    picture: Option<String>,
}

/// Verifies an ID token and answers the profile in it. The token must have come from the token endpoint
/// just now.
///
/// # Errors
/// `sign_in_failed` if the token is not valid for this attempt, or the clocks differ; `unavailable` if the
/// keys cannot be fetched, or the token's key is not known yet.
pub(crate) async fn verify(token: &str, expected: &Expected<'_>, keys: &RsaKeySet) -> Result<IdentityProfile> {
    let claims = match verified_claims::<Claims>(token, TokenType::Plain, keys, expected.now).await? {
        Signed::Claims(claims) if claims.are_for(expected) => claims,
        Signed::UnknownYet => return Err(key_unknown_yet()),
        Signed::Claims(_) | Signed::Unreadable | Signed::Not => return Err(not_valid()),
    };
    if let Some(ahead) = claims.clock_difference(expected.now) {
        return Err(clocks_differ(expected.provider, ahead));
    }
    Ok(IdentityProfile {
        issuer: expected.issuer.name().to_owned(),
        subject: profile::subject(claims.sub).ok_or_else(not_valid)?,
        email: claims.email.and_then(profile::email),
        email_verified: claims.email_verified,
        is_private_email: claims.is_private_email,
        name: claims.name.as_deref().and_then(profile::name),
        picture_url: claims.picture.and_then(|url| profile::picture_url(&url, expected.issuer.name())),
    })
}

impl Claims {
    fn are_for(&self, expected: &Expected<'_>) -> bool {
        expected.issuer.is(&self.iss)
            && self.has_audience(expected.client_id)
            && self.has_nonce(expected.nonce)
            && self.events.is_none()
            && self.iat < self.exp
    }

    /// We must be an audience. If there are several, we must also be the authorised party. If an
    /// authorised party is named, it must be us.
    fn has_audience(&self, client_id: &str) -> bool {
        let is_only = self.aud.names().len() == 1;
        self.aud.has(client_id) && self.azp.as_deref().map_or(is_only, |party| party == client_id)
    }

    /// An attempt always has a nonce, so a token without one is refused, whatever Apple's
    /// `nonce_supported` says.
    fn has_nonce(&self, nonce: &str) -> bool {
        let said = self.nonce.as_deref().filter(|said| !said.is_empty());
        said.is_some_and(|said| said.as_bytes().ct_eq(nonce.as_bytes()).into())
    }

    /// By how many seconds the partner's clock is ahead of ours (negative: behind), if the token shows
    /// that they differ. The token is fresh, so it must not have been issued in the future, and it must
    /// not have expired.
    fn clock_difference(&self, now: Timestamp) -> Option<i64> {
        let (now, leeway) = (now.as_second() as f64, CLOCK_LEEWAY_S as f64);
        let begins = self.nbf.map_or(self.iat, |not_before| not_before.max(self.iat));
        if begins > now + leeway {
            return Some((begins - now).round() as i64);
        }
        (self.exp <= now - leeway).then(|| (self.iat - now).round() as i64)
    }
}

#[cfg(test)]
mod tests;
