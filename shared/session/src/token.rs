//! Access tokens: EdDSA JWTs (RFC 7519, RFC 8037) in the compact form of RFC 7515, signed and
//! verified with ring's Ed25519. ARCHITECTURE.md says why no JWT library does it.

use crate::{
    jwk::{ALGORITHM, Jwk, parse_keys},
    key::key_bytes,
    pseudonym::{Pseudonym, PseudonymKeys},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{AccountId, Caller, Error, Result, Timestamp, limits::ACCESS_TOKEN_LIFETIME};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// The `typ` of RFC 9068. It keeps other kinds of JWT from being accepted as access tokens.
const TOKEN_TYPE: &str = "at+jwt";

/// Tolerated difference between the clocks of two functions, in milliseconds. A larger one would
/// accept tokens for longer than promised; without one, fresh tokens could be refused.
const CLOCK_LEEWAY_MS: i64 = 5_000;

/// Longest token that is verified, in bytes. Ours have about 600.
const TOKEN_MAX_BYTES: usize = 2_048;

/// A signed access token.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    jwt: String,
    who: Pseudonym,
}

impl AccessToken {
    /// The JWT.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.jwt
    }

    /// The pseudonym of its account, on the day when it was issued.
    #[must_use]
    pub fn who(&self) -> Pseudonym {
        self.who
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// The header of an access token. Ours have no other field. Any other one (`crit`, keys,
/// compression) would ask for another way to read the token, so it is refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// The claims of an access token. Times are NumericDates (RFC 7519 §2). `iat` has milliseconds,
/// because a balance compares it with its `valid_from`: if it were rounded down, the token of a
/// session that began just after `valid_from` would be refused.
///
/// `who` is the pseudonym of the account on the day (UTC) of `iat`. Functions that verify the token
/// write it to the log, and need neither a secret nor a request for it. It decides nothing. Tokens that
/// were issued before it was introduced have none.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: f64,
    exp: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<Pseudonym>,
}

/// Issues access tokens. Only the functions that sign people in have one.
pub struct Signer {
    key: Ed25519KeyPair,
    /// The encoded header, the same for every token.
    header: String,
    public_key: Jwk,
    pseudonyms: PseudonymKeys,
    issuer: String,
    audience: String,
}

impl Signer {
    /// A signer from the base64url text of a 32-byte Ed25519 seed, for tokens of
    /// `public_origin`. The tokens carry the pseudonym of their account.
    ///
    /// # Errors
    /// `internal` when the seed cannot be parsed.
    pub fn from_seed(seed: &str, pseudonyms: PseudonymKeys, public_origin: &str) -> Result<Self> {
        let seed = key_bytes(seed, "the session signing key")?;
        let key = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| Error::internal("the session signing key is not an Ed25519 seed"))?;
        let public_key = Jwk::new(key.public_key().as_ref());
        // There is one `alg`. With a second one, a token could choose how it is verified.
        let kid = public_key.id().to_owned();
        let header = Header { typ: TOKEN_TYPE.to_owned(), alg: ALGORITHM.to_owned(), kid };
        Ok(Self {
            key,
            header: part(&header)?,
            public_key,
            pseudonyms,
            issuer: public_origin.to_owned(),
            audience: audience(public_origin),
        })
    }

    /// The public key that belongs to the seed, as `SESSION_PUBLIC_KEYS` lists it.
    #[must_use]
    pub fn public_key(&self) -> &str {
        self.public_key.text()
    }

    /// A token for `caller`, valid for [`ACCESS_TOKEN_LIFETIME`] from `caller.issued_at` on.
    ///
    /// # Errors
    /// `internal` when the claims cannot be serialised.
    pub fn issue(&self, caller: &Caller) -> Result<AccessToken> {
        let issued_at = caller.issued_at.as_millisecond();
        let lifetime = i64::try_from(ACCESS_TOKEN_LIFETIME.as_millis()).map_err(Error::internal)?;
        let who = self.pseudonym(caller.account, caller.issued_at);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: caller.account.to_string(),
            sid: caller.session.to_string(),
            iat: numeric_date(issued_at),
            exp: numeric_date(issued_at.saturating_add(lifetime)),
            nbf: None,
            who: Some(who),
        };
        Ok(AccessToken { jwt: self.signed(&format!("{}.{}", self.header, part(&claims)?)), who })
    }

    /// The pseudonym that a token of `account` has if it is issued at `at`.
    #[must_use]
    pub fn pseudonym(&self, account: AccountId, at: Timestamp) -> Pseudonym {
        self.pseudonyms.pseudonym(account, at)
    }

    fn signed(&self, message: &str) -> String {
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes())))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

/// The claims of an access token that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The account and the session that it proves.
    pub caller: Caller,
    /// The pseudonym of the account, for the log. `None` in a token of before pseudonyms.
    pub who: Option<Pseudonym>,
}

/// Verifies access tokens, without I/O. It accepts several public keys, so that a key can be
/// replaced while tokens of the old one are still valid.
pub struct Verifier {
    keys: Vec<(Jwk, UnparsedPublicKey<[u8; 32]>)>,
    issuer: String,
    audience: String,
}

impl Verifier {
    /// A verifier from comma-separated base64url Ed25519 public keys, for tokens of
    /// `public_origin`.
    ///
    /// # Errors
    /// `internal` when there is no key, or one that is not 32 bytes. A key that is no point of the
    /// curve is accepted, but no token verifies with it.
    pub fn from_public_keys(keys: &str, public_origin: &str) -> Result<Self> {
        let keys = parse_keys(keys)?.into_iter().map(|key| (Jwk::new(&key), UnparsedPublicKey::new(&ED25519, key)));
        Ok(Self { keys: keys.collect(), issuer: public_origin.to_owned(), audience: audience(public_origin) })
    }

    /// The origin whose tokens are accepted: the one of our own pages.
    #[must_use]
    pub fn public_origin(&self) -> &str {
        &self.issuer
    }

    /// The caller of `token` and its pseudonym, if the token is one of ours and valid at `now`.
    ///
    /// # Errors
    /// `unauthenticated` for every other token, without the reason.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken> {
        self.verified(token, now).ok_or(Error::Unauthenticated)
    }

    fn verified(&self, token: &str, now: Timestamp) -> Option<VerifiedToken> {
        if token.len() > TOKEN_MAX_BYTES {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Header = read(header)?;
        if header.alg != ALGORITHM || header.typ != TOKEN_TYPE {
            return None;
        }
        let (_, key) = self.keys.iter().find(|(known, _)| known.id() == header.kid)?;
        key.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims: Claims = read(claims)?;
        let issued_at = milliseconds(claims.iat)?;
        let expires_at = milliseconds(claims.exp)?;
        let not_before = claims.nbf.map_or(Some(issued_at), milliseconds)?;
        let now = now.as_millisecond();
        let ours = claims.iss == self.issuer && claims.aud == self.audience;
        let begun = issued_at.max(not_before) <= now.saturating_add(CLOCK_LEEWAY_MS);
        let alive = now.saturating_sub(CLOCK_LEEWAY_MS) < expires_at;
        if !(ours && begun && alive) {
            return None;
        }
        let caller = Caller {
            account: claims.sub.parse().ok()?,
            session: claims.sid.parse().ok()?,
            issued_at: Timestamp::from_millisecond(issued_at).ok()?,
        };
        Some(VerifiedToken { caller, who: claims.who })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

fn audience(public_origin: &str) -> String {
    format!("{public_origin}/v1")
}

/// Decodes a part of a token: canonical base64url, and JSON in which each field occurs once.
fn read<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn part(value: &impl Serialize) -> Result<String> {
    serde_json::to_vec(value).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(Error::internal)
}

/// Seconds with a fraction, exact to the millisecond up to the year 9999.
fn numeric_date(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1_000.0
}

fn milliseconds(numeric_date: f64) -> Option<i64> {
    let milliseconds = (numeric_date * 1_000.0).round();
    // The last year that a `Timestamp` holds is 9999.
    (0.0..=2.6e14).contains(&milliseconds).then_some(milliseconds as i64)
}

#[cfg(test)]
mod tests;
