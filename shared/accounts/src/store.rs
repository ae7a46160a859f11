//! The store: accounts in DynamoDB.

use crate::{
    items::{Profile, Reverse, Session},
    keys,
    rotation::{RefreshDecision, RefreshSecret, TokenFamily, fresh_salt},
};
use aws::{AttributeValue, Condition, Dynamo, Table, Write, WriteOutcome, all, millis, seconds};
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

/// The condition that an attribute still has the value that was read.
pub(crate) fn as_seen(name: &'static str, seen: Option<AttributeValue>) -> Condition {
    match seen {
        Some(seen) => Condition::Equals(name, seen),
        None => Condition::Missing(name),
    }
}

/// Ends the session, whatever its stored state is. The item stays until the next sign-in or its time
/// to live removes it, because the functions that end it so have no permission to delete.
pub(crate) fn end(session: Write, now: Timestamp) -> Write {
    session.set("ended_at", millis(now)).set("expires_at", seconds(now)).when(Condition::Exists)
}

#[cfg(test)]
pub(crate) mod tests;
