//! A verified sign-in, and the person who signs in.

use crate::{device::device, rotation::RefreshSecret};
use kernel::{Ids, SessionId, Timestamp};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Longest text of an IP address: IPv6 with an embedded IPv4 address.
const IP_CHARS: usize = 45;

/// A person, as a partner's verified ID token describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The name, if the partner gave one.
    pub name: Option<String>,
    /// The address of the picture, https, if the partner gave one.
    pub picture_url: Option<String>,
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
    ip: String,
    pub(crate) device: String,
    pub(crate) mark: String,
    /// Whether the account keeps no addresses. The first round of the transaction learns it from its
    /// failed condition, so that no sign-in needs a read for it.
    objected: Arc<AtomicBool>,
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
            objected: Arc::default(),
        }
    }

    /// The IP address, unless the person has objected to its storage.
    pub(crate) fn address(&self) -> Option<&str> {
        (!self.objected.load(Ordering::Relaxed)).then_some(self.ip.as_str())
    }

    /// A function that remembers the person's objection for the next round of the transaction.
    pub(crate) fn objects(&self) -> impl Fn() + Send + Sync + use<> {
        let objected = self.objected.clone();
        move || objected.store(true, Ordering::Relaxed)
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("session", &self.session).field("at", &self.at).finish_non_exhaustive()
    }
}
