//! The authentication of callers: the signature of the access token, and the session in the store.
//!
//! A function that needs only this uses [`Authenticator`] as its `Deps`. A function that needs more
//! has one in its `Deps`. A route verifies the token first. It reads the session after it has parsed
//! the request, so that a request that cannot be parsed reads nothing.

use accounts::{AccountStore, FreshCaller, RecentCaller};
use kernel::{Caller, Result, Timestamp};
use runtime::{Init, http::Request};
use session::Verifier;

/// The verifier of access tokens, and the store of the sessions.
#[derive(Debug)]
pub struct Authenticator {
    verifier: Verifier,
    accounts: AccountStore,
}

impl Authenticator {
    /// Builds both at cold start, from the variables of the verifier and `ACCOUNTS_TABLE`.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { verifier: init.verifier()?, accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?) })
    }

    /// The caller by the access token of the request, without I/O. The token of an ended session stays
    /// valid for up to ten minutes.
    ///
    /// # Errors
    /// `unauthenticated`, `cross_origin`, `other_account`: see [`Request::caller`].
    pub fn caller(&self, request: &Request, now: Timestamp) -> Result<Caller> {
        request.caller(&self.verifier, now)
    }

    /// Checks in one request that the caller's session is alive.
    ///
    /// # Errors
    /// As for [`AccountStore::require_fresh`].
    pub async fn require_fresh(&self, caller: &Caller, now: Timestamp) -> Result<FreshCaller> {
        self.accounts.require_fresh(caller, now).await
    }

    /// Checks in one request that the caller's session is alive and that its sign-in is recent.
    ///
    /// # Errors
    /// As for [`AccountStore::require_recent`].
    pub async fn require_recent(&self, caller: &Caller, now: Timestamp) -> Result<RecentCaller> {
        self.accounts.require_recent(caller, now).await
    }

    /// The store of the accounts and their sessions.
    #[must_use]
    pub fn accounts(&self) -> &AccountStore {
        &self.accounts
    }
}
