use crate::{AccountId, SessionId, Timestamp};

/// Who is asking, proven by an access token.
///
/// Stores take `&Caller` instead of an account id wherever a person acts, so that
/// another account's object cannot be named at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account that acts.
    pub account: AccountId,
    /// The session in which it acts.
    pub session: SessionId,
    /// When the access token was issued. A balance refuses tokens that were issued
    /// before its `valid_from`, which is how spending stops at once.
    pub issued_at: Timestamp,
}
