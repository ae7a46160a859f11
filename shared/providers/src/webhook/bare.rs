//! Webhooks of Black Forest Labs: an HMAC over the body alone (<https://docs.bfl.ai>). The time is
//! not signed, so a recorded webhook can be replayed for ever. That is harmless: a webhook is only
//! a hint, and its secret belongs to one job.

use super::check::header;
use http::HeaderMap;
use kernel::{Error, Result};
use ring::hmac;

/// The header with the signature.
const SIGNATURE: &str = "x-bfl-signature";

/// Checks `sha256=<hex>` over the raw `body` with any of the secrets, in constant time.
///
/// # Errors
/// `bad_signature`.
pub(super) fn verify(secrets: impl Iterator<Item = String>, headers: &HeaderMap, body: &[u8]) -> Result<()> {
    let tag = header(headers, SIGNATURE)?.strip_prefix("sha256=").ok_or(Error::BadSignature)?;
    let tag = hex::decode(tag).map_err(|_| Error::BadSignature)?;
    let key = |secret: String| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    match secrets.map(key).any(|key| hmac::verify(&key, body, &tag).is_ok()) {
        true => Ok(()),
        false => Err(Error::BadSignature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 2 of RFC 4231, §4.3.
    const SECRET: &str = "Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const SIGNATURE_OF_IT: &str = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    fn verified(secrets: &[&str], signature: Option<&str>, body: &[u8]) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert(SIGNATURE, signature.parse().unwrap());
        }
        verify(secrets.iter().map(|secret| (*secret).to_owned()), &headers, body).is_ok()
    }

    #[test]
    fn a_body_verifies_with_any_of_the_secrets() {
        assert!(verified(&[SECRET], Some(SIGNATURE_OF_IT), BODY));
        assert!(verified(&["other", SECRET], Some(SIGNATURE_OF_IT), BODY));
        assert!(verified(&[SECRET], Some(&SIGNATURE_OF_IT.to_uppercase().replace("SHA256", "sha256")), BODY));
    }

    /// The sample code of the vendor throws if the lengths differ.
    #[test]
    fn a_changed_webhook_is_refused() {
        let half = &SIGNATURE_OF_IT[..40];
        for signature in [None, Some(""), Some("sha256="), Some(half), Some(&SIGNATURE_OF_IT[7..]), Some("sha256=zz")] {
            assert!(!verified(&[SECRET], signature, BODY), "{signature:?}");
        }
        assert!(!verified(&[SECRET], Some(SIGNATURE_OF_IT), b"what do ya want for something?"));
        assert!(!verified(&["other"], Some(SIGNATURE_OF_IT), BODY));
        assert!(!verified(&[], Some(SIGNATURE_OF_IT), BODY));
    }
}
