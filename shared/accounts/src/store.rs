//! The store: accounts in DynamoDB.

use crate::{
    items::{Identity, NO_ADDRESSES_SINCE, Profile, Reverse, Session, SignInEntry},
    keys,
    rotation::{RefreshDecision, RefreshSecret, TokenFamily, fresh_salt},
    sign_in::{Person, SignIn},
    surplus::ended_by,
};
use aws::{Change, Condition, Decision, Dynamo, Table, Write, WriteOutcome, all, millis, not, seconds};
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
    /// The session continues.
    Continued {
        /// The secret of its next refresh token.
        secret: RefreshSecret,
        /// When the session expires unless it is refreshed again.
        expires_at: Timestamp,
    },
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
    /// If one exists, the decision is stale: a concurrent first sign-in won, or the answer to our own
    /// transaction was lost. In both cases the next [`Self::find_by_identity`] finds the account.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn birth_changes(&self, account: AccountId, person: &Person, sign_in: &SignIn) -> Result<Vec<Change>> {
        let pk = account.to_string();
        let reverse = keys::reverse(person.provider, &person.subject);
        let births = [
            self.table.put(&reverse, keys::ACCOUNT, &Reverse { account }),
            self.table.put(&pk, keys::PROFILE, &Profile::born(account, person, sign_in)),
            self.table.put(&pk, &keys::identity(person.provider), &Identity::of(person, sign_in.at)),
            self.session(&pk, sign_in),
            self.entry(&pk, person, sign_in, false),
        ];
        births.into_iter().map(|birth| birth.when(Condition::Absent).into_change()).collect()
    }

    /// Decides about a later sign-in, in one consistent request. The changes update the profile, add a
    /// session and an entry of the sign-in log, and remove the sessions that the sign-in ends: the one
    /// that its browser had, and those beyond [`SESSIONS_MAX`](kernel::limits::SESSIONS_MAX). Fields
    /// that the partner leaves out stay as they are.
    ///
    /// Two sign-ins at once write the same profile, so the second one decides again. A sign-in also
    /// decides again if an objection to addresses is granted meanwhile. If the account was erased, the
    /// next [`Self::find_by_identity`] finds no account.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when a value cannot be serialised.
    pub async fn decide_sign_in(
        &self,
        account: AccountId,
        person: &Person,
        sign_in: &SignIn,
    ) -> Result<Decision<AccountId>> {
        let pk = account.to_string();
        let (profile, sessions) = self.read_profile_and_sessions(&pk).await?;
        let Some(profile) = profile else { return Ok(Decision::Again) };
        // The answer to our own transaction was lost.
        if sessions.iter().any(|session| session.session == sign_in.session) {
            return Ok(Decision::Answer(account));
        }
        let mut changes = vec![
            self.profile_write(&pk, &profile, person, sign_in).into_change()?,
            self.session(&pk, sign_in).into_change()?,
            self.entry(&pk, person, sign_in, profile.no_addresses_since.is_some()).into_change()?,
        ];
        for session in ended_by(sign_in, account, &sessions) {
            changes.push(self.table.delete(&pk, &keys::session(session)).into_change()?);
        }
        Ok(Decision::Commit(changes, account))
    }

    /// The profile and the sessions of an account, in one request. One page is enough: it holds
    /// thousands of sessions.
    async fn read_profile_and_sessions(&self, pk: &str) -> Result<(Option<Profile>, Vec<Session>)> {
        let (mut profile, mut sessions) = (None, Vec::new());
        for item in self.table.query(pk).between(keys::PROFILE, keys::AFTER_SESSIONS).items().await?.items {
            let sort_key = item.get("sk").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
            match sort_key.as_str() {
                keys::PROFILE => profile = Some(aws::read(item)?),
                key if key.starts_with(keys::SESSION) => sessions.push(aws::read(item)?),
                _ => {}
            }
        }
        Ok((profile, sessions))
    }

    /// The update of the profile by a sign-in, if no other sign-in came after `seen`.
    fn profile_write(&self, pk: &str, seen: &Profile, person: &Person, sign_in: &SignIn) -> Write {
        let mut profile = self.table.update(pk, keys::PROFILE).set("signed_in_at", millis(sign_in.at));
        profile = profile.set("last_session", sign_in.session);
        if let Some(email) = &person.email {
            profile = profile.set("email", email).set("email_verified", person.email_verified);
        }
        if let Some(name) = &person.name {
            profile = profile.set("name", name);
        }
        if let Some(picture_url) = &person.picture_url {
            profile = profile.set("picture_url", picture_url);
        }
        let unchanged = match seen.last_session {
            Some(last) => Condition::text("last_session", last.to_string()),
            None => Condition::Missing("last_session"),
        };
        // The log entry of the same transaction has an address unless the person had objected.
        let objects = Condition::Missing(NO_ADDRESSES_SINCE);
        let as_seen = if seen.no_addresses_since.is_some() { not(objects) } else { objects };
        profile.when(all([Condition::Exists, unchanged, as_seen]))
    }

    /// Continues a session with the secret of its refresh token. It takes two requests, or one when
    /// nothing changes. A refresh that loses a race decides again on the stored state.
    ///
    /// May be repeated within `kernel::limits::REFRESH_GRACE`: the same secret yields the same
    /// successor.
    ///
    /// Once the secret proves the session, and before anything is written, `allow` may still refuse. So
    /// only the account itself can use up a limit of its refreshes.
    ///
    /// # Errors
    /// The errors of `allow`; `unavailable` when AWS does not answer.
    pub async fn refresh(
        &self,
        account: AccountId,
        session: SessionId,
        presented: &RefreshSecret,
        ids: &Ids,
        now: Timestamp,
        allow: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<Refreshed> {
        let (pk, sk) = (account.to_string(), keys::session(session));
        let salt = fresh_salt(ids);
        let (mut found, mut allow): (Option<Session>, _) = (self.table.get(&pk, &sk).await?, Some(allow));
        for _ in 0..ROUNDS {
            let Some(Session { tokens: seen, .. }) = found else { return Ok(Refreshed::Ended) };
            let update = self.table.update(&pk, &sk);
            let decision = seen.refresh_decision(presented, now, salt.clone());
            let is_proven = matches!(decision, RefreshDecision::Rotate { .. } | RefreshDecision::Repeat { .. });
            if let Some(allow) = allow.take_if(|_| is_proven) {
                allow().await?;
            }
            let (write, answer) = match decision {
                RefreshDecision::Rotate { successor: secret, next } => {
                    let expires_at = next.expires_at;
                    (rotate(update, seen, next), Refreshed::Continued { secret, expires_at })
                }
                RefreshDecision::Repeat { successor: secret } => {
                    return Ok(Refreshed::Continued { secret, expires_at: seen.expires_at });
                }
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

    fn session(&self, pk: &str, sign_in: &SignIn) -> Write {
        self.table.put(pk, &keys::session(sign_in.session), &Session::of(sign_in))
    }

    fn entry(&self, pk: &str, person: &Person, sign_in: &SignIn, has_objected: bool) -> Write {
        let entry = SignInEntry::of(sign_in, person.provider, has_objected);
        self.table.put(pk, &keys::sign_in(sign_in.at, &sign_in.mark), &entry)
    }
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

/// Ends the session, whatever its stored state is. The item stays until the next sign-in or its time
/// to live removes it, because the functions that end it so have no permission to delete.
pub(crate) fn end(session: Write, now: Timestamp) -> Write {
    session.set("ended_at", millis(now)).set("expires_at", seconds(now)).when(Condition::Exists)
}

#[cfg(test)]
pub(crate) mod tests;
