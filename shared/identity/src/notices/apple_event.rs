//! Apple's server-to-server notifications
//! (<https://developer.apple.com/documentation/signinwithapple/processing-changes-for-sign-in-with-apple-accounts>).

use super::{
    age::{covered, last_instant},
    notice::{IdentityNotice, NoticeKind},
    refusal::{NoticeRefusal, check_addressee},
};
use crate::{
    profile,
    provider::IdentityProvider,
    token::{Audience, Issuer},
};
use kernel::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

/// An `event_time` below this number is in seconds; from it on, in milliseconds. It is the year 5138 in
/// seconds and 1973 in milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

/// The claims of the notification.
#[derive(Deserialize)]
pub(super) struct Notification {
    iss: String,
    aud: Audience,
    iat: f64,
    /// JSON as text. An object is accepted too. Apple signs its ID tokens with the same keys, and they have none.
    events: Option<Value>,
    /// Only ID tokens have one.
    nonce: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Event {
    r#type: String,
    sub: Option<String>,
    /// Apple's documentation shows seconds. Its messages have milliseconds.
    event_time: Option<f64>,
}

impl Notification {
    /// The notice in a notification with a verified signature.
    ///
    /// # Errors
    /// A [`NoticeRefusal`] of a signed message.
    pub(super) fn notice(
        self,
        issuer: &Issuer,
        client_ids: &[String],
        now: Timestamp,
    ) -> Result<IdentityNotice, NoticeRefusal> {
        let Some(events) = self.events.filter(|_| self.nonce.is_none()) else { return Err(NoticeRefusal::NoMessage) };
        check_addressee(issuer.is(&self.iss), &self.aud, client_ids)?;
        let sent_at = covered(self.iat, now).ok_or(NoticeRefusal::NotForUs)?;
        let event = match events {
            Value::String(text) => serde_json::from_str(&text),
            value => serde_json::from_value(value),
        };
        let Event { r#type, sub, event_time } = event.map_err(|_| NoticeRefusal::UnknownForm)?;
        let kind = match r#type.as_str() {
            "email-disabled" => NoticeKind::MailDisabled,
            "email-enabled" => NoticeKind::MailEnabled,
            "consent-revoked" => NoticeKind::EndSessions,
            "account-delete" | "account-deleted" => NoticeKind::IdentityDeleted,
            _ => NoticeKind::Other,
        };
        let subject = sub.and_then(profile::subject);
        if kind != NoticeKind::Other && subject.is_none() {
            return Err(NoticeRefusal::UnknownForm);
        }
        let at = match event_time {
            // An event cannot happen after the message about it.
            Some(time) => happened_at(time).ok_or(NoticeRefusal::UnknownForm)?.min(sent_at),
            None => sent_at,
        };
        Ok(IdentityNotice { provider: IdentityProvider::Apple, subject, kind, at })
    }
}

fn happened_at(event_time: f64) -> Option<Timestamp> {
    if event_time < MILLISECONDS_FROM {
        return last_instant(event_time);
    }
    (event_time <= 2.5e14)
        .then_some(event_time as i64)
        .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
}
