//! What this slice keeps about a person: the mark on the account, in `Accounts`. What lies
//! in `DeletionReceipts` is the work item, which the purge strips itself, and then keyed
//! hashes and receipts, which say nothing about anybody.

use crate::{store, welcome};
use accounts::{DELETION, DeletionMark};
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
use serde_json::json;

const ACCOUNTS: &str = "Accounts";
const RECEIPTS: &str = "DeletionReceipts";

/// The mark of a deletion on its account.
#[derive(Debug, Clone)]
pub struct Marks(accounts::AccountStore);

impl Marks {
    /// The marks on these accounts.
    #[must_use]
    pub fn new(accounts: accounts::AccountStore) -> Self {
        Self(accounts)
    }
}

impl PersonalData for Marks {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Items { table: ACCOUNTS, partition: "account_id", prefix: DELETION },
            Claim::Items { table: RECEIPTS, partition: "", prefix: store::DELETION },
            Claim::Items { table: RECEIPTS, partition: store::TOMBSTONE_PREFIX, prefix: store::TOMBSTONE },
            Claim::Items { table: RECEIPTS, partition: welcome::PREFIX, prefix: welcome::MARKER },
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
            let readable = |DeletionMark { code, requested_at, purge_at, due_at, .. }| {
                let json = json!({
                    "code": code, "requested_at": requested_at, "purge_at": purge_at, "due_at": due_at,
                });
                let json = serde_json::to_string(&json).map_err(Error::internal)?;
                Ok(Record { section: "deletion", json })
            };
            mark.into_iter().map(readable).collect()
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
