//! Verifies ID tokens (OpenID Connect Core §3.1.3.7).

use crate::{
    keys::RsaKeySet,
    profile::{self, IdentityProfile},
};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;

/// The largest difference between the partner's clock and ours, in seconds. A larger value accepts
/// older tokens; a smaller one refuses users when clocks drift.
const CLOCK_LEEWAY_S: i64 = 60;

/// The values that an ID token must have for this attempt.
pub(crate) struct Expected<'a> {
    /// The issuer, as configured.
    pub(crate) issuer: &'a str,
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
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "bool_or_text")]
    email_verified: bool,
    name: Option<String>,
    picture: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Verifies an ID token and answers the profile in it.
///
/// # Errors
/// `sign_in_failed` if the token is not valid for this attempt; `unavailable` if the keys cannot be
/// fetched.
pub(crate) async fn verify(token: &str, expected: &Expected<'_>, keys: &RsaKeySet) -> Result<IdentityProfile> {
    let header = decode_header(token).map_err(|_| not_valid())?;
    if header.alg != Algorithm::RS256 || header.crit.is_some() {
        return Err(not_valid());
    }
    let key = keys.find(header.kid.as_deref(), expected.now).await?.ok_or_else(not_valid)?;
    let mut signature_alone = Validation::new(Algorithm::RS256);
    // The library would read the system clock, so all claims are checked below.
    signature_alone.required_spec_claims.clear();
    signature_alone.validate_exp = false;
    signature_alone.validate_nbf = false;
    signature_alone.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &signature_alone).map_err(|_| not_valid())?.claims;
    if !(claims.has_issuer(expected.issuer)
        && claims.has_audience(expected.client_id)
        && claims.has_nonce(expected.nonce))
    {
        return Err(not_valid());
    }
    if !claims.is_current(expected.now) {
        return Err(Error::SignInFailed { detail: "This sign-in took too long. Start again." });
    }
    Ok(IdentityProfile {
        issuer: expected.issuer.to_owned(),
        subject: profile::subject(claims.sub).ok_or_else(not_valid)?,
        email: claims.email.and_then(profile::email),
        email_verified: claims.email_verified,
        name: claims.name.as_deref().and_then(profile::name),
        picture_url: claims.picture.as_deref().and_then(profile::picture_url),
    })
}

/// One error for every invalid token, so that an attacker does not learn the reason.
fn not_valid() -> Error {
    Error::SignInFailed { detail: "The answer of the sign-in service is not valid. Start again." }
}

impl Claims {
    /// Google writes its issuer with and without the scheme.
    fn has_issuer(&self, issuer: &str) -> bool {
        self.iss == issuer || issuer.strip_prefix("https://").is_some_and(|bare| self.iss == bare)
    }

    /// We must be an audience. If there are several, we must also be the authorised party. If an
    /// authorised party is named, it must be us.
    fn has_audience(&self, client_id: &str) -> bool {
        let authorised = self.azp.as_deref();
        match &self.aud {
            Audience::One(one) => one == client_id && authorised.is_none_or(|party| party == client_id),
            Audience::Several(several) => {
                let ours = several.iter().any(|one| one == client_id);
                ours && authorised.map_or(several.len() == 1, |party| party == client_id)
            }
        }
    }

    fn has_nonce(&self, nonce: &str) -> bool {
        self.nonce.as_ref().is_some_and(|said| said.as_bytes().ct_eq(nonce.as_bytes()).into())
    }

    fn is_current(&self, now: Timestamp) -> bool {
        let (now, leeway) = (now.as_second() as f64, CLOCK_LEEWAY_S as f64);
        now - leeway < self.exp && self.iat <= now + leeway
    }
}

/// A boolean. Some partners send it as text.
fn bool_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Truth {
        Said(bool),
        Text(String),
    }
    Ok(match Option::<Truth>::deserialize(deserializer)? {
        Some(Truth::Said(said)) => said,
        Some(Truth::Text(text)) => text == "true",
        None => false,
    })
}

#[cfg(test)]
mod tests;
