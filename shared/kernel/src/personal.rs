//! Export and erasure of personal data: the interface that every slice with personal data
//! implements.

use crate::{error::Result, future::BoxFuture, ids::AccountId};

/// A place where a slice stores personal data. The policy tests demand that every key prefix
/// of a table, every prefix of a bucket and every queue of the template is claimed exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// The items of a table whose sort key starts with `prefix`.
    Items {
        /// The table's name in the template.
        table: &'static str,
        /// The partition key: `account_id` itself, or the prefix of a reverse key.
        partition: &'static str,
        /// The sort key or its prefix. Empty for sort keys that are a bare UUIDv7.
        prefix: &'static str,
    },
    /// The objects of a bucket whose key starts with `prefix`.
    Objects {
        /// The bucket's name in the template.
        bucket: &'static str,
        /// The key's prefix.
        prefix: &'static str,
    },
    /// The messages of a queue. They carry ids only.
    Messages {
        /// The queue's name in the template.
        queue: &'static str,
    },
}

/// The key of a stored item or object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An item by partition and sort key.
    Item {
        /// The table's name in the template.
        table: &'static str,
        /// The partition key.
        partition: String,
        /// The sort key.
        sort: String,
    },
    /// One version of an object, one delete marker, or one open multipart upload.
    Object {
        /// The bucket's name in the template.
        bucket: &'static str,
        /// The object's key.
        key: String,
        /// The id of the version or of the multipart upload.
        version: String,
    },
}

impl Key {
    /// The keys of the items of one partition, by their sort keys.
    #[must_use]
    pub fn items(table: &'static str, partition: &str, sorts: impl IntoIterator<Item = String>) -> Vec<Self> {
        let key = |sort| Self::Item { table, partition: partition.to_owned(), sort };
        sorts.into_iter().map(key).collect()
    }
}

/// One record of a person's export, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The part of the export that the record belongs to, such as `generations`.
    pub section: &'static str,
    /// The record as JSON text.
    pub json: String,
}

/// Counts of what an erasure removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Removed items of tables.
    pub items: u64,
    /// Removed versions, delete markers and open multipart uploads of buckets.
    pub objects: u64,
}

impl Erased {
    /// The sum of both counts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { items: self.items + other.items, objects: self.objects + other.objects }
    }
}

/// Exports, erases and finds everything that one slice stores about an account.
///
/// Every operation may be repeated: a second `erase` removes nothing and succeeds.
pub trait PersonalData: Send + Sync {
    /// The places where this slice stores personal data. The policy tests read the list.
    fn claims(&self) -> &'static [Claim];

    /// The keys outside the account's own partition that lead to it, such as `google#<sub>`.
    /// The caller reads them before the erasure, because the account's own items name them.
    ///
    /// # Errors
    /// `unavailable` when a store does not answer.
    fn reverse_keys(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>>;

    /// Everything that the slice stores about the account, as the person may read it.
    ///
    /// # Errors
    /// `unavailable` when a store does not answer.
    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>>;

    /// Removes everything. Reverse keys go first: when a run ends half-way, the next one still
    /// finds them by the account's own items.
    ///
    /// # Errors
    /// `unavailable` when a store does not answer; the next run removes the rest.
    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>>;

    /// The keys of everything that is still stored. Empty after a complete erasure.
    ///
    /// # Errors
    /// `unavailable` when a store does not answer.
    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>>;
}
