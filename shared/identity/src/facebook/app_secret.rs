//! The secret of our app, with which we prove calls and Facebook signs its messages.

use kernel::{Error, Result};
use ring::hmac;

/// The key of HMAC-SHA256 that is made of the app secret.
pub(crate) struct AppSecret(hmac::Key);

impl AppSecret {
    /// # Errors
    /// `internal` if the secret is empty: anyone could sign with it.
    pub(crate) fn new(secret: &str) -> Result<Self> {
        if secret.is_empty() {
            return Err(Error::internal("the secret `facebook-app-secret` is empty"));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    /// The `appsecret_proof` of an access token, in lower-case hexadecimal
    /// (<https://developers.facebook.com/docs/graph-api/guides/secure-requests>). A stolen token cannot be
    /// used without it.
    pub(crate) fn proof(&self, access_token: &str) -> String {
        let tag = hmac::sign(&self.0, access_token.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether Facebook has signed `message`. The comparison takes constant time.
    pub(crate) fn has_signed(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 2 of RFC 4231, §4.3.
    #[test]
    fn the_proof_is_the_hmac_of_the_token() {
        let secret = AppSecret::new("Jefe").unwrap();
        let (message, tag) =
            ("what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(secret.proof(message), tag);
    }

    #[test]
    fn an_empty_secret_is_refused() {
        assert_eq!(AppSecret::new("").err().unwrap().code(), "internal");
    }
}
