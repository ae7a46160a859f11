//! Tables: typed reads, and the beginnings of writes and queries.

use crate::{
    dynamodb::{
        client::Dynamo,
        condition::Condition,
        item::{key, read},
        query::Query,
        write::Write,
    },
    failure::failed,
};
use kernel::Result;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One table. All our tables have the text keys `pk` and `sk`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    db: Dynamo,
    name: String,
}

impl Dynamo {
    /// The table of this name.
    #[must_use]
    pub fn table(&self, name: impl Into<String>) -> Table {
        Table { db: self.clone(), name: name.into() }
    }
}

impl Table {
    /// DynamoDB itself.
    #[must_use]
    pub fn db(&self) -> &Dynamo {
        &self.db
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads one item consistently, in one request.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when the item does not parse.
    pub async fn get<T: DeserializeOwned>(&self, pk: &str, sk: &str) -> Result<Option<T>> {
        let get = self.db.client().get_item().table_name(&self.name).set_key(Some(key(pk, sk))).consistent_read(true);
        let answer = get.send().await.map_err(|error| failed("GetItem", error))?;
        answer.item.map(read).transpose()
    }

    /// A write of the whole item. It replaces the stored one.
    #[must_use]
    pub fn put(&self, pk: &str, sk: &str, item: &impl Serialize) -> Write {
        Write::put(self.db.clone(), self.name.clone(), key(pk, sk), item)
    }

    /// A write of some attributes of an item. Without a condition it would create an item that
    /// does not exist, so every update of ours has a condition.
    #[must_use]
    pub fn update(&self, pk: &str, sk: &str) -> Write {
        Write::update(self.db.clone(), self.name.clone(), key(pk, sk))
    }

    /// A write that removes the item.
    #[must_use]
    pub fn delete(&self, pk: &str, sk: &str) -> Write {
        Write::delete(self.db.clone(), self.name.clone(), key(pk, sk))
    }

    /// A condition of a transaction on an item that the transaction does not write.
    #[must_use]
    pub fn check(&self, pk: &str, sk: &str, condition: Condition) -> Write {
        Write::check(self.db.clone(), self.name.clone(), key(pk, sk), condition)
    }

    /// A query over the items of a partition.
    #[must_use]
    pub fn query(&self, pk: &str) -> Query {
        Query::new(self.db.clone(), self.name.clone(), pk)
    }

    /// Reads the sort keys of all items of a partition.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn sort_keys(&self, pk: &str) -> Result<Vec<String>> {
        sort_keys(self.query(pk)).await
    }

    /// Reads the sort keys that begin with one of `prefixes`, in the order of the prefixes. One
    /// request for each prefix.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn sort_keys_of(&self, pk: &str, prefixes: &[&str]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for prefix in prefixes {
            found.extend(sort_keys(self.query(pk).prefix(*prefix)).await?);
        }
        Ok(found)
    }

    /// Removes every item of a partition and returns their number. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; the next run removes the rest.
    pub async fn erase(&self, pk: &str) -> Result<u64> {
        self.erase_keys(pk, self.sort_keys(pk).await?).await
    }

    /// Removes the items whose sort keys begin with one of `prefixes`, in the order of the prefixes,
    /// and returns their number. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; the next run removes the rest.
    pub async fn erase_of(&self, pk: &str, prefixes: &[&str]) -> Result<u64> {
        self.erase_keys(pk, self.sort_keys_of(pk, prefixes).await?).await
    }

    async fn erase_keys(&self, pk: &str, sort_keys: Vec<String>) -> Result<u64> {
        let mut erased = 0;
        for sk in sort_keys {
            self.delete(pk, &sk).apply().await?;
            erased += 1;
        }
        Ok(erased)
    }
}

async fn sort_keys(query: Query) -> Result<Vec<String>> {
    let keys: Vec<SortKey> = query.all().await?;
    Ok(keys.into_iter().map(|key| key.sk).collect())
}

#[derive(Deserialize)]
struct SortKey {
    sk: String,
}
