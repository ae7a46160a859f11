//! The stored items.

use crate::{
    consents::{choice::Consents, notice::Notices},
    pictures::copy::{PictureCopy, StoredPicture, shown},
    preferences::Preferences,
    rotation::TokenFamily,
    sign_in::{Person, SignIn},
};
use kernel::{AccountId, DocumentVersion, Error, Result, SessionId, Timestamp, later, limits::SIGN_IN_LOG_LIFETIME};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The attribute of a profile with the time of a granted objection.
pub(crate) const NO_ADDRESSES_SINCE: &str = "no_addresses_since";

/// The source of a name that the person set. Every other source is the name of a partner in keys.
pub(crate) const PERSON: &str = "person";

/// A person's profile: what the partners sent last, and what the person set.
///
/// `name_from`, `email_from` and `picture_from` say where a field came from: the partner's name in keys, such
/// as `google`, or `person` for a name that the person set. A field without a source is older than the
/// sources, and came from the identity that was linked first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The account.
    pub account: AccountId,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the name came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_from: Option<String>,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the partner has verified the address.
    pub email_verified: bool,
    /// Where the address came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_from: Option<String>,
    /// The address of the picture at the partner. Nobody but `copy-picture` requests it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_url: Option<String>,
    /// Where the picture came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_from: Option<String>,
    /// The outcome of a look at the picture at an address, which may be an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureCopy>,
    /// The preferences that the person chose.
    #[serde(default)]
    pub preferences: Preferences,
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
    /// A digest of the identities after their last change by a link, its removal or a partner's notice. Each
    /// of these changes it, so that two at once do not both decide on the same identities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identities_version: Option<String>,
    /// When the person's objection to the addresses in the sign-in log was granted. From then on the
    /// log keeps none.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub no_addresses_since: Option<Timestamp>,
    /// The version of the privacy policy that the page of the first sign-in showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<DocumentVersion>,
    /// The version of the terms that the page of the first sign-in showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_version: Option<DocumentVersion>,
    /// The age that the person declared at the first sign-in to have reached, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_age: Option<u8>,
    /// The last choices. The rows of the choices are the proof.
    #[serde(default, skip_serializing_if = "Consents::is_empty")]
    pub consents: Consents,
    /// The newest versions of documents of which the person got a notice. The rows of the notices are the proof.
    #[serde(default, skip_serializing_if = "Notices::is_empty")]
    pub notices: Notices,
}

impl Profile {
    pub(crate) fn born(account: AccountId, person: &Person, sign_in: &SignIn) -> Self {
        let from = |field: &Option<String>| field.as_ref().map(|_| person.provider.to_owned());
        Self {
            account,
            name: person.name.clone(),
            name_from: from(&person.name),
            email: person.email.clone(),
            email_verified: person.email_verified,
            email_from: from(&person.email),
            picture_url: person.picture_url.clone(),
            picture_from: from(&person.picture_url),
            picture: None,
            preferences: Preferences::default(),
            plan: None,
            created_at: sign_in.at,
            signed_in_at: sign_in.at,
            last_session: Some(sign_in.session),
            identities_version: None,
            no_addresses_since: None,
            policy_version: sign_in.acceptance.policy,
            terms_version: sign_in.acceptance.terms,
            declared_age: sign_in.acceptance.age,
            consents: Consents::default(),
            notices: Notices::default(),
        }
    }

    /// The copy of the picture that is shown to the person.
    #[must_use]
    pub fn shown_picture(&self) -> Option<&StoredPicture> {
        shown(self.picture_url.as_deref(), self.picture_from.as_deref(), self.picture.as_ref())
    }
}

/// A person's identity at a partner, with what the partner said last. Provider and subject determine the
/// reverse key that leads to the account. Items that are older than the fields after `linked_at` lack them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) linked_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) email_verified: bool,
    /// Whether the address is a relay of the partner.
    #[serde(default)]
    pub(crate) is_private_email: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) picture_url: Option<String>,
    /// The partner's refresh token, sealed by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// When the token was stored.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) token_at: Option<Timestamp>,
    /// The partner has ended every session that began until then.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) sessions_ended_until: Option<Timestamp>,
    /// When the partner said last that the address takes no mail.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) mail_disabled_at: Option<Timestamp>,
    /// When the partner said last that the address takes mail again.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) mail_enabled_at: Option<Timestamp>,
}

impl Identity {
    /// The identity of a person who signs in with it, or links it, for the first time.
    pub(crate) fn of(person: &Person, now: Timestamp) -> Self {
        let linked = Self {
            provider: person.provider.to_owned(),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            linked_at: now,
            email: None,
            email_verified: false,
            is_private_email: false,
            name: None,
            picture_url: None,
            token: None,
            token_at: None,
            sessions_ended_until: None,
            mail_disabled_at: None,
            mail_enabled_at: None,
        };
        linked.refreshed(person, now)
    }

    /// The identity after the partner has sent the person again. A field that the partner leaves out stays,
    /// also the token: Apple sends the name and a token only sometimes. The picture does not stay: a partner that
    /// has one sends its address each time.
    pub(crate) fn refreshed(&self, person: &Person, now: Timestamp) -> Self {
        let mut next = self.clone();
        if let Some(email) = &person.email {
            next.email = Some(email.clone());
            next.email_verified = person.email_verified;
            next.is_private_email = person.is_private_email;
        }
        if let Some(name) = &person.name {
            next.name = Some(name.clone());
        }
        next.picture_url.clone_from(&person.picture_url);
        if let Some(token) = &person.sealed_token {
            next.token = Some(token.clone());
            next.token_at = Some(now);
        }
        next
    }

    /// Whether the identity is that of this person.
    ///
    /// # Errors
    /// `internal` when the identity has the same subject and another issuer. Keys have the partner's name and not its
    /// issuer, so it may be another person.
    pub(crate) fn is_of(&self, person: &Person) -> Result<bool> {
        let is_same = self.provider == person.provider && self.subject == person.subject;
        if is_same && self.issuer != person.issuer {
            return Err(Error::internal("the issuer of a known identity is another one"));
        }
        Ok(is_same)
    }

    /// Whether the partner's last word is that the address takes no mail. Of two words of one time, this one
    /// counts.
    pub(crate) fn has_mail_disabled(&self) -> bool {
        self.mail_disabled_at.is_some() && self.mail_disabled_at >= self.mail_enabled_at
    }
}

/// Without what the partner said, so that no log gets it.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("provider", &self.provider)
            .field("linked_at", &self.linked_at)
            .finish_non_exhaustive()
    }
}

/// A partner's identity of a person. The keyed hash of a welcome marker is made of it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// The partner's issuer.
    pub issuer: String,
    /// The person's id at that issuer.
    pub subject: String,
}

/// Without the id, so that no log gets it.
impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Subject {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self { issuer: identity.issuer.clone(), subject: identity.subject.clone() }
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
