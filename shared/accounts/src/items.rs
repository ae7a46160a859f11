//! The stored items.

use crate::{
    rotation::TokenFamily,
    sign_in::{Person, SignIn},
};
use kernel::{AccountId, SessionId, Timestamp, later, limits::SIGN_IN_LOG_LIFETIME};
use serde::{Deserialize, Serialize};

/// The attribute of a profile with the time of a granted objection.
pub(crate) const NO_ADDRESSES_SINCE: &str = "no_addresses_since";

/// A person's profile, as the partner sent it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The account.
    pub account: AccountId,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the partner has verified the address.
    pub email_verified: bool,
    /// The address of the picture, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_url: Option<String>,
    /// The plan, once the person has bought one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// When the account was created.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When the person last signed in.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub signed_in_at: Timestamp,
    /// The session of the last sign-in. Each sign-in changes it, so that two at once do not both decide
    /// on the same sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_session: Option<SessionId>,
    /// When the person's objection to the addresses in the sign-in log was granted. From then on the
    /// log keeps none.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub no_addresses_since: Option<Timestamp>,
}

impl Profile {
    pub(crate) fn born(account: AccountId, person: &Person, sign_in: &SignIn) -> Self {
        Self {
            account,
            name: person.name.clone(),
            email: person.email.clone(),
            email_verified: person.email_verified,
            picture_url: person.picture_url.clone(),
            plan: None,
            created_at: sign_in.at,
            signed_in_at: sign_in.at,
            last_session: Some(sign_in.session),
            no_addresses_since: None,
        }
    }
}

/// A person's identity at a partner. Provider and subject determine the reverse key that leads to
/// the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) linked_at: Timestamp,
}

impl Identity {
    pub(crate) fn of(person: &Person, now: Timestamp) -> Self {
        Self {
            provider: person.provider.to_owned(),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            linked_at: now,
        }
    }
}

/// The item of a reverse key: the account that it leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reverse {
    pub(crate) account: AccountId,
}

/// A signed-in browser. It has no IP address: the sign-in log has it and is kept for 90 days, but a
/// session may last longer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) session: SessionId,
    pub(crate) device: String,
    #[serde(flatten)]
    pub(crate) tokens: TokenFamily,
}

impl Session {
    pub(crate) fn of(sign_in: &SignIn) -> Self {
        Self {
            session: sign_in.session,
            device: sign_in.device.clone(),
            tokens: TokenFamily::begin(&sign_in.secret, sign_in.at),
        }
    }
}

/// One entry of the sign-in log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignInEntry {
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) at: Timestamp,
    /// Missing where the person has objected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<String>,
    pub(crate) device: String,
    pub(crate) provider: String,
    pub(crate) session: SessionId,
    /// The time to live. DynamoDB removes expired items late.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub(crate) expires_at: Timestamp,
}

impl SignInEntry {
    /// The entry of a sign-in. It has no address if the person has objected.
    pub(crate) fn of(sign_in: &SignIn, provider: &str, has_objected: bool) -> Self {
        Self {
            at: sign_in.at,
            ip: (!has_objected).then(|| sign_in.ip.clone()),
            device: sign_in.device.clone(),
            provider: provider.to_owned(),
            session: sign_in.session,
            expires_at: later(sign_in.at, SIGN_IN_LOG_LIFETIME),
        }
    }
}
