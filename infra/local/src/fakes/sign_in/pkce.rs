//! PKCE by S256 (RFC 7636).

use super::parameters::Parameters;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};

/// The challenge of an authorization request, if it has one.
///
/// # Errors
/// When the method is not S256, or the challenge is no SHA-256 in base64url.
pub(crate) fn challenge(parameters: &Parameters) -> Result<Option<String>, &'static str> {
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.get("code_challenge") else {
        return if method.is_none() { Ok(None) } else { Err("code_challenge is missing") };
    };
    if method != Some("S256") {
        return Err("code_challenge_method must be S256");
    }
    match BASE64_URL_SAFE_NO_PAD.decode(challenge) {
        Ok(bytes) if bytes.len() == 32 => Ok(Some(challenge.to_owned())),
        _ => Err("code_challenge must be a SHA-256 in base64url"),
    }
}

/// Whether a verifier fits the challenge of its code. Without a challenge there must be no
/// verifier: otherwise an attacker could take the challenge away unnoticed.
pub(crate) fn fits(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let is_well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_allowed);
            is_well_formed && BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) == challenge
        }
        _ => false,
    }
}
