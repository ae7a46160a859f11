//! RSA keys of the partners of sign-in, made when they are first needed. A key follows from its
//! name alone, so it is the same in every run, and it protects nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, SHA512, digest},
    rand::SystemRandom,
    signature,
};
use rsa::{
    PrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use std::{convert::Infallible, fmt};

/// The length of a key's id, in characters.
const ID_CHARS: usize = 40;

/// A key to sign with, and its public half.
pub struct RsaKey {
    id: String,
    private: signature::RsaKeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    /// Makes the key of this name, of 2048 bits. It takes a good part of a second.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "a name gives the same key each time, so this fails in every test or in none"
    )]
    pub fn of(name: &str) -> Self {
        let mut id = hex::encode(digest(&SHA256, format!("id of {name}").as_bytes()));
        id.truncate(ID_CHARS);
        let mut chance = Chance { name: name.to_owned(), count: 0, left: Vec::new() };
        let private = PrivateKey::new(&mut chance, 2048).expect("a key can be made");
        let der = private.to_pkcs1_der().expect("a key can be written");
        Self {
            id,
            private: signature::RsaKeyPair::from_der(der.as_bytes()).expect("a key can be read"),
            modulus: private.n_bytes().into_vec(),
            exponent: private.e_bytes().into_vec(),
        }
    }

    /// The id (`kid`).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half as JWK, with the members that Apple and Google publish.
    #[must_use]
    pub fn published(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": BASE64_URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": BASE64_URL_SAFE_NO_PAD.encode(&self.exponent),
        })
    }

    /// The public part of the key, which an attacker may misuse as a shared secret.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The signature of RS256, which uses no chance. `ring` signs five times as fast as the
    /// crate that makes the keys, and simulations sign in thousands of times.
    #[must_use]
    #[allow(clippy::expect_used, reason = "the signature has the length of the modulus, the one thing that can fail")]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.private.public().modulus_len()];
        let signed = self.private.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.expect("a message can be signed");
        signature
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaKey({})", self.id)
    }
}

/// Numbers that follow from a name, as a cryptographic source. For keys that protect no data.
struct Chance {
    name: String,
    count: u64,
    left: Vec<u8>,
}

impl Chance {
    fn byte(&mut self) -> u8 {
        if self.left.is_empty() {
            self.count += 1;
            self.left = digest(&SHA512, format!("{}#{}", self.name, self.count).as_bytes()).as_ref().to_vec();
        }
        self.left.pop().unwrap_or_default()
    }
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(std::array::from_fn(|_| self.byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(std::array::from_fn(|_| self.byte())))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.byte());
        Ok(())
    }
}

impl TryCryptoRng for Chance {}
