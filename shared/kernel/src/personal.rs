//! The duty of every slice that stores something about a person.

use crate::{AccountId, BoxFuture, Result};

/// A place that a slice stores personal data in. The policy tests demand that every
/// table key prefix, bucket prefix and queue of the template is claimed exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// Items of a table whose sort key starts with `prefix`; `partition` says how the
    /// partition key is made.
    Items {
        /// The table's name in the template.
        table: &'static str,
        /// The partition key: `account_id` itself, or the prefix of a reverse key.
        partition: &'static str,
        /// The sort key or its prefix. Empty for a key that is a bare UUIDv7.
        prefix: &'static str,
    },
    /// Objects of a bucket whose key starts with `prefix`.
    Objects {
        /// The bucket's name in the template.
        bucket: &'static str,
        /// The key's prefix.
        prefix: &'static str,
    },
    /// Messages of a queue. They carry ids only.
    Messages {
        /// The queue's name in the template.
        queue: &'static str,
    },
}

/// The key of something stored, for naming what was found or is reachable from outside.
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
    /// One version of an object, a delete marker or an open multipart upload.
    Object {
        /// The bucket's name in the template.
        bucket: &'static str,
        /// The object's key.
        key: String,
        /// The version, or the upload's id.
        version: String,
    },
}

/// One thing that a person gets in their export, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which part of the export it belongs to, such as `generations`.
    pub section: &'static str,
    /// The record as JSON text.
    pub json: String,
}

/// What an erasure removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Items of tables.
    pub items: u64,
    /// Versions, delete markers and open uploads of buckets.
    pub objects: u64,
}

impl Erased {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { items: self.items + other.items, objects: self.objects + other.objects }
    }
}

/// Export, erase and find everything that one slice keeps about an account.
///
/// Every operation may be repeated: the second `erase` removes nothing and succeeds.
pub trait PersonalData: Send + Sync {
    /// Where this slice stores. Constant; the policy tests read it.
    fn claims(&self) -> &'static [Claim];

    /// Keys outside the account's own partition that lead to it, such as `google#<sub>`.
    /// Read before erasing: the account's own items name them.
    fn reverse_keys(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>>;

    /// Everything as the person may read it.
    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>>;

    /// Removes everything, reverse keys first, so that a run that dies half-way leaves
    /// the account's own items to be found by the next.
    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>>;

    /// What is still there, by key. Empty after a complete erasure.
    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>>;
}
