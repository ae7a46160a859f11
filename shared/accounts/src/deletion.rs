//! The deletion of an account: its mark, the end of its sessions, and its identities and reverse
//! keys.

use crate::{
    items::{Reverse, Session, Subject},
    keys::{self, DELETION},
    store::AccountStore,
};
use aws::{Change, Condition, Table, WriteOutcome};
use kernel::{AccountId, Result, Timestamp, later};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The last time before a purge in which nothing is linked to the account any more. It is longer than a request takes, so
/// the purge sees every identity.
const BEFORE_PURGE: Duration = Duration::from_secs(60);

/// The mark of a requested deletion on its account. Until the grace period ends, the person can
/// cancel the deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionMark {
    /// The code by which the deletion is found.
    pub code: String,
    /// The partner that requested it, in the form of keys. `None` if the person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// When it was requested.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub requested_at: Timestamp,
    /// When the purge begins.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub purge_at: Timestamp,
    /// When everything must be gone at the latest.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub due_at: Timestamp,
    /// The status of the account's balance before, in its stored form. A frozen account is frozen
    /// again after its deletion is canceled.
    pub before: String,
}

impl DeletionMark {
    /// Whether the purge may be at work at `now`. The mark is the last item that it erases.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.purge_at <= now
    }

    /// Whether the purge may be at work before a request of `now` ends.
    pub(crate) fn is_near(&self, now: Timestamp) -> bool {
        self.is_due(later(now, BEFORE_PURGE))
    }
}

impl AccountStore {
    /// The table and the sort key of deletion marks, for a batch read.
    #[must_use]
    pub fn deletion_mark_key(&self) -> (&Table, &'static str) {
        (self.table(), DELETION)
    }

    /// Reads the mark in one consistent request. `None` when the account is not being deleted.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read_deletion_mark(&self, account: AccountId) -> Result<Option<DeletionMark>> {
        self.table().get(&account.to_string(), DELETION).await
    }

    /// Marks the account. Stale if it is marked already.
    ///
    /// # Errors
    /// `internal` when the mark cannot be serialised.
    pub fn mark_change(&self, account: AccountId, deletion: &DeletionMark) -> Result<Change> {
        self.table().put(&account.to_string(), DELETION, deletion).when(Condition::Absent).into_change()
    }

    /// Removes the mark of this deletion. Stale if the account has no mark or that of another
    /// deletion.
    ///
    /// # Errors
    /// `internal` when the write cannot be built.
    pub fn unmark_change(&self, account: AccountId, deletion: &DeletionMark) -> Result<Change> {
        let same = Condition::text("code", &deletion.code);
        self.table().delete(&account.to_string(), DELETION).when(same).into_change()
    }

    /// Erases the mark of any deletion, and returns whether there was one. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn erase_mark(&self, account: AccountId) -> Result<bool> {
        let delete = self.table().delete(&account.to_string(), DELETION).when(Condition::Exists);
        Ok(matches!(delete.apply().await?, WriteOutcome::Applied(_)))
    }

    /// Ends every session that began at `until` or before: their refresh tokens become invalid.
    /// Later sessions continue. One request, and one for each session. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn end_sessions(&self, account: AccountId, until: Timestamp) -> Result<()> {
        let pk = account.to_string();
        let sessions: Vec<Session> = self.table().query(&pk).prefix(keys::SESSION).all().await?;
        for session in sessions.iter().filter(|session| session.tokens.began_at <= until) {
            self.table().delete(&pk, &keys::session(session.session)).apply().await?;
        }
        Ok(())
    }

    /// Lists the identities that lead to the account, in one request.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_subjects(&self, account: AccountId) -> Result<Vec<Subject>> {
        self.table().query(&account.to_string()).prefix(keys::IDENTITY).all().await
    }

    /// Checks in one consistent request whether a reverse key still leads to the account.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn check_leads_to(&self, partition: &str, account: AccountId) -> Result<bool> {
        let found: Option<Reverse> = self.table().get(partition, keys::ACCOUNT).await?;
        Ok(found.is_some_and(|reverse| reverse.account == account))
    }

    /// Removes a reverse key if it leads to the account. By now it may lead to a new one. May be
    /// repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn erase_reverse(&self, partition: &str, account: AccountId) -> Result<()> {
        let ours = Condition::text("account", account.to_string());
        self.table().delete(partition, keys::ACCOUNT).when(ours).apply().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use crate::store::tests::{ada, proven, sign_in, store};
    use aws::transact;
    use kernel::Caller;
    use std::time::Duration;
    use testkit::World;

    #[tokio::test(start_paused = true)]
    async fn only_sessions_that_began_before_end() {
        let world = World::new(1);
        let (account, old) = sign_in(&world, &ada()).await;
        let until = world.now();
        world.advance(Duration::from_secs(1));
        let new = proven(&world);
        let store = store(&world);
        let db = world.clients().dynamodb();
        let again = async || store.decide_sign_in(account, &ada(), &new).await;
        transact(&db, &world.ids(), again).await.unwrap();
        store.end_sessions(account, until).await.unwrap();
        for (session, is_alive) in [(old.session, false), (new.session, true)] {
            let caller = Caller { account, session, issued_at: world.now() };
            assert_eq!(store.require_fresh(&caller, world.now()).await.is_ok(), is_alive);
        }
    }
}
