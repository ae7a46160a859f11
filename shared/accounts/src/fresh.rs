//! Callers whose session is alive by the store.

use crate::{items::Session, keys, store::AccountStore};
use kernel::{AccountId, Caller, Error, Result, Timestamp};

/// A caller whose session was alive when the store was asked. Payment and deletion demand one,
/// because an access token alone outlives its session by up to ten minutes.
///
/// Only [`AccountStore::require_fresh`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshCaller(Caller);

impl FreshCaller {
    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.0
    }

    /// The account that acts.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.0.account
    }
}

impl AccountStore {
    /// Checks in one consistent request that the caller's session is alive.
    ///
    /// # Errors
    /// `unauthenticated` when it has ended or expired; `unavailable` when AWS does not answer.
    pub async fn require_fresh(&self, caller: &Caller, now: Timestamp) -> Result<FreshCaller> {
        let session: Option<Session> =
            self.table().get(&caller.account.to_string(), &keys::session(caller.session)).await?;
        match session {
            Some(session) if session.tokens.is_alive(now) => Ok(FreshCaller(caller.clone())),
            _ => Err(Error::Unauthenticated),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::store::tests::{ada, sign_in, store};
    use kernel::{Caller, limits::SESSION_IDLE_LIFETIME};
    use testkit::World;

    #[tokio::test(start_paused = true)]
    async fn a_caller_is_fresh_while_the_session_lives_in_the_store() {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        let caller = Caller { account, session: begun.session, issued_at: world.now() };
        assert_eq!(store(&world).require_fresh(&caller, world.now()).await.unwrap().account(), account);
        let late = world.now() + SESSION_IDLE_LIFETIME;
        assert_eq!(store(&world).require_fresh(&caller, late).await.unwrap_err().code(), "unauthenticated");
        store(&world).end_session(&caller).await.unwrap();
        assert_eq!(store(&world).require_fresh(&caller, world.now()).await.unwrap_err().code(), "unauthenticated");
    }
}
