//! Verifies the messages of all partners.

use super::{
    apple_event::Notification,
    notice::{IdentityNotice, NoticeKind, not_signed},
    security_events::SecurityEvents,
    signed_request,
};
use crate::{
    facebook::AppSecret,
    token::{Issuer, RsaKeySet, TokenType, verified_claims},
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
    /// Our Services ID at Apple.
    pub apple_client_id: String,
    /// The issuer, `https://appleid.apple.com`.
    pub apple_issuer: String,
    /// The URL of Apple's key set (JWKS).
    pub apple_jwks_url: String,
    /// The secret of our app at Facebook.
    pub facebook_app_secret: String,
}

impl fmt::Debug for NoticeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoticeSettings")
    }
}

/// Verifies messages that partners send by themselves. Caches the signing keys of Google and Apple.
///
/// A message that the partner has not signed, not for us, or more than 14 days ago is `bad_signature`. A
/// signed message of an unknown form is `malformed`. If the keys cannot be fetched, the error is
/// `unavailable`, and the partner sends the message again.
pub struct NoticeVerifier {
    google_client_ids: Vec<String>,
    google_issuer: Issuer,
    google_keys: RsaKeySet,
    apple_client_id: String,
    apple_issuer: Issuer,
    apple_keys: RsaKeySet,
    facebook: AppSecret,
}

impl NoticeVerifier {
    /// A verifier with these settings.
    ///
    /// # Errors
    /// `internal` if a URL does not parse, or Facebook's app secret is empty.
    pub fn new(http: Http, settings: NoticeSettings) -> Result<Self> {
        for url in [&settings.google_jwks_url, &settings.apple_jwks_url] {
            parse_configured("key set", url)?;
        }
        Ok(Self {
            google_client_ids: settings.google_client_ids,
            google_issuer: Issuer::google_events(settings.google_issuer),
            google_keys: RsaKeySet::new(http.clone(), settings.google_jwks_url),
            apple_client_id: settings.apple_client_id,
            apple_issuer: Issuer::exactly(settings.apple_issuer),
            apple_keys: RsaKeySet::new(http, settings.apple_jwks_url),
            facebook: AppSecret::new(&settings.facebook_app_secret)?,
        })
    }

    /// The notices in a message of Google. `body` is a security event token in the compact form (RFC 8935
    /// §2). One token may have several events.
    ///
    /// # Errors
    /// `body_too_large`, `bad_signature`, `malformed`, `unavailable`.
    pub async fn google(&self, body: &[u8], now: Timestamp) -> Result<Vec<IdentityNotice>> {
        check_size(body)?;
        let token = std::str::from_utf8(body).map_err(|_| not_signed())?.trim_ascii();
        let events = verified_claims::<SecurityEvents>(token, TokenType::SecurityEvent, &self.google_keys, now).await?;
        events.ok_or_else(not_signed)?.notices(&self.google_issuer, &self.google_client_ids, now)
    }

    /// The notice in a message of Apple. `body` is `{"payload": "<JWT>"}`.
    ///
    /// # Errors
    /// `body_too_large`, `bad_signature`, `malformed`, `unavailable`.
    pub async fn apple(&self, body: &[u8], now: Timestamp) -> Result<IdentityNotice> {
        #[derive(Deserialize)]
        struct Message {
            payload: String,
        }
        check_size(body)?;
        let Message { payload } = serde_json::from_slice(body).map_err(|_| not_signed())?;
        let claims = verified_claims::<Notification>(&payload, TokenType::Plain, &self.apple_keys, now).await?;
        claims.ok_or_else(not_signed)?.notice(&self.apple_issuer, &self.apple_client_id, now)
    }

    /// The notice in a message of Facebook. `kind` is the meaning of the URL that the message came to:
    /// [`NoticeKind::EndSessions`] when the person removed our app, [`NoticeKind::IdentityDeleted`] when
    /// they asked for the deletion of their data.
    ///
    /// # Errors
    /// `body_too_large`, `bad_signature`, `malformed`.
    pub fn facebook(&self, signed_request: &str, kind: NoticeKind, now: Timestamp) -> Result<IdentityNotice> {
        check_size(signed_request.as_bytes())?;
        signed_request::verify(&self.facebook, signed_request, kind, now)
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
