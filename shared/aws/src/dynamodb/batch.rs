//! Reading several items in one request.

use crate::{
    dynamodb::{
        client::Dynamo,
        item::{Item, key, text},
        table::Table,
    },
    failure::failed,
};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use kernel::{Error, Result};
use std::{collections::HashMap, time::Duration};

/// Most requests for one batch. Each one after the first asks for the keys that the answer
/// before it left out.
const BATCH_ROUNDS: u32 = 5;

impl Dynamo {
    /// Reads up to 100 items of any tables in one consistent request. The answer has the order
    /// of `keys`. It is no snapshot: DynamoDB reads each item on its own.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer or keeps leaving keys out.
    pub async fn batch_get<const N: usize>(&self, keys: [(&Table, &str, &str); N]) -> Result<[Option<Item>; N]> {
        let found = self.batch_get_all(&keys).await?;
        found.try_into().map_err(|_| Error::internal("unreachable: there is an answer for each key"))
    }

    /// [`Self::batch_get`] for a number of keys that is not known at compile time.
    ///
    /// # Errors
    /// The errors of [`Self::batch_get`].
    pub async fn batch_get_all(&self, keys: &[(&Table, &str, &str)]) -> Result<Vec<Option<Item>>> {
        let mut asked: HashMap<String, KeysAndAttributes> = HashMap::new();
        for &(table, pk, sk) in keys {
            let so_far = asked.remove(table.name()).map_or_else(Vec::new, |known| known.keys);
            let all = so_far.into_iter().chain([key(pk, sk)]).collect();
            let built = KeysAndAttributes::builder().set_keys(Some(all)).consistent_read(true).build();
            asked.insert(table.name().to_owned(), built.map_err(Error::internal)?);
        }
        let mut found = vec![None; keys.len()];
        for _ in 0..BATCH_ROUNDS {
            let answer = self.client().batch_get_item().set_request_items(Some(asked)).send().await;
            let answer = answer.map_err(|error| failed("BatchGetItem", error))?;
            for (table, items) in answer.responses.unwrap_or_default() {
                for item in items {
                    let at = keys.iter().position(|(asked, pk, sk)| {
                        asked.name() == table && text(&item, "pk") == Some(pk) && text(&item, "sk") == Some(sk)
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
