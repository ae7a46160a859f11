//! Verifies the messages of all partners.

use super::{
    apple_event::Notification,
    notice::{IdentityNotice, NoticeKind},
    refusal::NoticeRefusal,
    security_events::SecurityEvents,
    signed_request,
};
use crate::{
    facebook::AppSecret,
    token::{Issuer, RsaKeySet, Signed, TokenType, verified_claims},
    urls::parse_configured,
};
use kernel::{Error, Result, Timestamp};
use net::Http;
use serde::Deserialize;
use std::fmt;

/// The largest message, in bytes. Those of partners have about 2,000.
const MESSAGE_BYTES: usize = 16 * 1024;

/// The names and keys by which messages are verified.
#[derive(Clone)]
pub struct NoticeSettings {
    /// Our client ids at Google. A message for any of them is accepted.
    pub google_client_ids: Vec<String>,
    /// The issuer, `https://accounts.google.com`.
    pub google_issuer: String,
    /// The URL of Google's key set (JWKS).
    pub google_jwks_url: String,
    /// Our client ids at Apple: the Services ID, and the App IDs in whose name Apple may send. A message for any of
    /// them is accepted.
    pub apple_client_ids: Vec<String>,
    /// The issuer, `https://appleid.apple.com`.
    pub apple_issuer: String,
    /// The URL of Apple's key set (JWKS).
    pub apple_jwks_url: String,
    /// The secrets of our app at Facebook: the current one, and one that is being replaced. A message by any of them
    /// is accepted.
    pub facebook_app_secrets: Vec<String>,
}

impl fmt::Debug for NoticeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoticeSettings")
    }
}

/// Verifies messages that partners send by themselves. Caches the signing keys of Google and Apple.
///
/// A message that the partner has not signed, not for us, or more than 14 days ago is refused, and so is a signed
/// message of an unknown form: [`NoticeRefusal`]. If the keys cannot be fetched, the refusal is `unavailable`, and the
/// partner sends the message again.
pub struct NoticeVerifier {
    google_client_ids: Vec<String>,
    google_issuer: Issuer,
    google_keys: RsaKeySet,
    apple_client_ids: Vec<String>,
    apple_issuer: Issuer,
    apple_keys: RsaKeySet,
    facebook: Vec<AppSecret>,
}

impl NoticeVerifier {
    /// A verifier with these settings.
    ///
    /// # Errors
    /// `internal` if a URL does not parse, or one of Facebook's app secrets is empty.
    pub fn new(http: Http, settings: NoticeSettings) -> Result<Self> {
        for url in [&settings.google_jwks_url, &settings.apple_jwks_url] {
            parse_configured("key set", url)?;
        }
        let secrets = settings.facebook_app_secrets.iter().map(|secret| AppSecret::new(secret));
        Ok(Self {
            google_client_ids: settings.google_client_ids,
            google_issuer: Issuer::google_events(settings.google_issuer),
            google_keys: RsaKeySet::new(http.clone(), settings.google_jwks_url),
            apple_client_ids: settings.apple_client_ids,
            apple_issuer: Issuer::exactly(settings.apple_issuer),
            apple_keys: RsaKeySet::new(http, settings.apple_jwks_url),
            facebook: secrets.collect::<Result<_>>()?,
        })
    }

    /// The notices in a message of Google. `body` is a security event token in the compact form (RFC 8935
    /// §2). One token may have several events.
    ///
    /// # Errors
    /// [`NoticeRefusal`].
    pub async fn google(&self, body: &[u8], now: Timestamp) -> Result<Vec<IdentityNotice>, NoticeRefusal> {
        check_size(body)?;
        let token = std::str::from_utf8(body).map_err(|_| NoticeRefusal::NotSigned)?.trim_ascii();
        let events = verified_claims::<SecurityEvents>(token, TokenType::SecurityEvent, &self.google_keys, now).await?;
        claims(events)?.notices(&self.google_issuer, &self.google_client_ids, now)
    }

    /// The notice in a message of Apple. `body` is `{"payload": "<JWT>"}`. A key that is unknown yet is refused as a wrong
    /// one: Apple sends a message again after every refusal.
    ///
    /// # Errors
    /// [`NoticeRefusal`].
    pub async fn apple(&self, body: &[u8], now: Timestamp) -> Result<IdentityNotice, NoticeRefusal> {
        #[derive(Deserialize)]
        struct Message {
            payload: String,
        }
        check_size(body)?;
        let Message { payload } = serde_json::from_slice(body).map_err(|_| NoticeRefusal::NotSigned)?;
        let event = verified_claims::<Notification>(&payload, TokenType::Plain, &self.apple_keys, now).await?;
        let event = claims(event).map_err(|refusal| match refusal {
            NoticeRefusal::UnknownKey => NoticeRefusal::NotSigned,
            refusal => refusal,
        })?;
        event.notice(&self.apple_issuer, &self.apple_client_ids, now)
    }

    /// The notice in a message of Facebook. `kind` is the meaning of the URL that the message came to:
    /// [`NoticeKind::EndSessions`] when the person removed our app, [`NoticeKind::IdentityDeleted`] when
    /// they asked for the deletion of their data.
    ///
    /// # Errors
    /// [`NoticeRefusal`].
    pub fn facebook(
        &self,
        signed_request: &str,
        kind: NoticeKind,
        now: Timestamp,
    ) -> Result<IdentityNotice, NoticeRefusal> {
        check_size(signed_request.as_bytes())?;
        signed_request::verify(&self.facebook, signed_request, kind, now)
    }
}

/// The claims of a signed message. Claims of another form are those of another kind of token.
fn claims<T>(of: Signed<T>) -> Result<T, NoticeRefusal> {
    match of {
        Signed::Claims(claims) => Ok(claims),
        Signed::Unreadable => Err(NoticeRefusal::NotForUs),
        Signed::UnknownYet => Err(NoticeRefusal::UnknownKey),
        Signed::Not => Err(NoticeRefusal::NotSigned),
    }
}

fn check_size(message: &[u8]) -> Result<()> {
    match message.len() <= MESSAGE_BYTES {
        true => Ok(()),
        false => Err(Error::BodyTooLarge { limit: MESSAGE_BYTES }),
    }
}

impl fmt::Debug for NoticeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoticeVerifier")
    }
}
