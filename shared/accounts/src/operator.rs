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
use std::fmt;

/// An account that a mail address led to.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct FoundAccount {
    /// The account.
    pub account: AccountId,
    /// The partner that gave the address, in the form of keys. `None` for a profile that is older than the sources.
    #[serde(default)]
    pub email_from: Option<String>,
    /// Whether that partner has verified the address. Otherwise it may be another person's.
    #[serde(default)]
    pub email_verified: bool,
    email: String,
}

/// Without the address, so that no log gets it.
impl fmt::Debug for FoundAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundAccount").field("account", &self.account).finish_non_exhaustive()
    }
}

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
    /// An address that its partner has not verified is found too. It proves nothing about the person.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn find_by_email(&self, email: &str, progress: impl FnMut(&ScanProgress)) -> Result<Vec<FoundAccount>> {
        let with_email = all([Condition::text("sk", keys::PROFILE), aws::not(Condition::Missing("email"))]);
        let attributes = ["account", "email", "email_from", "email_verified"];
        let mut found: Vec<FoundAccount> = self.table().scan(with_email, &attributes).all(progress).await?;
        let wanted = email.to_lowercase();
        found.retain(|profile| profile.email.to_lowercase() == wanted);
        Ok(found)
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
