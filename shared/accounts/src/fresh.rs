//! A caller whose session is alive right now, by the store.

use crate::{AccountStore, items::Session, keys};
use kernel::{AccountId, Caller, Error, Result, Timestamp};

/// A caller whose session was alive when the store was asked, which is what money and
/// deletion demand: an access token alone outlives its session by up to ten minutes.
///
/// Only [`AccountStore::fresh`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshCaller(Caller);

impl FreshCaller {
    /// Who it is.
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
    /// The caller, if their session is alive. One consistent request.
    ///
    /// # Errors
    /// `unauthenticated` when it was ended or has expired; `unavailable`.
    pub async fn fresh(&self, caller: &Caller, now: Timestamp) -> Result<FreshCaller> {
        let session: Option<Session> =
            self.table().get(&caller.account.to_string(), &keys::session(caller.session)).await?;
        match session {
            Some(session) if session.rotation.is_alive(now) => Ok(FreshCaller(caller.clone())),
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
        assert_eq!(store(&world).fresh(&caller, world.now()).await.unwrap().account(), account);
        let late = world.now() + SESSION_IDLE_LIFETIME;
        assert_eq!(store(&world).fresh(&caller, late).await.unwrap_err().code(), "unauthenticated");
        store(&world).end_session(&caller).await.unwrap();
        assert_eq!(store(&world).fresh(&caller, world.now()).await.unwrap_err().code(), "unauthenticated");
    }
}
