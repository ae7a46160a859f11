//! The caller of a route.

use crate::{
    ids::{AccountId, SessionId},
    time::Timestamp,
};

/// The account and the session that an access token proves.
///
/// A store takes `&Caller` and no account id for an action of a person. So no request can name the
/// object of another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account that acts.
    pub account: AccountId,
    /// The session in which it acts.
    pub session: SessionId,
    /// When the access token was issued. A balance refuses tokens that were issued before its
    /// `valid_from`. That is how the end of all sessions stops spending at once.
    pub issued_at: Timestamp,
}
