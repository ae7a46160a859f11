//! Callers whose session was found alive in the store.

use crate::{items::Session, keys, rotation::RefreshSecret, store::AccountStore};
use aws::{Item, Table};
use kernel::{AccountId, Caller, Error, Result, SessionId, Timestamp};

/// A caller whose session was alive when it was read. Every operation that spends, buys, uploads,
/// changes or deletes demands one, because an access token outlives its session by up to ten
/// minutes.
///
/// [`AccountStore::require_fresh`] reads the session, and so does [`AccountStore::proven_by`].
/// [`FreshCaller::from_session`] checks a session that a batch has read with other items.
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

/// A caller whose session is alive and whose sign-in is recent. The ways to sign in are changed by such a caller
/// alone, so that a stolen token does not become a lasting access to the account.
///
/// Only [`AccountStore::require_recent`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentCaller(FreshCaller);

impl RecentCaller {
    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.0.caller()
    }

    /// The account that acts.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.0.account()
    }
}

impl AccountStore {
    /// Checks in one consistent request that the caller's session is alive, and that it began at most
    /// [`RECENT_SIGN_IN`](kernel::limits::RECENT_SIGN_IN) ago.
    ///
    /// # Errors
    /// `unauthenticated` when it has ended or expired; `sign_in_again` when it began earlier; `unavailable` when AWS
    /// does not answer.
    pub async fn require_recent(&self, caller: &Caller, now: Timestamp) -> Result<RecentCaller> {
        let session: Option<Session> =
            self.table().get(&caller.account.to_string(), &keys::session(caller.session)).await?;
        let is_recent = session.as_ref().is_some_and(|session| session.tokens.began_recently(now));
        let fresh = FreshCaller::check(caller, session, now)?;
        if is_recent { Ok(RecentCaller(fresh)) } else { Err(Error::SignInAgain) }
    }

    /// Checks in one consistent request that the caller's session is alive.
    ///
    /// # Errors
    /// `unauthenticated` when it has ended or expired; `unavailable` when AWS does not answer.
    pub async fn require_fresh(&self, caller: &Caller, now: Timestamp) -> Result<FreshCaller> {
        let session: Option<Session> =
            self.table().get(&caller.account.to_string(), &keys::session(caller.session)).await?;
        FreshCaller::check(caller, session, now)
    }

    /// The caller whose session the `secret` of a refresh token proves, in one consistent request. The
    /// token is not rotated, so it continues the session afterwards as before.
    ///
    /// `None` when a refresh with this token would be refused. The session does not end then.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn proven_by(
        &self,
        account: AccountId,
        session: SessionId,
        secret: &RefreshSecret,
        now: Timestamp,
    ) -> Result<Option<FreshCaller>> {
        let found: Option<Session> = self.table().get(&account.to_string(), &keys::session(session)).await?;
        let proven = found.filter(|found| found.tokens.continues_with(secret, now));
        Ok(proven.map(|_| FreshCaller(Caller { account, session, issued_at: now })))
    }

    /// The table and the sort key of the caller's session, for a batch read.
    #[must_use]
    pub fn session_key(&self, caller: &Caller) -> (&Table, String) {
        (self.table(), keys::session(caller.session))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        rotation::RefreshSecret,
        store::{
            Refreshed,
            tests::{ada, sign_in, store},
        },
    };
    use kernel::{
        Caller,
        limits::{RECENT_SIGN_IN, REFRESH_GRACE, SESSION_IDLE_LIFETIME},
    };
    use std::time::Duration;
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

    #[tokio::test(start_paused = true)]
    async fn a_sign_in_is_recent_for_a_quarter_of_an_hour_however_often_it_is_refreshed() {
        let world = World::new(3);
        let (account, begun) = sign_in(&world, &ada()).await;
        let caller = Caller { account, session: begun.session, issued_at: world.now() };
        let accounts = store(&world);
        world.advance(RECENT_SIGN_IN);
        let (recent, counts) = world.counted(accounts.require_recent(&caller, world.now())).await;
        assert_eq!((recent.unwrap().caller(), counts.aws_total()), (&caller, 1), "{counts}");
        world.advance(Duration::from_millis(1));
        let (ids, now) = (world.ids(), world.now());
        let refreshed = accounts.refresh(account, begun.session, &begun.secret, &ids, now, async || Ok(())).await;
        assert!(matches!(refreshed.unwrap(), Refreshed::Continued { .. }));
        let renewed = Caller { issued_at: now, ..caller.clone() };
        assert_eq!(accounts.require_fresh(&renewed, now).await.unwrap().account(), account);
        assert_eq!(accounts.require_recent(&renewed, now).await.unwrap_err().code(), "sign_in_again");
        accounts.end_session(&caller).await.unwrap();
        assert_eq!(accounts.require_recent(&renewed, now).await.unwrap_err().code(), "unauthenticated");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_token_proves_its_session_in_one_request_and_changes_nothing() {
        let world = World::new(2);
        let (account, begun) = sign_in(&world, &ada()).await;
        let (_, other) = sign_in(&world, &ada()).await;
        let accounts = store(&world);
        let before = world.snapshot();
        let (proven, counts) =
            world.counted(accounts.proven_by(account, begun.session, &begun.secret, world.now())).await;
        let expected = Caller { account, session: begun.session, issued_at: world.now() };
        assert_eq!(proven.unwrap().unwrap().caller(), &expected);
        assert_eq!((counts.aws_total(), counts.of("dynamodb.GetItem")), (1, 1), "{counts}");
        let proves = async |session, secret: &RefreshSecret| {
            accounts.proven_by(account, session, secret, world.now()).await.unwrap().is_some()
        };
        for (session, secret) in [
            (begun.session, &other.secret),
            (other.session, &begun.secret),
            (begun.session, &RefreshSecret::fresh(&world.ids())),
        ] {
            assert!(!proves(session, secret).await);
        }
        world.assert_unchanged(&before);

        let (ids, now) = (world.ids(), world.now());
        let refreshed = accounts.refresh(account, begun.session, &begun.secret, &ids, now, async || Ok(())).await;
        let Refreshed::Continued { secret, .. } = refreshed.unwrap() else { panic!("the session is alive") };
        world.advance(REFRESH_GRACE);
        assert!(proves(begun.session, &begun.secret).await, "the answer with the new token may be lost");
        world.advance(Duration::from_millis(1));
        assert!(!proves(begun.session, &begun.secret).await, "a used token is refused, as a refresh refuses it");
        assert!(proves(begun.session, &secret).await, "and it ends nothing");
        assert!(proves(other.session, &other.secret).await);
        let caller = Caller { account, session: other.session, issued_at: world.now() };
        accounts.end_session(&caller).await.unwrap();
        assert!(!proves(other.session, &other.secret).await, "the session has ended");
        world.advance(SESSION_IDLE_LIFETIME);
        assert!(!proves(begun.session, &secret).await, "the session has expired");
    }
}
