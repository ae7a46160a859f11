//! The Ed25519 keys that sign webhooks.

use super::settings::FakeFalSettings;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// The key pair of a seed. Any 32 bytes are a seed.
pub(super) fn pair(seed: &[u8; 32]) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

/// The published keys: RFC 8037.
pub(super) fn key_set(settings: &FakeFalSettings) -> Value {
    let keys = settings.seeds.iter().filter_map(|seed| {
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair(seed)?.public_key());
        Some(json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": x }))
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}
