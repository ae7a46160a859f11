//! Callers whose session was found alive in the store.

use crate::{items::Session, keys, store::AccountStore};
use aws::{Item, Table};
use kernel::{AccountId, Caller, Error, Result, Timestamp};

/// A caller whose session was alive when it was read. Every operation that spends, buys, uploads,
/// changes or deletes demands one, because an access token outlives its session by up to ten
/// minutes.
///
/// [`AccountStore::require_fresh`] reads the session. [`FreshCaller::from_session`] checks a
/// session that a batch has read with other items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshCaller(Caller);

impl FreshCaller {
    /// The caller, if the session is alive at `now`. `item` is the session's item, which a batch has
    /// read at [`AccountStore::session_key`].
    ///
    /// # Errors
    /// `unauthenticated` when the session is missing, has ended or has expired; `internal` when the
    /// item does not parse.
    pub fn from_session(caller: &Caller, item: Option<Item>, now: Timestamp) -> Result<Self> {
        Self::check(caller, item.map(aws::read).transpose()?, now)
    }

    fn check(caller: &Caller, session: Option<Session>, now: Timestamp) -> Result<Self> {
        match session {
            Some(session) if session.session == caller.session && session.tokens.may_act(now) => {
                Ok(Self(caller.clone()))
            }
            _ => Err(Error::Unauthenticated),
        }
    }

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
        FreshCaller::check(caller, session, now)
    }

    /// The table and the sort key of the caller's session, for a batch read.
    #[must_use]
    pub fn session_key(&self, caller: &Caller) -> (&Table, String) {
        (self.table(), keys::session(caller.session))
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
