//! RSA keys, made when the first test needs them. They are the same in every run and
//! protect nothing.

use crate::random::Random;
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

/// The number of keys among which the world's Google rotates.
const ROTATING: usize = 3;

static KEYS: [OnceLock<SigningKey>; ROTATING + 1] = [const { OnceLock::new() }; ROTATING + 1];

/// A key to sign with, and its public half.
pub(super) struct SigningKey {
    pub(super) id: String,
    private: signature::RsaKeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// The key that Google signs with after this many rotations.
pub(super) fn current(rotations: usize) -> &'static SigningKey {
    key(rotations % ROTATING)
}

/// A key that is not Google's.
pub(super) fn strangers() -> &'static SigningKey {
    key(ROTATING)
}

/// The keys that Google publishes: the current one, and the one before.
pub(super) fn key_set(rotations: usize) -> Value {
    let keys =
        [Some(rotations), rotations.checked_sub(1)].into_iter().flatten().map(current).map(SigningKey::published);
    json!({ "keys": keys.collect::<Vec<_>>() })
}

impl SigningKey {
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

    /// The signature of RS256, which uses no chance. `ring` signs five times as fast as the
    /// crate that makes the keys, and simulations sign in thousands of times.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.private.public().modulus_len()];
        let signed = self.private.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.expect("a message can be signed");
        signature
    }

    /// The public part of the key, which an attacker may misuse as a shared secret.
    pub(super) fn modulus(&self) -> &[u8] {
        &self.modulus
    }
}

fn key(index: usize) -> &'static SigningKey {
    KEYS[index].get_or_init(|| {
        let mut chance = Chance(Random::stream(index as u64, "rsa"));
        let id = chance.0.hex(40);
        let private = PrivateKey::new(&mut chance, 2048).expect("a key can be made");
        let der = private.to_pkcs1_der().expect("a key can be written");
        SigningKey {
            id,
            private: signature::RsaKeyPair::from_der(der.as_bytes()).expect("a key can be read"),
            modulus: private.n_bytes().into_vec(),
            exponent: private.e_bytes().into_vec(),
        }
    })
}

/// The seed's random numbers as a cryptographic source, for keys that protect no data.
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
