//! Verifying ID tokens (OpenID Connect Core §3.1.3.7).

use crate::{
    keys::KeySet,
    profile::{self, Profile},
};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;

/// How far the partner's clock may be from ours, in seconds. More would accept older
/// tokens; less would turn people away whenever clocks drift.
const CLOCK_LEEWAY_S: i64 = 60;

/// What an ID token must say to be about this attempt.
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
    #[serde(default, deserialize_with = "truth")]
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

/// Who the token is about, once everything about it has been checked.
///
/// # Errors
/// `sign_in_failed` when anything does not hold; `unavailable` when the keys cannot be
/// fetched.
pub(crate) async fn verify(token: &str, expected: &Expected<'_>, keys: &KeySet) -> Result<Profile> {
    let header = decode_header(token).map_err(|_| not_valid())?;
    if header.alg != Algorithm::RS256 || header.crit.is_some() {
        return Err(not_valid());
    }
    let key = keys.find(header.kid.as_deref(), expected.now).await?.ok_or_else(not_valid)?;
    let mut signature_alone = Validation::new(Algorithm::RS256);
    // The library would ask the system's clock; all claims are checked below.
    signature_alone.required_spec_claims.clear();
    signature_alone.validate_exp = false;
    signature_alone.validate_nbf = false;
    signature_alone.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &signature_alone).map_err(|_| not_valid())?.claims;
    if !(claims.from(expected.issuer) && claims.to(expected.client_id) && claims.repeats(expected.nonce)) {
        return Err(not_valid());
    }
    if !claims.alive(expected.now) {
        return Err(Error::SignInFailed { detail: "This sign-in took too long. Start again." });
    }
    Ok(Profile {
        issuer: expected.issuer.to_owned(),
        subject: profile::subject(claims.sub).ok_or_else(not_valid)?,
        email: claims.email.and_then(profile::email),
        email_verified: claims.email_verified,
        name: claims.name.as_deref().and_then(profile::name),
        picture_url: claims.picture.as_deref().and_then(profile::picture_url),
    })
}

/// One sentence for all that a person cannot tell apart, and a forger should not.
fn not_valid() -> Error {
    Error::SignInFailed { detail: "The answer of the sign-in service is not valid. Start again." }
}

impl Claims {
    /// Google writes its issuer with and without the scheme.
    fn from(&self, issuer: &str) -> bool {
        self.iss == issuer || issuer.strip_prefix("https://").is_some_and(|bare| self.iss == bare)
    }

    /// We must be an audience. Among several we must also be the authorised party, and
    /// whoever is named as that must be us.
    fn to(&self, client_id: &str) -> bool {
        let authorised = self.azp.as_deref();
        match &self.aud {
            Audience::One(one) => one == client_id && authorised.is_none_or(|party| party == client_id),
            Audience::Several(several) => {
                let ours = several.iter().any(|one| one == client_id);
                ours && authorised.map_or(several.len() == 1, |party| party == client_id)
            }
        }
    }

    fn repeats(&self, nonce: &str) -> bool {
        self.nonce.as_ref().is_some_and(|said| said.as_bytes().ct_eq(nonce.as_bytes()).into())
    }

    fn alive(&self, now: Timestamp) -> bool {
        let (now, leeway) = (now.as_second() as f64, CLOCK_LEEWAY_S as f64);
        now - leeway < self.exp && self.iat <= now + leeway
    }
}

/// A boolean that some partners send as text.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
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
