//! The local stage's secrets, new at each start.

use crate::{error::LocalError, fakes::AppleClientKey};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair},
};
use std::collections::BTreeMap;

/// The secrets by their names in SSM, and the public halves of two of them.
#[derive(Debug, Clone)]
pub struct LocalSecrets {
    values: BTreeMap<&'static str, String>,
    session_public_key: String,
    apple_public_key: Vec<u8>,
}

impl LocalSecrets {
    /// New secrets, and the client secret of Google.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn generate(google_client_secret: &str) -> Result<Self, LocalError> {
        let seed: [u8; 32] = random()?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(LocalError::during("the session key"))?;
        let apple = AppleClientKey::generate().ok_or_else(|| LocalError::new("the key for Apple cannot be made"))?;
        let values = BTreeMap::from([
            ("apple-private-key", apple.pem),
            ("bfl-api-key", BASE64_URL_SAFE_NO_PAD.encode(random::<24>()?)),
            ("erasure-hash-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("facebook-app-secret", hex::encode(random::<16>()?)),
            ("fal-api-key", BASE64_URL_SAFE_NO_PAD.encode(random::<24>()?)),
            ("google-client-secret", google_client_secret.to_owned()),
            ("network-hash-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("receipt-signing-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("order-mac-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("partner-token-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("pseudonym-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("replicate-api-token", format!("r8_{}", BASE64_URL_SAFE_NO_PAD.encode(random::<24>()?))),
            ("replicate-webhook-secret", format!("whsec_{}", BASE64_STANDARD.encode(random::<24>()?))),
            ("session-signing-key", BASE64_URL_SAFE_NO_PAD.encode(seed)),
            ("sign-in-sealing-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
            ("stripe-secret-key", format!("sk_test_{}", BASE64_URL_SAFE_NO_PAD.encode(random::<24>()?))),
            ("stripe-webhook-secret", format!("whsec_{}", BASE64_URL_SAFE_NO_PAD.encode(random::<24>()?))),
            ("webhook-mac-key", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)),
        ]);
        let session_public_key = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        Ok(Self { values, session_public_key, apple_public_key: apple.public })
    }

    /// The value of a secret, if there is one with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The key that verifies access tokens, in base64url.
    #[must_use]
    pub fn session_public_key(&self) -> &str {
        &self.session_public_key
    }

    /// The key that verifies our client secrets at Apple: an uncompressed point of P-256.
    #[must_use]
    pub fn apple_public_key(&self) -> &[u8] {
        &self.apple_public_key
    }
}

fn random<const N: usize>() -> Result<[u8; N], LocalError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(LocalError::during("randomness"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_starts_share_no_secret() {
        let (one, other) = (LocalSecrets::generate("g1").unwrap(), LocalSecrets::generate("g2").unwrap());
        for (name, value) in one.iter() {
            assert_ne!(Some(value), other.get(name), "{name} must be made anew");
        }
        assert_ne!(one.session_public_key(), other.session_public_key());
        assert_ne!(one.apple_public_key(), other.apple_public_key());
        assert_eq!(one.apple_public_key().len(), 65, "an uncompressed point of P-256");
    }
}
