//! RSA keys, made when the first test needs them. They are the same in every run and
//! worth nothing.

use crate::Random;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{rand::SystemRandom, signature};
use rsa::{
    PrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::OnceLock};

/// Keys that the world's Google goes through as it rotates; then it begins anew.
const ROTATING: usize = 3;

static KEYS: [OnceLock<Key>; ROTATING + 1] = [const { OnceLock::new() }; ROTATING + 1];

/// A key to sign with, and its public half.
pub(super) struct Key {
    pub(super) id: String,
    private: signature::RsaKeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// The key that Google signs with after this many rotations.
pub(super) fn current(rotations: usize) -> &'static Key {
    key(rotations % ROTATING)
}

/// A key that is not Google's.
pub(super) fn strangers() -> &'static Key {
    key(ROTATING)
}

/// The keys that Google publishes: the current one, and the one before.
pub(super) fn key_set(rotations: usize) -> Value {
    let keys = [Some(rotations), rotations.checked_sub(1)].into_iter().flatten().map(current).map(Key::published);
    json!({ "keys": keys.collect::<Vec<_>>() })
}

impl Key {
    fn published(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": BASE64_URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": BASE64_URL_SAFE_NO_PAD.encode(&self.exponent),
        })
    }

    /// The signature of RS256, which rests on no chance. Simulations sign in thousands of times,
    /// and the crate that makes the keys takes five times as long.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.private.public().modulus_len()];
        let signed = self.private.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.expect("a message can be signed");
        signature
    }

    /// What an attacker knows of the key, to misuse as a shared secret.
    pub(super) fn modulus(&self) -> &[u8] {
        &self.modulus
    }
}

fn key(index: usize) -> &'static Key {
    KEYS[index].get_or_init(|| {
        let mut chance = Chance(Random::stream(index as u64, "rsa"));
        let id = chance.0.hex(40);
        let private = PrivateKey::new(&mut chance, 2048).expect("a key can be made");
        let der = private.to_pkcs1_der().expect("a key can be written");
        Key {
            id,
            private: signature::RsaKeyPair::from_der(der.as_bytes()).expect("a key can be read"),
            modulus: private.n_bytes().into_vec(),
            exponent: private.e_bytes().into_vec(),
        }
    })
}

/// The seed's chance where RSA wants a cryptographic source: good enough for keys that
/// protect nothing.
struct Chance(Random);

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.0.next_u64() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Chance {}
