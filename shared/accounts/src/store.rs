//! The store: accounts in DynamoDB.

use crate::{
    items::{Identity, NO_ADDRESSES_SINCE, Profile, Reverse, Session, SignInEntry},
    keys,
    rotation::{RefreshDecision, RefreshSecret, TokenFamily, fresh_salt},
    sign_in::{Person, SignIn},
};
use aws::{Change, Condition, ConditionFailure, Dynamo, Table, Write, WriteOutcome, all, millis, seconds};
use kernel::{AccountId, Caller, Error, Ids, Result, SessionId, Timestamp};
use std::time::Duration;

/// Most rounds of a refresh. A refresh that loses a race decides again and finds its token rotated,
/// so the second round is the last in practice; the number only bounds the loop.
const ROUNDS: u32 = 4;

/// How long a client should wait after the last round.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The outcome of a refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// The session continues with this secret.
    Continued(RefreshSecret),
    /// The token was used before, so the session was ended. The caller logs this as a security
    /// event.
    Reused,
    /// The session has ended or expired.
    Ended,
}

/// The accounts in the table `Accounts`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountStore {
    table: Table,
}

impl AccountStore {
    /// A store in `table`.
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

    /// The table and the sort key of profiles, for a batch read.
    #[must_use]
    pub fn profile_key(&self) -> (&Table, &'static str) {
        (&self.table, keys::PROFILE)
    }

    /// Reads the caller's profile in one consistent request. `None` when the account does not exist.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read_profile(&self, caller: &Caller) -> Result<Option<Profile>> {
        self.table.get(&caller.account.to_string(), keys::PROFILE).await
    }

    /// Finds the account of a partner's subject in one consistent request.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn find_by_identity(&self, provider: &str, subject: &str) -> Result<Option<AccountId>> {
        let found: Option<Reverse> = self.table.get(&keys::reverse(provider, subject), keys::ACCOUNT).await?;
        Ok(found.map(|reverse| reverse.account))
    }

    /// Creates an account: its profile, identity, reverse key, first session and first sign-in. Each
    /// item must not exist yet.
    ///
    /// Where one exists, the decision is stale: a concurrent first sign-in won, or the answer to our
    /// own transaction was lost. In both cases the next [`Self::find_by_identity`] finds the account.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn birth_changes(&self, account: AccountId, person: &Person, sign_in: &SignIn) -> Result<Vec<Change>> {
        let pk = account.to_string();
        let reverse = keys::reverse(person.provider, &person.subject);
        let births = [
            self.table.put(&reverse, keys::ACCOUNT, &Reverse { account }),
            self.table.put(&pk, keys::PROFILE, &Profile::born(account, person, sign_in.at)),
            self.table.put(&pk, &keys::identity(person.provider), &Identity::of(person, sign_in.at)),
            self.session(&pk, sign_in),
            self.entry(&pk, person, sign_in),
        ];
        births.into_iter().map(|birth| birth.when(Condition::Absent).into_change()).collect()
    }

    /// Records a later sign-in: it updates the profile and adds a session and an entry of the sign-in
    /// log. Fields that the partner leaves out stay as they are.
    ///
    /// Where the account was erased, the decision is stale, and the next [`Self::find_by_identity`]
    /// finds no account. Where the person has objected to addresses, the next round stores none.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn sign_in_changes(&self, account: AccountId, person: &Person, sign_in: &SignIn) -> Result<Vec<Change>> {
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
            unless_objected(profile, sign_in)?,
            self.session(&pk, sign_in).into_change()?,
            self.entry(&pk, person, sign_in).into_change()?,
        ])
    }

    /// Continues a session with the secret of its refresh token. It takes two requests, or one when
    /// nothing changes. A refresh that loses a race decides again on the stored state.
    ///
    /// May be repeated within `kernel::limits::REFRESH_GRACE`: the same secret yields the same
    /// successor.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn refresh(
        &self,
        account: AccountId,
        session: SessionId,
        presented: &RefreshSecret,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Refreshed> {
        let (pk, sk) = (account.to_string(), keys::session(session));
        let salt = fresh_salt(ids);
        let mut found: Option<Session> = self.table.get(&pk, &sk).await?;
        for _ in 0..ROUNDS {
            let Some(Session { tokens: seen, .. }) = found else { return Ok(Refreshed::Ended) };
            let update = self.table.update(&pk, &sk);
            let (write, answer) = match seen.refresh_decision(presented, now, salt.clone()) {
                RefreshDecision::Rotate { successor, next } => {
                    (rotate(update, seen, next), Refreshed::Continued(successor))
                }
                RefreshDecision::Repeat { successor } => return Ok(Refreshed::Continued(successor)),
                RefreshDecision::EndSession => (end(update, now), Refreshed::Reused),
                RefreshDecision::Refuse => return Ok(Refreshed::Ended),
            };
            match write.apply().await? {
                WriteOutcome::Applied(_) => return Ok(answer),
                WriteOutcome::ConditionFailed(stored) => found = stored.map(aws::read).transpose()?,
            }
        }
        Err(Error::unavailable(RETRY_AFTER, "the session kept changing"))
    }

    /// Ends the caller's session in one request: its refresh token becomes invalid. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn end_session(&self, caller: &Caller) -> Result<()> {
        let session = self.table.delete(&caller.account.to_string(), &keys::session(caller.session));
        session.apply().await.map(drop)
    }

    fn session(&self, pk: &str, sign_in: &SignIn) -> Write {
        self.table.put(pk, &keys::session(sign_in.session), &Session::of(sign_in))
    }

    fn entry(&self, pk: &str, person: &Person, sign_in: &SignIn) -> Write {
        self.table.put(pk, &keys::sign_in(sign_in.at, &sign_in.mark), &SignInEntry::of(sign_in, person.provider))
    }
}

/// The update of a profile by a sign-in. A sign-in with an address demands that the person has not
/// objected. Where the person has, the next round stores the sign-in without its address.
fn unless_objected(profile: Write, sign_in: &SignIn) -> Result<Change> {
    if sign_in.address().is_none() {
        return profile.when(Condition::Exists).into_change();
    }
    let remember = sign_in.objects();
    let free = all([Condition::Exists, Condition::Missing(NO_ADDRESSES_SINCE)]);
    profile.when(free).into_explained_change(move |stored| {
        if stored.is_some_and(|profile| profile.contains_key(NO_ADDRESSES_SINCE)) {
            remember();
        }
        ConditionFailure::Stale
    })
}

/// Stores the next state, on the condition that the stored state is still `seen`.
fn rotate(session: Write, seen: TokenFamily, next: TokenFamily) -> Write {
    session
        .set("current_hash", next.current_hash)
        .set("previous_hash", next.previous_hash)
        .set("salt", next.salt)
        .set("rotated_at", millis(next.rotated_at))
        .set("expires_at", seconds(next.expires_at))
        .when(all([Condition::text("current_hash", seen.current_hash), Condition::Missing("ended_at")]))
}

/// Ends the session, whatever its stored state is. The item stays until its time to live removes
/// it, because the function that refreshes has no permission to delete.
fn end(session: Write, now: Timestamp) -> Write {
    session.set("ended_at", millis(now)).set("expires_at", seconds(now)).when(Condition::Exists)
}

#[cfg(test)]
pub(crate) mod tests;
