//! Session tokens and cookies: how they are written, read and believed.
//!
//! Access tokens are signed and verified without any I/O, so a hot route knows its
//! caller from the public keys in its environment alone. Whether a refresh token still
//! holds is decided where the session is stored, in `accounts`; here is its text form.
//!
//! Cookies carry the `__Host-` prefix: a browser accepts them only with `Secure` and
//! `Path=/` and without `Domain`, so no other host can set or shadow them.

mod attempt;
pub mod cookie;
mod refresh;
mod return_to;
mod seal;
mod token;

pub use attempt::Attempt;
pub use refresh::RefreshToken;
pub use return_to::ReturnTo;
pub use seal::Seal;
pub use token::{AccessToken, Signer, Verifier};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result};

/// 32 bytes of key material from their base64url text.
fn key_bytes(text: &str, what: &str) -> Result<[u8; 32]> {
    URL_SAFE_NO_PAD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Error::internal(format!("{what} must be 32 bytes in base64url without padding")))
}
