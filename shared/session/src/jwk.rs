//! Public keys as JSON Web Keys (RFC 7517, RFC 8037).

use crate::key::key_bytes;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Result;
use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use serde::Serialize;

/// The key type of Ed25519 (RFC 8037 §2).
const KEY_TYPE: &str = "OKP";

/// The curve.
const CURVE: &str = "Ed25519";

/// The only `alg` of our tokens (RFC 8037 §3.1).
pub(crate) const ALGORITHM: &str = "EdDSA";

/// The regular expression of 32 bytes in base64url.
const BYTES_32: &str = "^[A-Za-z0-9_-]{43}$";

/// An Ed25519 public key that verifies access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Jwk {
    /// The type of the key (RFC 8037).
    #[schemars(extend("const" = KEY_TYPE))]
    kty: &'static str,
    /// The curve.
    #[schemars(extend("const" = CURVE))]
    crv: &'static str,
    /// The use of the key: signatures.
    #[serde(rename = "use")]
    #[schemars(extend("const" = "sig"))]
    usage: &'static str,
    /// The algorithm of the tokens.
    #[schemars(extend("const" = ALGORITHM))]
    alg: &'static str,
    /// The id of the key, its thumbprint (RFC 7638). The header of a token names it.
    #[schemars(regex(pattern = BYTES_32))]
    kid: String,
    /// The key, in base64url.
    #[schemars(regex(pattern = BYTES_32))]
    x: String,
}

impl Jwk {
    /// The key of these 32 bytes.
    pub(crate) fn new(public_key: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public_key);
        Self { kty: KEY_TYPE, crv: CURVE, usage: "sig", alg: ALGORITHM, kid: thumbprint(&x), x }
    }

    /// The id of the key, which the header of each of its tokens has as `kid`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.kid
    }

    /// The key in base64url, as `SESSION_PUBLIC_KEYS` lists it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.x
    }
}

/// A set of public keys: the current one, and previous ones whose tokens may still be valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JwkSet {
    /// The keys. The current one comes first.
    #[schemars(length(min = 1))]
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// The set of comma-separated base64url public keys, in their order.
    ///
    /// # Errors
    /// `internal` when there is no key, or one that is not 32 bytes.
    pub fn from_public_keys(keys: &str) -> Result<Self> {
        Ok(Self { keys: parse_keys(keys)?.iter().map(|key| Jwk::new(key)).collect() })
    }
}

/// The bytes of comma-separated base64url public keys.
///
/// # Errors
/// `internal` when there is no key, or one that is not 32 bytes.
pub(crate) fn parse_keys(keys: &str) -> Result<Vec<[u8; 32]>> {
    keys.split(',').map(|text| key_bytes(text, "a session public key")).collect()
}

/// The id of a key: its JWK thumbprint (RFC 7638 §3, RFC 8037 §2), of the required members alone.
fn thumbprint(x: &str) -> String {
    let jwk = format!(r#"{{"crv":"{CURVE}","kty":"{KEY_TYPE}","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The key of RFC 8037 appendix A, and its thumbprint.
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

    #[test]
    fn the_set_has_every_key_with_its_thumbprint() {
        let other = URL_SAFE_NO_PAD.encode([7; 32]);
        let set = serde_json::to_value(JwkSet::from_public_keys(&format!("{PUBLIC}, {other}")).unwrap()).unwrap();
        let key = json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": KID, "x": PUBLIC});
        assert_eq!(set["keys"][0], key);
        assert_eq!(set["keys"][1]["x"], other);
        assert_ne!(set["keys"][1]["kid"], KID);
        assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_set_with_a_key_that_is_none_is_refused() {
        for bad in ["", "AAAA", "not base64!", &format!("{PUBLIC},"), &format!("{PUBLIC} {PUBLIC}")] {
            assert!(JwkSet::from_public_keys(bad).is_err(), "{bad:?} must not pass");
        }
    }
}
