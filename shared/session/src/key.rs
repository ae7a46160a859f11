//! Key material in its text form.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result};

/// Decodes 32 bytes of key material from base64url. `name` is the subject of the error's text.
///
/// # Errors
/// `internal` when the text has another form or another length.
pub(crate) fn key_bytes(text: &str, name: &str) -> Result<[u8; 32]> {
    URL_SAFE_NO_PAD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Error::internal(format!("{name} must be 32 bytes in base64url without padding")))
}
