//! Signing keys.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::{Generate, PrivateKey, pkcs1::EncodeRsaPrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// An RSA key. Making one takes a while, so the tests share two.
pub(crate) struct Key(PrivateKey);

impl Key {
    pub(crate) fn ours() -> &'static Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    pub(crate) fn strangers() -> &'static Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    fn make() -> Self {
        Self(PrivateKey::generate())
    }

    pub(crate) fn modulus(&self) -> Vec<u8> {
        self.0.n_bytes().into_vec()
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let part = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
            "n": part(self.modulus()), "e": part(self.0.e_bytes().into_vec()),
        })
    }

    pub(crate) fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.encoding()).unwrap()
    }

    /// A token with exactly these texts, for headers and claims that the library does not write.
    pub(crate) fn sign_texts(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.encoding(), Algorithm::RS256).unwrap();
        format!("{message}.{signature}")
    }

    fn encoding(&self) -> EncodingKey {
        EncodingKey::from_rsa_der(self.0.to_pkcs1_der().unwrap().as_bytes())
    }
}

/// A header of RS256 with this key id and without a type, as Apple writes it.
pub(crate) fn header(kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), typ: None, ..Header::new(Algorithm::RS256) }
}

/// The public point of [`apple_key_der`], uncompressed (SEC 1 §2.3.3).
pub(crate) const APPLE_KEY_PUBLIC: [&str; 2] =
    ["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"];

/// The private key of the example in RFC 7515 appendix A.3, in the form of Apple's file: PKCS#8 (RFC 5208)
/// around an `ECPrivateKey` (RFC 5915) that names the curve and has the public point.
pub(crate) fn apple_key_der() -> Vec<u8> {
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let mut der = vec![0x30, 0x81, 0x93, 0x02, 0x01, 0x00];
    // id-ecPublicKey, prime256v1.
    der.extend([0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
    der.extend([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    der.extend([0x04, 0x79, 0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20]);
    der.extend(part("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"));
    der.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    der.extend([0xa1, 0x44, 0x03, 0x42, 0x00, 0x04]);
    der.extend(APPLE_KEY_PUBLIC.into_iter().flat_map(part));
    der
}

/// The text of a key file: lines of 64 characters (RFC 7468).
pub(crate) fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let kind = "PRIVATE KEY";
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}
