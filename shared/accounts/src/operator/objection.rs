//! The objection of a person (Art. 21 GDPR) to the addresses in the sign-in log.

use crate::{items::NO_ADDRESSES_SINCE, keys, store::AccountStore};
use aws::{Condition, WriteOutcome, all, millis, not};
use kernel::{AccountId, Error, Result, Timestamp};
use serde::Deserialize;

/// The attribute of an entry of the sign-in log.
const IP: &str = "ip";

/// The part of an entry of the sign-in log that matters here.
#[derive(Deserialize)]
struct StoredEntry {
    sk: String,
    ip: Option<String>,
}

impl AccountStore {
    /// Grants the objection: from now on the sign-in log keeps no address of the account, and the
    /// stored ones are removed. Returns the number of removed addresses. May be repeated.
    ///
    /// The mark comes first. So a sign-in either commits before it, and its address is then removed,
    /// or finds the mark and stores none.
    ///
    /// # Errors
    /// `not_found` when the account does not exist; `unavailable` when AWS does not answer; the next
    /// run removes the rest.
    pub async fn stop_keeping_addresses(&self, account: AccountId, now: Timestamp) -> Result<u64> {
        let pk = account.to_string();
        let profile = self.table().update(&pk, keys::PROFILE).set(NO_ADDRESSES_SINCE, millis(now));
        let first = profile.when(all([Condition::Exists, Condition::Missing(NO_ADDRESSES_SINCE)]));
        if let WriteOutcome::ConditionFailed(None) = first.apply().await? {
            return Err(Error::NotFound);
        }
        let mut removed = 0;
        let entries: Vec<StoredEntry> = self.table().query(&pk).prefix(keys::SIGN_IN).all().await?;
        for StoredEntry { sk, .. } in entries.into_iter().filter(|entry| entry.ip.is_some()) {
            let entry = self.table().update(&pk, &sk).remove(IP);
            let has_one = all([Condition::Exists, not(Condition::Missing(IP))]);
            removed += u64::from(matches!(entry.when(has_one).apply().await?, WriteOutcome::Applied(_)));
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sign_in::SignIn,
        store::tests::{ada, proven, sign_in, store},
    };
    use aws::transact;
    use testkit::World;

    /// Signs Ada in once more. Returns the number of rounds of the transaction.
    async fn sign_in_again(world: &World, account: AccountId) -> (SignIn, u32) {
        let (again, mut rounds) = (proven(world), 0);
        let (store, db) = (store(world), world.clients().dynamodb());
        transact(&db, &world.ids(), async || {
            rounds += 1;
            store.decide_sign_in(account, &ada(), &again).await
        })
        .await
        .unwrap();
        (again, rounds)
    }

    async fn addresses(world: &World, account: AccountId) -> Vec<Option<String>> {
        let entries = store(world).table().query(&account.to_string()).prefix(keys::SIGN_IN);
        entries.all::<StoredEntry>().await.unwrap().into_iter().map(|entry| entry.ip).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_granted_objection_removes_the_addresses_and_later_sign_ins_store_none() {
        let world = World::new(1);
        let (account, _) = sign_in(&world, &ada()).await;
        assert_eq!(sign_in_again(&world, account).await.1, 1, "a sign-in takes one round");
        assert_eq!(addresses(&world, account).await.iter().flatten().count(), 2);
        let store = store(&world);
        assert_eq!(store.stop_keeping_addresses(account, world.now()).await.unwrap(), 2);
        assert_eq!(addresses(&world, account).await, [None, None]);

        let (again, rounds) = sign_in_again(&world, account).await;
        assert_eq!(rounds, 1, "the decision reads the profile");
        assert_eq!(addresses(&world, account).await, [None, None, None]);
        let caller = kernel::Caller { account, session: again.session, issued_at: world.now() };
        let caller = store.require_fresh(&caller, world.now()).await.unwrap();
        let listed = store.list_sessions(&caller, world.now()).await.unwrap();
        assert!(listed.len() == 3 && listed.iter().all(|session| session.ip.is_none()));
        let since = store.read_profile(caller.caller()).await.unwrap().unwrap().no_addresses_since;
        assert_eq!(store.stop_keeping_addresses(account, world.now()).await.unwrap(), 0, "it may be repeated");
        assert_eq!(store.read_profile(caller.caller()).await.unwrap().unwrap().no_addresses_since, since);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_in_that_meets_the_grant_stores_no_address() {
        let world = World::new(1);
        let (account, _) = sign_in(&world, &ada()).await;
        let (again, mut rounds) = (proven(&world), 0);
        let (store, db) = (store(&world), world.clients().dynamodb());
        transact(&db, &world.ids(), async || {
            rounds += 1;
            let decided = store.decide_sign_in(account, &ada(), &again).await;
            store.stop_keeping_addresses(account, world.now()).await?;
            decided
        })
        .await
        .unwrap();
        assert_eq!(rounds, 2, "the condition on the profile refuses the first round");
        assert_eq!(addresses(&world, account).await, [None, None]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_objection_does_not_restore_an_erased_account() {
        let world = World::new(1);
        let gone = AccountId::new(world.ids().uuid_v7(world.now()));
        let before = world.snapshot();
        let error = store(&world).stop_keeping_addresses(gone, world.now()).await.unwrap_err();
        assert_eq!(error.code(), "not_found");
        world.assert_unchanged(&before);
    }
}
