//! A message of a partner in our own words.

use crate::provider::IdentityProvider;
use kernel::Timestamp;
use std::fmt;

/// A verified message of a partner about one of its users.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityNotice {
    /// The partner.
    pub provider: IdentityProvider,
    /// The id of the user at the partner, as ID tokens have it. `None` if the message names nobody whom we
    /// could know, as a test message does.
    pub subject: Option<String>,
    /// The meaning.
    pub kind: NoticeKind,
    /// The last instant that the message covers. A message that gives whole seconds covers that whole
    /// second, so it ends at 999 milliseconds. A sign-in after this instant is not meant.
    pub at: Timestamp,
}

impl fmt::Debug for IdentityNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityNotice")
            .field("provider", &self.provider)
            .field("kind", &self.kind)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// The meaning of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// The person, or the partner, wants the sessions to end that began by this identity.
    EndSessions,
    /// Mail to the partner's relay address is switched off.
    MailDisabled,
    /// Mail to the partner's relay address is switched on.
    MailEnabled,
    /// The identity does not exist any more, or the person wants its data erased.
    IdentityDeleted,
    /// A test of the connection.
    Test,
    /// A message that means nothing to us.
    Other,
}
