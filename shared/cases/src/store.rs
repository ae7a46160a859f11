//! The store: cases in DynamoDB.

use crate::{
    case::Case,
    keys,
    kind::{CaseKind, CaseState},
    message::{NewCase, RequestKey, sha256},
    number::CaseNumber,
};
use aws::{Change, Condition, ConditionFailure, Dynamo, ScanProgress, Table, all, any, seconds};
use kernel::{AccountId, Error, Result, Timestamp, later, limits::IDEMPOTENCY_KEY_LIFETIME};
use serde::{Deserialize, Serialize};

/// The cases in the table `Cases`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CaseStore {
    table: Table,
}

/// A case in a list: without text and address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// Its number.
    #[serde(rename(deserialize = "pk"))]
    pub number: CaseNumber,
    /// The kind of the message.
    pub kind: CaseKind,
    /// Its state.
    pub state: CaseState,
    /// When it came.
    #[serde(deserialize_with = "jiff::fmt::serde::timestamp::millisecond::required::deserialize")]
    pub received_at: Timestamp,
    /// When an answer is due.
    #[serde(deserialize_with = "jiff::fmt::serde::timestamp::millisecond::required::deserialize")]
    pub due_at: Timestamp,
}

impl CaseSummary {
    fn of(case: &Case) -> Self {
        let Case { number, kind, state, received_at, due_at, .. } = case;
        Self { number: number.clone(), kind: *kind, state: *state, received_at: *received_at, due_at: *due_at }
    }
}

/// The key of the idempotency row of a message. The row of a person who is signed in is in the
/// account's partition, so that it is erased with the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestRowKey {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl RequestRowKey {
    /// Without a key, the fields of the message are its key: a form without script has no other.
    pub(crate) fn of(account: Option<AccountId>, key: Option<&RequestKey>, message: &NewCase) -> Self {
        let hash = match key {
            Some(key) => sha256(&["key", key.as_str()]),
            None => sha256(&["message", &message.fingerprint()]),
        };
        let request = keys::request(&hash);
        match account {
            Some(account) => Self { pk: account.to_string(), sk: request },
            None => Self { pk: request, sk: keys::STRANGER.to_owned() },
        }
    }
}

/// An idempotency row: the case of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RequestRow {
    pub(crate) number: CaseNumber,
    pub(crate) fingerprint: String,
    /// The time to live. DynamoDB removes expired items late.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub(crate) expires_at: Timestamp,
}

impl RequestRow {
    /// Whether the row says which case this message has, at `now`.
    ///
    /// # Errors
    /// `idempotency_key_reused` when it is the row of another message.
    pub(crate) fn is_of(&self, message: &NewCase, now: Timestamp) -> Result<bool> {
        match (now < self.expires_at, self.fingerprint == message.fingerprint()) {
            (true, true) => Ok(true),
            (true, false) => Err(Error::IdempotencyKeyReused),
            (false, _) => Ok(false),
        }
    }
}

impl CaseStore {
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

    /// Reads a case in one consistent request.
    ///
    /// # Errors
    /// `not_found` when there is none, or it has ended; `unavailable` when AWS does not answer.
    pub async fn read(&self, number: &CaseNumber, now: Timestamp) -> Result<Case> {
        let found: Option<Case> = self.table.get(number.as_str(), keys::CASE).await?;
        found.filter(|case| !case.has_expired(now)).ok_or(Error::NotFound)
    }

    /// Stores a new case, the item of its account that names it, and the row of its message. Stale
    /// if the number is taken, or if another run has stored the message.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub(crate) fn open_changes(
        &self,
        case: &Case,
        message: &NewCase,
        row: &RequestRowKey,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let stored = RequestRow {
            number: case.number.clone(),
            fingerprint: message.fingerprint(),
            expires_at: later(now, IDEMPOTENCY_KEY_LIFETIME),
        };
        let free = any([Condition::Absent, Condition::at_most(keys::EXPIRES_AT, seconds(now))]);
        let case_put = self.table.put(case.number.as_str(), keys::CASE, case).when(Condition::Absent);
        let mut changes =
            vec![self.table.put(&row.pk, &row.sk, &stored).when(free).into_change()?, case_put.into_change()?];
        if let Some(account) = case.account {
            let named = self.table.put(&account.to_string(), &keys::named(&case.number), &Named {});
            changes.push(named.when(Condition::Absent).into_change()?);
        }
        Ok(changes)
    }

    /// Stores the next state of a case. A closed case gives its expiry to the item that names it.
    /// Stale if the case has changed since `seen` was read.
    ///
    /// # Errors
    /// `not_found` in the transaction when the case is gone; `internal` when a value cannot be
    /// serialised.
    pub(crate) fn next_changes(&self, seen: &Case, next: &Case) -> Result<Vec<Change>> {
        let unchanged = Condition::number("version", seen.version);
        let put = self.table.put(next.number.as_str(), keys::CASE, next).when(unchanged);
        let mut changes = vec![put.into_explained_change(gone)?];
        if let (Some(account), Some(expires_at)) = (next.account, next.expires_at) {
            let named = self.table.update(&account.to_string(), &keys::named(&next.number));
            let named = named.set(keys::EXPIRES_AT, seconds(expires_at)).when(Condition::Exists);
            changes.push(named.into_explained_change(gone)?);
        }
        Ok(changes)
    }

    /// Lists the cases that are not closed, by due date. The index lags behind the table by moments.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_open(&self) -> Result<Vec<CaseSummary>> {
        self.table.query(keys::ON_LIST).index(keys::OPEN, keys::OPEN, keys::DUE_AT, i64::MAX).all().await
    }

    /// Lists the cases of an account, by due date. One request, and one for each case.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_of(&self, account: AccountId, now: Timestamp) -> Result<Vec<CaseSummary>> {
        let mut found = Vec::new();
        for sort in self.table.sort_keys(&account.to_string()).await? {
            let Some(number) = keys::number(&sort) else { continue };
            match self.read(&number, now).await {
                Ok(case) => found.push(CaseSummary::of(&case)),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        found.sort_by_key(|case| (case.due_at, case.received_at));
        Ok(found)
    }

    /// Lists all cases by due date, also closed ones. Reads the whole table, and calls `progress`
    /// after each page.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_all(&self, now: Timestamp, progress: impl FnMut(&ScanProgress)) -> Result<Vec<CaseSummary>> {
        let alive =
            any([Condition::Missing(keys::EXPIRES_AT), aws::not(Condition::at_most(keys::EXPIRES_AT, seconds(now)))]);
        let cases = all([Condition::text("sk", keys::CASE), alive]);
        let only = ["pk", "kind", "state", "received_at", keys::DUE_AT];
        let mut found: Vec<CaseSummary> = self.table.scan(cases, &only).all(progress).await?;
        found.sort_by_key(|case| (case.due_at, case.received_at));
        Ok(found)
    }
}

/// The item under which an account names a case. It has no attributes of its own.
#[derive(Debug, Serialize, Deserialize)]
struct Named {}

/// A case that was erased meanwhile must not come back.
fn gone(stored: Option<aws::Item>) -> ConditionFailure {
    match stored {
        Some(_) => ConditionFailure::Stale,
        None => ConditionFailure::Refused(Error::NotFound),
    }
}
