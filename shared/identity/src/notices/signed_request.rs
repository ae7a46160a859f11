//! Facebook's signed requests: `<base64url of the signature>.<base64url of the JSON>`
//! (<https://developers.facebook.com/docs/facebook-login/guides/advanced/deauthorize>,
//! <https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback>).

use super::{
    age::covered,
    notice::{IdentityNotice, NoticeKind, not_signed, unknown_form},
};
use crate::{facebook::AppSecret, profile, provider::IdentityProvider, token::TextOrNumber};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Result, Timestamp};
use serde::Deserialize;

/// The only algorithm.
const ALGORITHM: &str = "HMAC-SHA256";

#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    user_id: TextOrNumber,
    issued_at: f64,
}

/// Verifies a signed request. The URL that it came to says what it means, so `kind` is given.
///
/// The signature is over the encoded text and is checked before the JSON is read. It has no audience: the
/// key is the secret of our app.
///
/// # Errors
/// `bad_signature` if Facebook has not signed it, or it is too old; `malformed` if it names no user.
pub(super) fn verify(secret: &AppSecret, text: &str, kind: NoticeKind, now: Timestamp) -> Result<IdentityNotice> {
    let (signature, payload) = text.split_once('.').ok_or_else(not_signed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| not_signed())?;
    if !secret.has_signed(payload.as_bytes(), &signature) {
        return Err(not_signed());
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| unknown_form())?;
    let Payload { algorithm, user_id, issued_at } = serde_json::from_slice(&payload).map_err(|_| unknown_form())?;
    if algorithm != ALGORITHM {
        return Err(not_signed());
    }
    let at = covered(issued_at, now).ok_or_else(not_signed)?;
    let subject = profile::subject(user_id.into_text()).ok_or_else(unknown_form)?;
    Ok(IdentityNotice { provider: IdentityProvider::Facebook, subject: Some(subject), kind, at })
}
