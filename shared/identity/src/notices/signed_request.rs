//! Facebook's signed requests: `<base64url of the signature>.<base64url of the JSON>`
//! (<https://developers.facebook.com/docs/facebook-login/guides/advanced/deauthorize>,
//! <https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback>).

use super::{
    age::covered,
    notice::{IdentityNotice, NoticeKind},
    refusal::NoticeRefusal,
};
use crate::{facebook::AppSecret, profile, provider::IdentityProvider, token::TextOrNumber};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Timestamp;
use serde::{Deserialize, de::IgnoredAny};

/// The only algorithm.
const ALGORITHM: &str = "HMAC-SHA256";

#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    user_id: TextOrNumber,
    issued_at: f64,
    /// Only a login of Facebook's JavaScript SDK has one.
    code: Option<IgnoredAny>,
    /// Only a login, or a page inside Facebook, has one.
    oauth_token: Option<IgnoredAny>,
}

/// Verifies a signed request. The URL that it came to says what it means, so `kind` is given.
///
/// The signature is over the encoded text and is checked before the JSON is read. It has no audience: the
/// key is a secret of our app, of which one that is being replaced counts too. With the same secret Facebook signs the
/// logins of its JavaScript SDK, which browsers hold. Such a text is no message to us.
///
/// # Errors
/// A [`NoticeRefusal`].
pub(super) fn verify(
    secrets: &[AppSecret],
    text: &str,
    kind: NoticeKind,
    now: Timestamp,
) -> Result<IdentityNotice, NoticeRefusal> {
    let (signature, payload) = text.split_once('.').ok_or(NoticeRefusal::NotSigned)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NoticeRefusal::NotSigned)?;
    if !secrets.iter().any(|secret| secret.has_signed(payload.as_bytes(), &signature)) {
        return Err(NoticeRefusal::NotSigned);
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| NoticeRefusal::UnknownForm)?;
    let payload: Payload = serde_json::from_slice(&payload).map_err(|_| NoticeRefusal::UnknownForm)?;
    let Payload { algorithm, user_id, issued_at, code, oauth_token } = payload;
    if code.is_some() || oauth_token.is_some() {
        return Err(NoticeRefusal::NoMessage);
    }
    if algorithm != ALGORITHM {
        return Err(NoticeRefusal::NotForUs);
    }
    let at = covered(issued_at, now).ok_or(NoticeRefusal::NotForUs)?;
    let subject = profile::subject(user_id.into_text()).ok_or(NoticeRefusal::UnknownForm)?;
    Ok(IdentityNotice { provider: IdentityProvider::Facebook, subject: Some(subject), kind, at })
}
