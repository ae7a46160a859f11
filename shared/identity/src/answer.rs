//! The two ends of an exchange: what came back with the browser, and the identity that it proves.

use crate::profile::IdentityProfile;
use std::fmt;

/// The parameters that came back with the browser. Nothing in them is verified.
#[derive(Clone, Copy)]
pub struct Returned<'a> {
    /// The code, which is exchanged once.
    pub code: &'a str,
    /// Apple's JSON of the first authorisation:
    /// `{"name": {"firstName": …, "lastName": …}, "email": …}`. Its name alone is used.
    pub user: Option<&'a str>,
}

impl fmt::Debug for Returned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned")
    }
}

/// The secrets of the attempt, which bind the answer to it.
#[derive(Clone, Copy)]
pub struct AttemptSecrets<'a> {
    /// The PKCE verifier (RFC 7636 §4.1).
    pub verifier: &'a str,
    /// The nonce that an ID token must repeat. Facebook has none.
    pub nonce: &'a str,
}

impl fmt::Debug for AttemptSecrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptSecrets")
    }
}

/// A verified answer of a partner.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// The person.
    pub profile: IdentityProfile,
    /// Apple's refresh token, which a later revocation needs. `None` for the other partners.
    pub refresh_token: Option<String>,
}

impl fmt::Debug for VerifiedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedIdentity")
    }
}
