//! The sort keys of an account's partition in the table `Accounts`, and the reverse keys that lead
//! to the account.

use kernel::{SessionId, Timestamp};

/// The sort key of the profile.
pub const PROFILE: &str = "profile";

/// The prefix of the sort keys of identities. The provider follows.
pub const IDENTITY: &str = "identity#";

/// The prefix of the sort keys of sessions. The id follows.
pub const SESSION: &str = "session#";

/// A sort key after those of all sessions.
pub const AFTER_SESSIONS: &str = "session#~";

/// The prefix of the sort keys of the sign-in log. The time follows.
pub const SIGN_IN: &str = "signin#";

/// The sort key of the deletion mark. `privacy` claims and erases the mark.
pub const DELETION: &str = "deletion";

/// The sort key of every reverse key.
pub const ACCOUNT: &str = "account";

/// The sort key of an identity.
#[must_use]
pub fn identity(provider: &str) -> String {
    format!("{IDENTITY}{provider}")
}

/// The sort key of a session.
#[must_use]
pub fn session(session: SessionId) -> String {
    format!("{SESSION}{session}")
}

/// The sort key of a sign-in. The time has a fixed width, so that the texts sort by time. The mark
/// distinguishes two sign-ins of the same millisecond.
#[must_use]
pub fn sign_in(at: Timestamp, mark: &str) -> String {
    format!("{SIGN_IN}{at:.3}-{mark}")
}

/// The partition of the reverse key that leads from a partner's subject to the account.
#[must_use]
pub fn reverse(provider: &str, subject: &str) -> String {
    format!("{provider}#{subject}")
}
