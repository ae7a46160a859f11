//! The random values that bind an answer to its attempt.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Ids;
use ring::digest::{SHA256, digest};

/// A PKCE verifier: 32 random bytes as 43 characters (RFC 7636 §4.1).
#[must_use]
pub fn fresh_verifier(ids: &Ids) -> String {
    URL_SAFE_NO_PAD.encode(ids.bytes::<32>())
}

/// A nonce, which the ID token repeats: 32 random bytes (OpenID Connect Core §15.5.2).
#[must_use]
pub fn fresh_nonce(ids: &Ids) -> String {
    URL_SAFE_NO_PAD.encode(ids.bytes::<32>())
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fixed;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_verifier_has_the_length_and_characters_of_the_rfc() {
        let verifier = fresh_verifier(&Ids::new(Fixed(0xfb)));
        assert_eq!(verifier.len(), 43);
        assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{verifier}");
    }
}
