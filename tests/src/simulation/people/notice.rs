//! The messages of the partners.

use super::cast::Known;
use crate::{app::App, event::Event};
use jiff::Timestamp;
use local::fakes::{AppleEvent, Webhook, facebook::FacebookCallback};

/// Google's name of the event that ends sessions.
const SESSIONS_REVOKED: &str = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked";

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SessionsRevoked,
    MailDisabled,
    MailEnabled,
    ConsentRevoked,
    AccountDeleted,
    Deauthorised,
    DataDeletion,
}

/// The meaning of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    EndSessions,
    MailDisabled,
    MailEnabled,
    Delete,
}

impl Kind {
    /// The kinds that a partner sends.
    pub(super) fn of(provider: &str) -> &'static [Self] {
        match provider {
            "google" => &[Self::SessionsRevoked],
            "apple" => &[Self::MailDisabled, Self::MailEnabled, Self::ConsentRevoked, Self::AccountDeleted],
            _ => &[Self::Deauthorised, Self::DataDeletion],
        }
    }

    pub(super) fn meaning(self) -> Meaning {
        match self {
            Self::SessionsRevoked | Self::ConsentRevoked | Self::Deauthorised => Meaning::EndSessions,
            Self::MailDisabled => Meaning::MailDisabled,
            Self::MailEnabled => Meaning::MailEnabled,
            Self::AccountDeleted | Self::DataDeletion => Meaning::Delete,
        }
    }

    /// The event about this subject as of now, with the last instant that it covers. Google and Facebook say
    /// whole seconds, and Apple milliseconds.
    pub(super) fn event(self, app: &App, subject: &str) -> (Event, Timestamp) {
        let now = app.world().now();
        let (second, millisecond) = (now.as_second() * 1_000 + 999, now.as_millisecond());
        let apple = |event: AppleEvent| {
            let webhook = app.apple().notice(now, event, subject);
            (Event::recorded("identity-webhook.apple").fill("payload", "").body(&body(&webhook)), millisecond)
        };
        let facebook = |kind: FacebookCallback, recorded: &str| {
            let webhook = app.facebook().callback(now, kind, subject);
            (Event::recorded(recorded).fill("signed_request", "").body(&body(&webhook)), second)
        };
        let (event, at) = match self {
            Self::SessionsRevoked => {
                let token = app.google().security_event(SESSIONS_REVOKED, subject);
                (Event::recorded("identity-webhook").fill("event", &token), second)
            }
            Self::MailDisabled => apple(AppleEvent::EmailDisabled),
            Self::MailEnabled => apple(AppleEvent::EmailEnabled),
            Self::ConsentRevoked => apple(AppleEvent::ConsentRevoked),
            Self::AccountDeleted => apple(AppleEvent::AccountDelete),
            Self::Deauthorised => facebook(FacebookCallback::Deauthorize, "identity-webhook.facebook"),
            Self::DataDeletion => facebook(FacebookCallback::DataDeletion, "identity-webhook.facebook-deletion"),
        };
        (event, Timestamp::from_millisecond(at).expect("the time is in range"))
    }
}

fn body(webhook: &Webhook) -> String {
    String::from_utf8(webhook.body.to_vec()).expect("a message is text")
}

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    pub(super) known: Known,
    pub(super) kind: Kind,
    /// The last instant that it covers.
    pub(super) at: Timestamp,
    pub(super) event: Event,
    /// The deliveries that are left. The last one is repeated until it is acknowledged.
    pub(super) left: usize,
    pub(super) deliveries: usize,
    pub(super) is_acknowledged: bool,
}

/// An acknowledged message about an identity that the account had before and after it. From then on the state of
/// the account shows it.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) account: String,
    pub(super) provider: &'static str,
    pub(super) linked_at: Timestamp,
    pub(super) meaning: Meaning,
    pub(super) at: Timestamp,
}

impl Meaning {
    /// The attribute of an identity with the latest time of these messages.
    pub(super) fn latest(self) -> Option<&'static str> {
        match self {
            Self::EndSessions => Some("sessions_ended_until"),
            Self::MailDisabled => Some("mail_disabled_at"),
            Self::MailEnabled => Some("mail_enabled_at"),
            Self::Delete => None,
        }
    }
}
