//! Tables: typed reads, and the writes that [`Write`] describes.

use crate::{Condition, Item, Query, Write, failure::failed};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes},
};
use kernel::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::HashMap, time::Duration};

/// Rounds in which a batch is asked for the keys that AWS left out.
const BATCH_ROUNDS: u32 = 5;

/// Warming is a courtesy to the first request: never longer than this.
const WARM_TIMEOUT: Duration = Duration::from_secs(1);

/// DynamoDB. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dynamo(Client);

impl Dynamo {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// The SDK's client, for stores that need an operation that is not offered here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0
    }

    /// The table of this name.
    #[must_use]
    pub fn table(&self, name: impl Into<String>) -> Table {
        Table { db: self.clone(), name: name.into() }
    }

    /// Opens the connection to DynamoDB before the first request needs it, with a health
    /// check that needs no permission and no capacity. Whatever goes wrong is ignored:
    /// the first request will find out.
    pub async fn warm(&self) {
        let ping =
            self.0.get_item().table_name("none").set_key(Some(Item::new())).customize().mutate_request(|request| {
                let _ = request.set_method("GET");
                let _ = request.set_uri(format!("{}/sping", origin(request.uri())));
            });
        let _ = tokio::time::timeout(WARM_TIMEOUT, ping.send()).await;
    }

    /// Reads up to 100 items of any tables in one consistent request, in the order asked
    /// for. No snapshot: each item is read on its own.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer or keeps leaving keys out.
    pub async fn batch_get<const N: usize>(&self, keys: [(&Table, &str, &str); N]) -> Result<[Option<Item>; N]> {
        let found = self.batch_get_all(&keys).await?;
        found.try_into().map_err(|_| Error::internal("unreachable: there is an answer for each key"))
    }

    /// The same for a number of keys that is not known beforehand.
    ///
    /// # Errors
    /// As of [`Self::batch_get`].
    pub async fn batch_get_all(&self, keys: &[(&Table, &str, &str)]) -> Result<Vec<Option<Item>>> {
        let mut asked: HashMap<String, KeysAndAttributes> = HashMap::new();
        for &(table, pk, sk) in keys {
            let so_far = asked.remove(&table.name).map_or_else(Vec::new, |known| known.keys);
            let all = so_far.into_iter().chain([key(pk, sk)]).collect();
            let built = KeysAndAttributes::builder().set_keys(Some(all)).consistent_read(true).build();
            asked.insert(table.name.clone(), built.map_err(Error::internal)?);
        }
        let mut found = vec![None; keys.len()];
        for _ in 0..BATCH_ROUNDS {
            let answer = self.0.batch_get_item().set_request_items(Some(asked)).send().await;
            let answer = answer.map_err(|error| failed("BatchGetItem", error))?;
            for (table, items) in answer.responses.unwrap_or_default() {
                for item in items {
                    let at = keys.iter().position(|(asked, pk, sk)| {
                        asked.name == table && has(&item, "pk", pk) && has(&item, "sk", sk)
                    });
                    if let Some(slot) = at.and_then(|at| found.get_mut(at)) {
                        *slot = Some(item);
                    }
                }
            }
            asked = answer.unprocessed_keys.unwrap_or_default();
            if asked.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::unavailable(Duration::from_secs(1), "BatchGetItem kept leaving keys out"))
    }
}

/// Scheme and authority of a URI.
fn origin(uri: &str) -> &str {
    let authority = uri.find("://").map_or(0, |scheme| scheme + 3);
    let path = uri.get(authority..).and_then(|rest| rest.find('/'));
    path.and_then(|path| uri.get(..authority + path)).unwrap_or(uri)
}

fn has(item: &Item, name: &str, value: &str) -> bool {
    item.get(name).and_then(|found| found.as_s().ok()).is_some_and(|found| found == value)
}

fn key(pk: &str, sk: &str) -> Item {
    Item::from([("pk".to_owned(), AttributeValue::S(pk.into())), ("sk".to_owned(), AttributeValue::S(sk.into()))])
}

/// One table. Every table of ours has the text keys `pk` and `sk`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    db: Dynamo,
    name: String,
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

    /// Reads one item, consistently, in one request.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when the item does not read.
    pub async fn get<T: DeserializeOwned>(&self, pk: &str, sk: &str) -> Result<Option<T>> {
        let get = self.db.0.get_item().table_name(&self.name).set_key(Some(key(pk, sk))).consistent_read(true);
        let answer = get.send().await.map_err(|error| failed("GetItem", error))?;
        answer.item.map(read).transpose()
    }

    /// The whole item, replacing what was there.
    #[must_use]
    pub fn put(&self, pk: &str, sk: &str, item: &impl Serialize) -> Write {
        Write::put(self.db.clone(), self.name.clone(), key(pk, sk), item)
    }

    /// Some attributes of an item. Without a condition it would create the item: every
    /// update of ours has one.
    #[must_use]
    pub fn update(&self, pk: &str, sk: &str) -> Write {
        Write::update(self.db.clone(), self.name.clone(), key(pk, sk))
    }

    /// The item away.
    #[must_use]
    pub fn delete(&self, pk: &str, sk: &str) -> Write {
        Write::delete(self.db.clone(), self.name.clone(), key(pk, sk))
    }

    /// A condition that a transaction rests on, of an item that it does not write.
    #[must_use]
    pub fn check(&self, pk: &str, sk: &str, condition: Condition) -> Write {
        Write::check(self.db.clone(), self.name.clone(), key(pk, sk), condition)
    }

    /// The sort keys of a partition, whatever the items are.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn sort_keys(&self, pk: &str) -> Result<Vec<String>> {
        let keys: Vec<SortKey> = self.query(pk).all().await?;
        Ok(keys.into_iter().map(|key| key.sk).collect())
    }

    /// Removes every item of a partition and says how many there were. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; the next run removes the rest.
    pub async fn erase(&self, pk: &str) -> Result<u64> {
        let mut erased = 0;
        for sk in self.sort_keys(pk).await? {
            self.delete(pk, &sk).apply().await?;
            erased += 1;
        }
        Ok(erased)
    }

    /// The items of a partition.
    #[must_use]
    pub fn query(&self, pk: &str) -> Query {
        Query::new(self.clone(), pk)
    }
}

#[derive(Deserialize)]
struct SortKey {
    sk: String,
}

/// An item as a value of ours.
///
/// # Errors
/// `internal` when it does not read; the text names the field, not its value.
pub fn read<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_all_before_the_path() {
        for uri in [
            "https://dynamodb.eu-central-1.amazonaws.com",
            "https://dynamodb.eu-central-1.amazonaws.com/",
            "https://dynamodb.eu-central-1.amazonaws.com/a/b",
        ] {
            assert_eq!(origin(uri), "https://dynamodb.eu-central-1.amazonaws.com");
        }
    }
}
