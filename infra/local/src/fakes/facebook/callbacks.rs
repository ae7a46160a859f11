//! The callbacks of a person who removes our app, or who wants their data deleted.
//!
//! Source: "Data Deletion Request Callback" in Meta's documentation for developers: the signature
//! is an HMAC over the encoded text.

use super::{knobs::FacebookCallbackMode, settings::FakeFacebookSettings};
use crate::fakes::deliveries::{Deliveries, Webhook};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::form_urlencoded::Serializer;

/// Pauses before a callback is sent again, in seconds. Meta does not document them.
pub(super) const PAUSES_S: &[i64] = &[5, 60, 600];

/// How long a request for deletion is valid, in seconds.
const LIFE_S: i64 = 60 * 60;

/// An act of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacebookCallback {
    /// Removed our app.
    Deauthorize,
    /// Asked that we delete their data.
    DataDeletion,
}

/// One callback.
#[derive(Debug, Clone)]
pub struct SignedCallback {
    pub(super) kind: FacebookCallback,
    pub(super) user_id: String,
    pub(super) at: Timestamp,
    pub(super) mode: FacebookCallbackMode,
}

/// Queues a callback in its mode.
pub(super) fn queue(deliveries: &mut Deliveries<SignedCallback>, callback: &SignedCallback) {
    let times = match callback.mode {
        FacebookCallbackMode::Never => 0,
        FacebookCallbackMode::Twice => 2,
        _ => 1,
    };
    for _ in 0..times {
        deliveries.push(callback.clone(), callback.at);
    }
}

impl SignedCallback {
    /// The request that carries it.
    pub fn request(&self, id: u64, settings: &FakeFacebookSettings) -> Webhook {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let form = Serializer::new(String::new()).append_pair("signed_request", &self.signed(settings)).finish();
        let url = match self.kind {
            FacebookCallback::Deauthorize => settings.deauthorize_url.clone(),
            FacebookCallback::DataDeletion => settings.deletion_url.clone(),
        };
        Webhook { id, url, headers, body: Bytes::from(form) }
    }

    fn signed(&self, settings: &FakeFacebookSettings) -> String {
        let algorithm = match self.mode {
            FacebookCallbackMode::OtherAlgorithm => "HMAC-SHA1",
            _ => "HMAC-SHA256",
        };
        let issued_at = self.at.as_second();
        let mut data = json!({ "algorithm": algorithm, "issued_at": issued_at, "user_id": self.user_id });
        if self.kind == FacebookCallback::DataDeletion {
            data["expires"] = (issued_at + LIFE_S).into();
        }
        let payload = BASE64_URL_SAFE_NO_PAD.encode(data.to_string());
        let secret = match self.mode {
            FacebookCallbackMode::OtherSecret => "another secret",
            _ => settings.app_secret.as_str(),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!("{}.{payload}", BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, payload.as_bytes())))
    }
}
