//! The parts of an account that cases and operators' commands read or change.

mod objection;

use crate::{
    items::{Profile, Session},
    keys,
    store::{AccountStore, end},
};
use aws::{Change, Condition, ConditionFailure, ScanProgress, WriteOutcome, all};
use kernel::{AccountId, Error, Result, Timestamp};
use serde::Deserialize;

impl AccountStore {
    /// Checks that the account exists, and writes nothing. A transaction that stores an item of the
    /// account in another table has this check, so that it stores nothing for an erased account.
    ///
    /// # Errors
    /// `unauthenticated` in the transaction when the account was erased.
    pub fn require_exists_change(&self, account: AccountId) -> Result<Change> {
        let check = self.table().check(&account.to_string(), keys::PROFILE, Condition::Exists);
        check.into_explained_change(|_| ConditionFailure::Refused(Error::Unauthenticated))
    }

    /// Counts the sessions that have neither ended nor expired. One request for each megabyte of
    /// sessions.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn count_sessions(&self, account: AccountId, now: Timestamp) -> Result<usize> {
        let sessions: Vec<Session> = self.table().query(&account.to_string()).prefix(keys::SESSION).all().await?;
        Ok(sessions.iter().filter(|session| session.tokens.is_alive(now)).count())
    }

    /// Ends every session that began at `until` or before, for an operator, and answers their number.
    /// Later sessions continue. One request, and one for each session that is alive. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the next run ends the rest.
    pub async fn end_sessions_for_operator(&self, account: AccountId, until: Timestamp, now: Timestamp) -> Result<u64> {
        let pk = account.to_string();
        let sessions: Vec<Session> = self.table().query(&pk).prefix(keys::SESSION).all().await?;
        let meant = |session: &&Session| session.tokens.is_alive(now) && session.tokens.began_at <= until;
        let mut ended = 0;
        for session in sessions.iter().filter(meant) {
            let update = self.table().update(&pk, &keys::session(session.session));
            let is_open = all([Condition::Exists, Condition::Missing("ended_at")]);
            ended += u64::from(matches!(end(update, now).when(is_open).apply().await?, WriteOutcome::Applied(_)));
        }
        Ok(ended)
    }

    /// Finds the accounts with a mail address, in any case. No index has addresses, so it reads the
    /// whole table. It calls `progress` after each page.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn find_by_email(&self, email: &str, progress: impl FnMut(&ScanProgress)) -> Result<Vec<AccountId>> {
        #[derive(Deserialize)]
        struct Found {
            account: AccountId,
            email: String,
        }
        let with_email = all([Condition::text("sk", keys::PROFILE), aws::not(Condition::Missing("email"))]);
        let found: Vec<Found> = self.table().scan(with_email, &["account", "email"]).all(progress).await?;
        let wanted = email.to_lowercase();
        let found = found.into_iter().filter(|profile| profile.email.to_lowercase() == wanted);
        Ok(found.map(|profile| profile.account).collect())
    }

    /// Lists the ids of all accounts. It reads the whole table, and tells `progress` after each page.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_accounts(&self, progress: impl FnMut(&ScanProgress)) -> Result<Vec<AccountId>> {
        #[derive(Deserialize)]
        struct Found {
            account: AccountId,
        }
        let profiles = Condition::text("sk", keys::PROFILE);
        let found: Vec<Found> = self.table().scan(profiles, &["account"]).all(progress).await?;
        Ok(found.into_iter().map(|profile| profile.account).collect())
    }

    /// Reads the profile of an account in one consistent request, for an operator. `None` when the
    /// account does not exist.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read_profile_of(&self, account: AccountId) -> Result<Option<Profile>> {
        self.table().get(&account.to_string(), keys::PROFILE).await
    }
}
