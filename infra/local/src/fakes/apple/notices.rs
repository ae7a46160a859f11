//! Notifications from server to server.
//!
//! Source of the events: "Processing changes for Sign in with Apple accounts". Source of the
//! claims: the messages that users of the service publish, in which `events` is a text of JSON and
//! `event_time` has milliseconds.

use super::{keys, knobs::AppleNoticeMode, settings::FakeAppleSettings};
use crate::fakes::{
    deliveries::{Deliveries, Webhook},
    sign_in::jwt::signed,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Pauses before a notification is sent again, in seconds. Apple says that it repeats and not when.
pub(super) const PAUSES_S: &[i64] = &[5, 60, 600, 3_600, 14_400, 43_200];

/// How long a notification is valid, in seconds.
const LIFE_S: i64 = 24 * 60 * 60;

/// The kind of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppleEvent {
    /// The person gets no more mail through the relay.
    EmailDisabled,
    /// The person gets mail through the relay again.
    EmailEnabled,
    /// The person has ended our service's access.
    ConsentRevoked,
    /// The person has deleted their account at Apple.
    AccountDelete,
    /// The same under the name in Apple's documentation.
    AccountDeleted,
}

impl AppleEvent {
    /// All of them, for tables of cases.
    pub const ALL: [Self; 5] =
        [Self::EmailDisabled, Self::EmailEnabled, Self::ConsentRevoked, Self::AccountDelete, Self::AccountDeleted];

    /// Whether the authorization of the person ends.
    pub(super) fn ends_authorization(self) -> bool {
        matches!(self, Self::ConsentRevoked | Self::AccountDelete | Self::AccountDeleted)
    }

    fn is_about_mail(self) -> bool {
        matches!(self, Self::EmailDisabled | Self::EmailEnabled)
    }
}

/// One notification.
#[derive(Debug, Clone)]
pub struct AppleNotification {
    pub(super) event: AppleEvent,
    pub(super) subject: String,
    /// The address that we have, and whether it is one of the relay.
    pub(super) email: Option<(String, bool)>,
    pub(super) at: Timestamp,
    /// It stays the same when the notification is sent again.
    pub(super) id: String,
    pub(super) mode: AppleNoticeMode,
}

/// Queues a notification in its mode.
pub(super) fn queue(deliveries: &mut Deliveries<AppleNotification>, notification: &AppleNotification) {
    let times = match notification.mode {
        AppleNoticeMode::Never => 0,
        AppleNoticeMode::Twice => 2,
        _ => 1,
    };
    for _ in 0..times {
        deliveries.push(notification.clone(), notification.at);
    }
}

impl AppleNotification {
    /// The request that carries it, sent at `now`, when Apple has changed its key so many times.
    pub fn signed(&self, id: u64, now: Timestamp, settings: &FakeAppleSettings, rotations: usize) -> Webhook {
        let claims = self.claims(now, settings);
        let (published, strangers) = (keys::current(rotations), keys::strangers());
        let payload = match self.mode {
            AppleNoticeMode::OtherKey => signed(published.id(), &claims, strangers),
            AppleNoticeMode::UnknownKey => signed(strangers.id(), &claims, strangers),
            _ => signed(published.id(), &claims, published),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = Bytes::from(json!({ "payload": payload }).to_string());
        Webhook { id, url: settings.webhook_url.clone(), headers, body }
    }

    fn claims(&self, now: Timestamp, settings: &FakeAppleSettings) -> Value {
        let mut event = json!({ "type": self.event, "sub": self.subject, "event_time": self.at.as_millisecond() });
        if let Some((email, is_private)) = self.email.as_ref().filter(|_| self.event.is_about_mail()) {
            event["email"] = email.as_str().into();
            event["is_private_email"] = is_private.to_string().into();
        }
        let issuer = match self.mode {
            AppleNoticeMode::Issuer => "https://appleid.elsewhere.test",
            _ => settings.issuer(),
        };
        let audience = match self.mode {
            AppleNoticeMode::Audience => "com.another.web",
            AppleNoticeMode::AppId => settings.app_id.as_str(),
            _ => settings.client_id.as_str(),
        };
        json!({
            "iss": issuer,
            "aud": audience,
            "iat": now.as_second(),
            "exp": now.as_second() + LIFE_S,
            "jti": self.id,
            "events": event.to_string(),
        })
    }
}
