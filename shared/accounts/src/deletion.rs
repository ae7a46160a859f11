//! The mark of a deletion on its account, and the end of sessions that comes with it.

use crate::{AccountStore, items::Session, keys};
use aws::{Change, Condition, Table, WriteOutcome};
use kernel::{AccountId, Result, Timestamp};
use serde::{Deserialize, Serialize};

/// The sort key of the mark. `privacy` claims and erases it.
pub const DELETION: &str = "deletion";

/// A deletion that was asked for, as the account knows it: until the grace period ends it
/// can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionMark {
    /// What the deletion is looked up by.
    pub code: String,
    /// When it was asked for.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub requested_at: Timestamp,
    /// When the purge begins.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub purge_at: Timestamp,
    /// When everything is gone at the latest.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub due_at: Timestamp,
    /// What the account was before, in the word of its balance: a frozen account that
    /// takes its deletion back is frozen again.
    pub before: String,
}

/// A partner's identity, as the keyed hash of a welcome marker is made from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The partner's issuer.
    pub issuer: String,
    /// The person at that issuer.
    pub subject: String,
}

impl AccountStore {
    /// Where the mark lies, for a batch read.
    #[must_use]
    pub fn deletion_in(&self) -> (&Table, &'static str) {
        (self.table(), DELETION)
    }

    /// The mark, if the account is being deleted. One consistent request.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn deletion(&self, account: AccountId) -> Result<Option<DeletionMark>> {
        self.table().get(&account.to_string(), DELETION).await
    }

    /// Marks the account; stale where it is marked already.
    ///
    /// # Errors
    /// `internal` when it does not serialise.
    pub fn mark(&self, account: AccountId, deletion: &DeletionMark) -> Result<Change> {
        self.table().put(&account.to_string(), DELETION, deletion).when(Condition::Absent).or_stale()
    }

    /// Takes this deletion's mark away; stale where there is none, or another's.
    ///
    /// # Errors
    /// `internal`.
    pub fn unmark(&self, account: AccountId, deletion: &DeletionMark) -> Result<Change> {
        let same = Condition::text("code", &deletion.code);
        self.table().delete(&account.to_string(), DELETION).when(same).or_stale()
    }

    /// Erases the mark, whichever it is, and says whether there was one. May be repeated.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn erase_mark(&self, account: AccountId) -> Result<bool> {
        let delete = self.table().delete(&account.to_string(), DELETION).when(Condition::Exists);
        Ok(matches!(delete.apply().await?, WriteOutcome::Applied(_)))
    }

    /// Ends every session that began until `until`: their refresh tokens yield nothing any
    /// more. One request, and one for each session. May be repeated; what began since then
    /// goes on.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn end_sessions(&self, account: AccountId, until: Timestamp) -> Result<()> {
        let pk = account.to_string();
        let sessions: Vec<Session> = self.table().query(&pk).prefix(keys::SESSION).all().await?;
        for session in sessions.iter().filter(|session| session.created_at <= until) {
            self.table().delete(&pk, &keys::session(session.session)).apply().await?;
        }
        Ok(())
    }

    /// The identities that lead to the account. One request.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn subjects(&self, account: AccountId) -> Result<Vec<Subject>> {
        self.table().query(&account.to_string()).prefix(keys::IDENTITY).all().await
    }

    /// Whether a reverse key still leads to the account. One consistent request.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn leads_to(&self, partition: &str, account: AccountId) -> Result<bool> {
        let found: Option<crate::items::Reverse> = self.table().get(partition, keys::ACCOUNT).await?;
        Ok(found.is_some_and(|reverse| reverse.account == account))
    }

    /// Removes a reverse key, if it leads to the account: it may lead to another one by
    /// now. May be repeated.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn erase_reverse(&self, partition: &str, account: AccountId) -> Result<()> {
        let ours = Condition::text("account", account.to_string());
        self.table().delete(partition, keys::ACCOUNT).when(ours).apply().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use crate::store::tests::{ada, proven, sign_in, store};
    use aws::{Decision, transact};
    use kernel::Caller;
    use std::time::Duration;
    use testkit::World;

    #[tokio::test(start_paused = true)]
    async fn only_sessions_that_began_before_are_ended() {
        let world = World::new(1);
        let (account, old) = sign_in(&world, &ada()).await;
        let until = world.now();
        world.advance(Duration::from_secs(1));
        let new = proven(&world);
        let store = store(&world);
        let db = world.clients().dynamodb();
        let again = async || Ok(Decision::Commit(store.signed_in(account, &ada(), &new)?, ()));
        transact(&db, &world.ids(), again).await.unwrap();
        store.end_sessions(account, until).await.unwrap();
        for (session, is_alive) in [(old.session, false), (new.session, true)] {
            let caller = Caller { account, session, issued_at: world.now() };
            assert_eq!(store.fresh(&caller, world.now()).await.is_ok(), is_alive);
        }
    }
}
