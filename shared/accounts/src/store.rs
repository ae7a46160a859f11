//! Accounts in DynamoDB.

use crate::{
    Person, Profile, SignIn,
    items::{Entry, Identity, Reverse, Session},
    rotation::{Decision, Rotation, Secret, fresh_salt},
};
use aws::{Change, Condition, Dynamo, Table, Write, WriteOutcome, all, millis, seconds};
use kernel::{AccountId, Caller, Error, Ids, Result, SessionId, Timestamp};
use std::time::Duration;

/// The sort keys of an account's partition, and the keys that lead to it.
pub mod keys {
    use kernel::{SessionId, Timestamp};

    /// The profile.
    pub const PROFILE: &str = "profile";
    /// What all identities start with; the provider follows.
    pub const IDENTITY: &str = "identity#";
    /// What all sessions start with; the id follows.
    pub const SESSION: &str = "session#";
    /// What all entries of the sign-in log start with; the time follows.
    pub const SIGN_IN: &str = "signin#";
    /// The sort key of every reverse key.
    pub const ACCOUNT: &str = "account";

    /// An identity.
    #[must_use]
    pub fn identity(provider: &str) -> String {
        format!("{IDENTITY}{provider}")
    }

    /// A session.
    #[must_use]
    pub fn session(session: SessionId) -> String {
        format!("{SESSION}{session}")
    }

    /// A sign-in. The time has a fixed width, so that text sorts like time; `mark` keeps
    /// two of the same millisecond apart.
    #[must_use]
    pub fn sign_in(at: Timestamp, mark: &str) -> String {
        format!("{SIGN_IN}{at:.3}-{mark}")
    }

    /// The partition that leads from a partner's subject to the account.
    #[must_use]
    pub fn reverse(provider: &str, subject: &str) -> String {
        format!("{provider}#{subject}")
    }
}

/// Rounds in which a refresh that lost a race decides again. A loser finds its token
/// rotated and has its answer, so a second round is the last; more is a bound alone.
const ROUNDS: u32 = 4;

/// How long a client is asked to wait after that.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What became of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// The session goes on with this secret.
    Continued(Secret),
    /// The token had been used before; the session has been ended for it. Worth a line
    /// in the log.
    Reused,
    /// There is no such session any more.
    Over,
}

/// Accounts in the table `Accounts`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountStore {
    table: Table,
}

impl AccountStore {
    /// Accounts in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// DynamoDB itself, for a transaction that spans slices.
    #[must_use]
    pub fn db(&self) -> &Dynamo {
        self.table.db()
    }

    /// Where the profile lies, for a batch read.
    #[must_use]
    pub fn profile_in(&self) -> (&Table, &'static str) {
        (&self.table, keys::PROFILE)
    }

    /// The caller's profile. One consistent request.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn profile(&self, caller: &Caller) -> Result<Option<Profile>> {
        self.table.get(&caller.account.to_string(), keys::PROFILE).await
    }

    /// The account that a partner's subject leads to. One consistent request.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn find_by_identity(&self, provider: &str, subject: &str) -> Result<Option<AccountId>> {
        let found: Option<Reverse> = self.table.get(&keys::reverse(provider, subject), keys::ACCOUNT).await?;
        Ok(found.map(|reverse| reverse.account))
    }

    /// The birth of an account: profile, identity, the key that leads to it, the first
    /// session and its sign-in, each only where there is none. Where there is one,
    /// another birth won the race, or our own did and its answer was lost: either way the
    /// decision is stale, and the next look by identity finds the account.
    ///
    /// # Errors
    /// `internal` when something does not serialise.
    pub fn born(&self, account: AccountId, person: &Person, sign_in: &SignIn) -> Result<Vec<Change>> {
        let pk = account.to_string();
        let reverse = keys::reverse(person.provider, &person.subject);
        let births = [
            self.table.put(&reverse, keys::ACCOUNT, &Reverse { account }),
            self.table.put(&pk, keys::PROFILE, &Profile::born(account, person, sign_in.at)),
            self.table.put(&pk, &keys::identity(person.provider), &Identity::of(person, sign_in.at)),
            self.session(&pk, sign_in),
            self.entry(&pk, person, sign_in),
        ];
        births.into_iter().map(|birth| birth.when(Condition::Absent).or_stale()).collect()
    }

    /// The return of a person: the profile as the partner tells it now, a session and its
    /// sign-in. All of it only while the account is there: an erased one is stale, and
    /// the next look by identity finds nothing. What the partner leaves out stays.
    ///
    /// # Errors
    /// `internal` when something does not serialise.
    pub fn signed_in(&self, account: AccountId, person: &Person, sign_in: &SignIn) -> Result<Vec<Change>> {
        let pk = account.to_string();
        let mut profile = self.table.update(&pk, keys::PROFILE).set("signed_in_at", millis(sign_in.at));
        if let Some(email) = &person.email {
            profile = profile.set("email", email).set("email_verified", person.email_verified);
        }
        if let Some(name) = &person.name {
            profile = profile.set("name", name);
        }
        if let Some(picture_url) = &person.picture_url {
            profile = profile.set("picture_url", picture_url);
        }
        Ok(vec![
            profile.when(Condition::Exists).or_stale()?,
            self.session(&pk, sign_in).or_stale()?,
            self.entry(&pk, person, sign_in).or_stale()?,
        ])
    }

    /// Continues a session with the secret of its refresh token, in two requests, or one
    /// when nothing changes. Whoever loses a race decides again on the winner's state.
    ///
    /// Safe to repeat within `kernel::limits::REFRESH_GRACE`: the same secret yields the
    /// same successor.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn refresh(
        &self,
        account: AccountId,
        session: SessionId,
        presented: &Secret,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Refreshed> {
        let (pk, sk) = (account.to_string(), keys::session(session));
        let salt = fresh_salt(ids);
        let mut found: Option<Session> = self.table.get(&pk, &sk).await?;
        for _ in 0..ROUNDS {
            let Some(Session { rotation: seen, .. }) = found else { return Ok(Refreshed::Over) };
            let update = self.table.update(&pk, &sk);
            let (write, answer) = match seen.decide(presented, now, salt.clone()) {
                Decision::Rotate { successor, next } => (rotate(update, seen, next), Refreshed::Continued(successor)),
                Decision::Repeat { successor } => return Ok(Refreshed::Continued(successor)),
                Decision::Reused => (end(update, now), Refreshed::Reused),
                Decision::Over => return Ok(Refreshed::Over),
            };
            match write.apply().await? {
                WriteOutcome::Applied(_) => return Ok(answer),
                WriteOutcome::ConditionFailed(stored) => found = stored.map(aws::read).transpose()?,
            }
        }
        Err(Error::unavailable(RETRY_AFTER, "the session kept changing"))
    }

    /// Ends the caller's session: its refresh token yields nothing any more. One request;
    /// ending it again is nothing.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn end_session(&self, caller: &Caller) -> Result<()> {
        let session = self.table.delete(&caller.account.to_string(), &keys::session(caller.session));
        session.apply().await.map(drop)
    }

    fn session(&self, pk: &str, sign_in: &SignIn) -> Write {
        self.table.put(pk, &keys::session(sign_in.session), &Session::of(sign_in))
    }

    fn entry(&self, pk: &str, person: &Person, sign_in: &SignIn) -> Write {
        self.table.put(pk, &keys::sign_in(sign_in.at, &sign_in.mark), &Entry::of(sign_in, person.provider))
    }
}

/// From the state that was seen to the next, unless somebody else was faster.
fn rotate(session: Write, seen: Rotation, next: Rotation) -> Write {
    session
        .set("current_hash", next.current_hash)
        .set("previous_hash", next.previous_hash)
        .set("salt", next.salt)
        .set("rotated_at", millis(next.rotated_at))
        .set("expires_at", seconds(next.expires_at))
        .when(all([Condition::text("current_hash", seen.current_hash), Condition::Missing("ended_at")]))
}

/// Whatever came between, the session ends. It stays as a mark until its time to live
/// removes it, because the function that refreshes may not delete.
fn end(session: Write, now: Timestamp) -> Write {
    session.set("ended_at", millis(now)).set("expires_at", seconds(now)).when(Condition::Exists)
}

#[cfg(test)]
pub(crate) mod tests;
