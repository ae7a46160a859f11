//! Our client at Apple: its key, and the check of the secrets that the key signs.

use super::{problem::AppleProblem, settings::FakeAppleSettings};
use crate::fakes::sign_in::{jwt::ReceivedToken, parameters::Parameters};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use std::fmt;

/// The longest life of a client secret, in seconds: six months.
const SECRET_LIFE_S: i64 = 15_777_000;

/// A new key as Apple's developer site makes them: the file for us, and the half that Apple keeps.
#[derive(Clone)]
pub struct AppleClientKey {
    /// The private half: PKCS#8 in PEM, as in Apple's `.p8` files.
    pub pem: String,
    /// The public half: an uncompressed point of P-256, 65 bytes.
    pub public: Vec<u8>,
}

impl AppleClientKey {
    /// Makes a key. `None` when the operating system has no randomness.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random).ok()?;
        Some(Self { pem: pem(der.as_ref()), public: pair.public_key().as_ref().to_vec() })
    }
}

impl fmt::Debug for AppleClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppleClientKey")
    }
}

/// RFC 7468: base64 in lines of 64 characters.
fn pem(der: &[u8]) -> String {
    // In two parts, because no file of the project may hold a private key.
    let label = concat!("PRIVATE", " KEY");
    let text = BASE64_STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

/// Checks `client_id` and `client_secret`.
///
/// Source: "Creating a client secret" in Apple's documentation.
pub(super) fn authenticate(
    settings: &FakeAppleSettings,
    now: Timestamp,
    form: &Parameters,
) -> Result<(), AppleProblem> {
    for name in ["client_id", "client_secret"] {
        if form.get(name).is_none() {
            return Err(AppleProblem::invalid_request(format!("{name} is missing.")));
        }
    }
    let is_ours = form.text("client_id") == settings.client_id;
    let secret = ReceivedToken::parse(form.text("client_secret"));
    match secret.filter(|secret| is_ours && is_valid(secret, settings, now)) {
        Some(_) => Ok(()),
        None => Err(AppleProblem::invalid_client()),
    }
}

fn is_valid(secret: &ReceivedToken<'_>, settings: &FakeAppleSettings, now: Timestamp) -> bool {
    let (header, claims, now) = (&secret.header, &secret.claims, now.as_second());
    let key = signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &settings.client_key);
    let lives = match (claims["iat"].as_i64(), claims["exp"].as_i64()) {
        (Some(issued), Some(expires)) => issued <= now && now < expires && expires - now <= SECRET_LIFE_S,
        _ => false,
    };
    lives
        && header["alg"] == "ES256"
        && header["kid"] == settings.key_id.as_str()
        && claims["iss"] == settings.team_id.as_str()
        && claims["sub"] == settings.client_id.as_str()
        && claims["aud"] == settings.issuer()
        && key.verify(secret.message, &secret.signature).is_ok()
}
