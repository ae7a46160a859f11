//! The creation of a generation, and the row that makes its request safe to repeat.

pub(crate) mod stored;

use crate::{
    generation::record::Generation,
    store::{
        names::{EXPIRES_AT, request_key},
        table::GenerationStore,
    },
};
use aws::{Change, Condition, any, seconds};
use kernel::{AccountId, GenerationId, Result, Timestamp, later, limits};
use serde::{Deserialize, Serialize};

/// An idempotency row: the generation of an Idempotency-Key. It is stored under
/// `request#<hash of the key>` for 24 hours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RequestRow {
    pub(crate) generation: GenerationId,
    pub(crate) body_hash: String,
    /// In seconds, for DynamoDB's time to live. That deletes late, so every read checks it.
    expires_at: i64,
}

impl RequestRow {
    pub(crate) fn new(generation: GenerationId, body_hash: String, now: Timestamp) -> Self {
        let expires_at = seconds(later(now, limits::IDEMPOTENCY_KEY_LIFETIME));
        Self { generation, body_hash, expires_at }
    }

    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        seconds(now) < self.expires_at
    }
}

impl GenerationStore {
    /// Creates a generation, for the transaction that holds its credits.
    pub(crate) fn queued_change(&self, generation: &Generation) -> Result<Change> {
        let (account, id) = (generation.account.to_string(), generation.id.to_string());
        self.table().put(&account, &id, generation).when(Condition::Absent).into_change()
    }

    /// Writes the idempotency row, for the same transaction. A row that has expired is replaced.
    pub(crate) fn request_row_change(
        &self,
        account: AccountId,
        key_hash: &str,
        row: &RequestRow,
        now: Timestamp,
    ) -> Result<Change> {
        let is_free = any([Condition::Absent, Condition::at_most(EXPIRES_AT, seconds(now))]);
        self.table().put(&account.to_string(), &request_key(key_hash), row).when(is_free).into_change()
    }
}
