//! JSON Web Tokens in compact form.

use super::rsa::RsaKey;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A part of a token.
pub(crate) fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

/// The claims, signed by `key` with RS256 under this key id.
pub(crate) fn signed(key_id: &str, claims: &Value, key: &RsaKey) -> String {
    let message = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": key_id })), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A token that somebody sent. Nothing of it is verified.
#[derive(Debug)]
pub(crate) struct ReceivedToken<'a> {
    pub header: Value,
    pub claims: Value,
    /// The bytes that are signed.
    pub message: &'a [u8],
    pub signature: Vec<u8>,
}

impl<'a> ReceivedToken<'a> {
    /// Takes a token apart.
    pub fn parse(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let read = |part: &str| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
        };
        Some(Self {
            header: read(header)?,
            claims: read(claims)?,
            message: message.as_bytes(),
            signature: BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }
}
