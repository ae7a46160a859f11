//! The end of sessions at the request of their account's person.

use crate::{
    fresh::FreshCaller,
    items::Session,
    keys,
    sign_in::SignIn,
    store::{AccountStore, end},
};
use aws::{Change, Condition, Decision, WriteOutcome, all, any, transact};
use kernel::{AccountId, Caller, Error, Ids, Result, SessionId, Timestamp};

/// Most sessions that one transaction ends. DynamoDB accepts 100 items, and the change of an identity writes five
/// others. An account has at most [`SESSIONS_MAX`](kernel::limits::SESSIONS_MAX) sessions unless it is older than that
/// limit.
const AT_ONCE: usize = 50;

impl AccountStore {
    /// Ends the caller's session in one request: its refresh token becomes invalid. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn end_session(&self, caller: &Caller) -> Result<()> {
        let session = self.table().delete(&caller.account.to_string(), &keys::session(caller.session));
        session.apply().await.map(drop)
    }

    /// Ends one session of the caller's account, in one request. A session that has ended stays ended.
    /// May be repeated.
    ///
    /// # Errors
    /// `not_found` when the account has no such session, or its item is gone; `unavailable` when AWS
    /// does not answer.
    pub async fn end_one_session(&self, caller: &FreshCaller, session: SessionId, now: Timestamp) -> Result<()> {
        let update = self.table().update(&caller.account().to_string(), &keys::session(session));
        let is_open = all([Condition::Exists, Condition::Missing("ended_at")]);
        match end(update, now).when(is_open).apply().await? {
            WriteOutcome::Applied(_) | WriteOutcome::ConditionFailed(Some(_)) => Ok(()),
            WriteOutcome::ConditionFailed(None) => Err(Error::NotFound),
        }
    }

    /// Ends the session that the browser of a sign-in had, if it is of another account than `account` and
    /// its secret proves it. Takes one request, or none if the browser had no such session. The sign-in's
    /// own transaction has ended a former session of the same account.
    ///
    /// May be repeated. If a run ends before this, its browser has not got the new cookies, so its next
    /// sign-in ends the session.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn end_former_of_another(&self, account: AccountId, sign_in: &SignIn) -> Result<()> {
        let Some(former) = sign_in.former.as_ref().filter(|former| former.account != account) else { return Ok(()) };
        let hash = former.secret.hash();
        // The condition is the rule `TokenFamily::is_proven_by`, so the session need not be read.
        let is_proven = any([Condition::text("current_hash", hash.clone()), Condition::text("previous_hash", hash)]);
        let session = self.table().delete(&former.account.to_string(), &keys::session(former.session));
        session.when(is_proven).apply().await.map(drop)
    }

    /// Ends every session of the caller's account but the caller's own, which must be alive. Takes two
    /// requests, or one when there is no other. Sessions that begin meanwhile continue. May be repeated.
    ///
    /// # Errors
    /// `unauthenticated` when the caller's session has ended or expired; `unavailable` when AWS does not
    /// answer.
    pub async fn end_other_sessions(&self, caller: &Caller, ids: &Ids, now: Timestamp) -> Result<()> {
        while transact(self.db(), ids, async || self.decide_end_of_others(caller, now).await).await? {}
        Ok(())
    }

    /// The changes that remove the items of these sessions. An account of before the limit of sessions may have more
    /// than fit in a transaction: those that do not fit are removed at once, one request for each.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub(crate) async fn removal_changes(&self, pk: &str, mut sessions: Vec<SessionId>) -> Result<Vec<Change>> {
        for session in sessions.split_off(sessions.len().min(AT_ONCE)) {
            self.table().delete(pk, &keys::session(session)).apply().await?;
        }
        sessions.into_iter().map(|session| self.table().delete(pk, &keys::session(session)).into_change()).collect()
    }

    /// Decides which sessions to end. The answer says whether more are left.
    async fn decide_end_of_others(&self, caller: &Caller, now: Timestamp) -> Result<Decision<bool>> {
        let pk = caller.account.to_string();
        let sessions: Vec<Session> = self.table().query(&pk).prefix(keys::SESSION).all().await?;
        let (own, others): (Vec<_>, Vec<_>) = sessions
            .into_iter()
            .filter(|session| session.tokens.is_alive(now))
            .partition(|session| session.session == caller.session);
        if own.is_empty() {
            return Err(Error::Unauthenticated);
        }
        if others.is_empty() {
            return Ok(Decision::Answer(false));
        }
        let ending = others.iter().take(AT_ONCE);
        let changes =
            ending.map(|other| end(self.table().update(&pk, &keys::session(other.session)), now).into_change());
        Ok(Decision::Commit(changes.collect::<Result<_>>()?, others.len() > AT_ONCE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rotation::RefreshSecret,
        sign_in::Person,
        store::{
            Refreshed,
            tests::{ada, proven, sign_in, store},
        },
    };
    use std::time::Duration;
    use testkit::{Fault, Faults, World};

    fn caller(world: &World, account: AccountId, of: &SignIn) -> Caller {
        Caller { account, session: of.session, issued_at: world.now() }
    }

    async fn fresh(world: &World, account: AccountId, of: &SignIn) -> Result<FreshCaller> {
        store(world).require_fresh(&caller(world, account, of), world.now()).await
    }

    async fn refresh(world: &World, account: AccountId, of: &SignIn) -> Refreshed {
        store(world).refresh(account, of.session, &of.secret, &world.ids(), world.now(), async || Ok(())).await.unwrap()
    }

    async fn alive(world: &World, account: AccountId, of: &[&SignIn]) -> Vec<bool> {
        let mut alive = Vec::new();
        for of in of {
            alive.push(fresh(world, account, of).await.is_ok());
        }
        alive
    }

    #[tokio::test(start_paused = true)]
    async fn one_session_is_ended_in_one_request_and_again_without_effect() {
        let world = World::new(1);
        let (account, laptop) = sign_in(&world, &ada()).await;
        let (_, phone) = sign_in(&world, &ada()).await;
        let by = fresh(&world, account, &laptop).await.unwrap();
        let accounts = store(&world);
        let (ended, counts) = world.counted(accounts.end_one_session(&by, phone.session, world.now())).await;
        assert_eq!((ended.is_ok(), counts.aws_total()), (true, 1), "{counts}");
        assert_eq!(alive(&world, account, &[&laptop, &phone]).await, [true, false]);
        assert_eq!(refresh(&world, account, &phone).await, Refreshed::Ended);
        let before = world.snapshot();
        world.advance(Duration::from_secs(60));
        store(&world).end_one_session(&by, phone.session, world.now()).await.unwrap();
        world.assert_unchanged(&before);
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_of_another_account_is_not_found_and_stays() {
        let world = World::new(1);
        let (hers, laptop) = sign_in(&world, &ada()).await;
        let (other, theirs) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
        let by = fresh(&world, hers, &laptop).await.unwrap();
        let before = world.snapshot();
        for session in [theirs.session, proven(&world).session] {
            let refused = store(&world).end_one_session(&by, session, world.now()).await;
            assert_eq!(refused.unwrap_err().code(), "not_found");
        }
        world.assert_unchanged(&before);
        assert!(fresh(&world, other, &theirs).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn all_others_are_ended_in_two_requests_and_then_in_one() {
        let world = World::new(1);
        let (account, laptop) = sign_in(&world, &ada()).await;
        let (_, phone) = sign_in(&world, &ada()).await;
        let (_, tablet) = sign_in(&world, &ada()).await;
        let (_, theirs) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
        let (store, by) = (store(&world), caller(&world, account, &phone));
        let ids = world.ids();
        for requests in [2, 1] {
            let (ended, counts) = world.counted(store.end_other_sessions(&by, &ids, world.now())).await;
            ended.unwrap();
            assert_eq!(counts.aws_total(), requests, "{counts}");
            assert_eq!(alive(&world, account, &[&laptop, &phone, &tablet]).await, [false, true, false]);
        }
        assert_ne!(theirs.session, phone.session);
        let refused = store.end_other_sessions(&caller(&world, account, &laptop), &ids, world.now()).await;
        assert_eq!(refused.unwrap_err().code(), "unauthenticated", "an ended session ends no other");
        assert_eq!(alive(&world, account, &[&phone]).await, [true]);
    }

    #[tokio::test(start_paused = true)]
    async fn more_sessions_than_one_transaction_holds_are_ended_too() {
        let world = World::new(1);
        let (account, laptop) = sign_in(&world, &ada()).await;
        for _ in 0..2 * AT_ONCE + 1 {
            let session = Session::of(&proven(&world));
            let table = store(&world).table().clone();
            table.put(&account.to_string(), &keys::session(session.session), &session).apply().await.unwrap();
        }
        let (ids, by) = (world.ids(), caller(&world, account, &laptop));
        store(&world).end_other_sessions(&by, &ids, world.now()).await.unwrap();
        let sessions: Vec<Session> =
            store(&world).table().query(&account.to_string()).prefix(keys::SESSION).all().await.unwrap();
        let left: Vec<_> = sessions.into_iter().filter(|session| session.tokens.is_alive(world.now())).collect();
        assert_eq!(left.iter().map(|session| session.session).collect::<Vec<_>>(), [laptop.session]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_whose_answer_was_lost_is_found_by_the_next_round() {
        for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict] {
            let world = World::new(1);
            let (account, laptop) = sign_in(&world, &ada()).await;
            let (_, phone) = sign_in(&world, &ada()).await;
            world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
            let (ids, by) = (world.ids(), caller(&world, account, &laptop));
            store(&world).end_other_sessions(&by, &ids, world.now()).await.unwrap();
            assert_eq!(alive(&world, account, &[&laptop, &phone]).await, [true, false], "{fault:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_refreshes_and_an_ending_at_once_leave_the_session_ended() {
        for seed in 0..30 {
            let world = World::new(seed);
            let (account, laptop) = sign_in(&world, &ada()).await;
            let (_, phone) = sign_in(&world, &ada()).await;
            let by = fresh(&world, account, &laptop).await.unwrap();
            let slowly = |_: &testkit::OutsideCall, random: &mut testkit::Random| {
                Some(Fault::Delay(Duration::from_millis(random.below(20) as u64)))
            };
            world.inject(Faults::with(slowly));
            let now = world.now();
            let accounts = store(&world);
            let ending = async {
                match seed % 2 {
                    0 => accounts.end_one_session(&by, phone.session, now).await,
                    _ => accounts.end_other_sessions(by.caller(), &world.ids(), now).await,
                }
            };
            let (one, two, ended) =
                tokio::join!(refresh(&world, account, &phone), refresh(&world, account, &phone), ending);
            world.inject(Faults::none());
            ended.unwrap();
            for refreshed in [&one, &two] {
                assert_ne!(*refreshed, Refreshed::Reused, "seed {seed}: two tabs are no thief");
                if let Refreshed::Continued { secret, .. } = refreshed {
                    let next = store(&world)
                        .refresh(account, phone.session, secret, &world.ids(), world.now(), async || Ok(()))
                        .await;
                    assert_eq!(next.unwrap(), Refreshed::Ended, "seed {seed}: the successor must be invalid");
                }
            }
            assert_eq!(alive(&world, account, &[&laptop, &phone]).await, [true, false], "seed {seed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_former_session_of_another_account_ends_if_its_secret_proves_it() {
        let world = World::new(9);
        let (hers, laptop) = sign_in(&world, &ada()).await;
        let (_, phone) = sign_in(&world, &ada()).await;
        let (his, begun) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
        let accounts = store(&world);
        let stranger = RefreshSecret::fresh(&world.ids());
        let after =
            |account, session, secret: &RefreshSecret| proven(&world).replacing(account, session, secret.clone());
        let before = world.snapshot();
        for (what, sign_in) in [
            ("another secret", after(hers, laptop.session, &stranger)),
            ("the secret of another session", after(hers, laptop.session, &phone.secret)),
            ("a session of nobody", after(hers, begun.session, &begun.secret)),
        ] {
            accounts.end_former_of_another(his, &sign_in).await.unwrap();
            world.assert_unchanged(&before);
            assert_eq!(alive(&world, hers, &[&laptop, &phone]).await, [true, true], "{what}");
        }
        for sign_in in [after(his, begun.session, &begun.secret), proven(&world)] {
            let (ended, counts) = world.counted(accounts.end_former_of_another(his, &sign_in)).await;
            assert_eq!((ended.is_ok(), counts.aws_total()), (true, 0), "no session of another account: {counts}");
        }
        // The browser did not get the answer to its last refresh, so it has the token before.
        refresh(&world, hers, &laptop).await;
        let signs_in = after(hers, laptop.session, &laptop.secret);
        let (ended, counts) = world.counted(accounts.end_former_of_another(his, &signs_in)).await;
        assert_eq!((ended.is_ok(), counts.aws_total()), (true, 1), "{counts}");
        assert_eq!(alive(&world, hers, &[&laptop, &phone]).await, [false, true]);
        assert_eq!(alive(&world, his, &[&begun]).await, [true]);
        accounts.end_former_of_another(his, &signs_in).await.unwrap();
    }
}
