//! A verified sign-in, and the person who signs in.

use crate::{device::device, rotation::RefreshSecret};
use kernel::{Acceptance, AccountId, Ids, SessionId, Timestamp};
use std::fmt;

/// Longest text of an IP address: IPv6 with an embedded IPv4 address.
const IP_CHARS: usize = 45;

/// A person, as a partner's verified answer describes them.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The partner's name in keys, such as `google`.
    pub provider: &'static str,
    /// The partner's issuer.
    pub issuer: String,
    /// The person's id at that issuer.
    pub subject: String,
    /// The mail address, if the partner gave one.
    pub email: Option<String>,
    /// Whether the partner has verified the address.
    pub email_verified: bool,
    /// Whether the address is a relay of the partner, which the person can switch off there.
    pub is_private_email: bool,
    /// The name, if the partner gave one.
    pub name: Option<String>,
    /// The address of the picture, https, if the partner gave one.
    pub picture_url: Option<String>,
    /// The partner's refresh token, if it gave one. The caller has sealed it for this identity alone; this
    /// crate never sees it plain.
    pub sealed_token: Option<String>,
}

/// Without what the partner said, so that no log gets it.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// The session that a browser had before a sign-in. Only a session that the secret proves is ended.
#[derive(Clone)]
pub(crate) struct FormerSession {
    pub(crate) account: AccountId,
    pub(crate) session: SessionId,
    pub(crate) secret: RefreshSecret,
}

/// A verified sign-in. Its ids are made once, so that each round of the transaction writes the
/// same items.
#[derive(Clone)]
pub struct SignIn {
    /// The new session.
    pub session: SessionId,
    /// The secret of its first refresh token.
    pub secret: RefreshSecret,
    /// The time of the sign-in.
    pub at: Timestamp,
    pub(crate) ip: String,
    pub(crate) device: String,
    pub(crate) mark: String,
    pub(crate) former: Option<FormerSession>,
    pub(crate) acceptance: Acceptance,
}

impl SignIn {
    /// A sign-in at `now` from the address `ip` with a `User-Agent`.
    #[must_use]
    pub fn new(ip: &str, user_agent: &str, ids: &Ids, now: Timestamp) -> Self {
        Self {
            session: SessionId::new(ids.uuid_v7(now)),
            secret: RefreshSecret::fresh(ids),
            at: now,
            ip: ip.chars().take(IP_CHARS).collect(),
            device: device(user_agent),
            mark: format!("{:08x}", u32::from_be_bytes(ids.bytes())),
            former: None,
            acceptance: Acceptance::default(),
        }
    }

    /// The same sign-in from a page that showed this. An account that the sign-in creates keeps it; one that exists
    /// stays as it is.
    #[must_use]
    pub fn accepting(self, acceptance: Acceptance) -> Self {
        Self { acceptance, ..self }
    }

    /// The same sign-in in a browser that still has the refresh token of a session. The sign-in ends
    /// that session if `secret` proves it: in its transaction, or with
    /// [`AccountStore::end_former_of_another`](crate::AccountStore::end_former_of_another).
    #[must_use]
    pub fn replacing(self, account: AccountId, session: SessionId, secret: RefreshSecret) -> Self {
        Self { former: Some(FormerSession { account, session, secret }), ..self }
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("session", &self.session).field("at", &self.at).finish_non_exhaustive()
    }
}
