//! Personal data of this slice: the deletion mark of an account, in `Accounts`. The table
//! `DeletionReceipts` has the deletion job, which the purge itself replaces by a receipt. Keyed
//! hashes, receipts and answers to partners' requests identify no person.
//!
//! The time of the last canceled deletion is in the account's profile, and is erased with it.

use super::{activity::read_reopened_at, keys};
use accounts::{DELETION, DeletionMark};
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
use serde_json::{Value, json};

const ACCOUNTS: &str = "Accounts";
const RECEIPTS: &str = "DeletionReceipts";

/// The deletion marks of accounts.
#[derive(Debug, Clone)]
pub struct DeletionMarks(accounts::AccountStore);

impl DeletionMarks {
    /// The marks in this store.
    #[must_use]
    pub fn new(accounts: accounts::AccountStore) -> Self {
        Self(accounts)
    }
}

impl PersonalData for DeletionMarks {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Items { table: ACCOUNTS, partition: "account_id", prefix: DELETION },
            Claim::Items { table: RECEIPTS, partition: "", prefix: keys::DELETION },
            Claim::Items { table: RECEIPTS, partition: keys::TOMBSTONE_PREFIX, prefix: keys::TOMBSTONE },
            Claim::Items { table: RECEIPTS, partition: keys::WELCOME_PREFIX, prefix: keys::WELCOME },
            Claim::Messages { queue: "PurgeQueue" },
            Claim::Messages { queue: "PurgeDeadLetters" },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let mark = self.0.read_deletion_mark(account).await?;
            let readable = |DeletionMark { code, requested_by, requested_at, purge_at, due_at, .. }| {
                json!({
                    "code": code, "requested_by": requested_by, "requested_at": requested_at, "purge_at": purge_at,
                    "due_at": due_at,
                })
            };
            let reopened = read_reopened_at(&self.0, account).await?.map(|at| json!({ "canceled_at": at }));
            let record = |json: Value| {
                let json = serde_json::to_string(&json).map_err(Error::internal)?;
                Ok(Record { section: "deletion", json })
            };
            mark.map(readable).into_iter().chain(reopened).map(record).collect()
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let items = u64::from(self.0.erase_mark(account).await?);
            Ok(Erased { items, objects: 0 })
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let mark = self.0.read_deletion_mark(account).await?;
            let key = |_| Key::Item { table: ACCOUNTS, partition: account.to_string(), sort: DELETION.to_owned() };
            Ok(mark.into_iter().map(key).collect())
        })
    }
}
