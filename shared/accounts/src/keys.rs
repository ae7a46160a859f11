//! The sort keys of an account's partition in the table `Accounts`, and the reverse keys that lead
//! to the account.

use kernel::{DocumentVersion, SessionId, Timestamp};

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

/// The prefix of the sort keys of choices about consent. The time of the choice follows.
pub const CONSENT: &str = "consent#";

/// The prefix of the sort keys of notices about documents. The document and its version follow.
pub const ACCEPTANCE: &str = "acceptance#";

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

/// The sort key of a choice. The time has a fixed width, so that the texts sort by time. The same choice about the same
/// kind at the same time is one item.
#[must_use]
pub fn consent(chosen_at: Timestamp, kind: &str, choice: &str) -> String {
    format!("{CONSENT}{chosen_at:.3}-{kind}-{choice}")
}

/// The sort key of the notice about one version of a document.
#[must_use]
pub fn acceptance(document: &str, version: DocumentVersion) -> String {
    format!("{ACCEPTANCE}{document}#{version}")
}

/// The partition of the reverse key that leads from a partner's subject to the account.
#[must_use]
pub fn reverse(provider: &str, subject: &str) -> String {
    format!("{provider}#{subject}")
}
