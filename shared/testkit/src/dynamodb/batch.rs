//! Batches of which DynamoDB does only a part.

use crate::random::Random;
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value, json};

/// The entries of a table in a batch request: in `Keys` for reads, directly below the
/// table for writes.
fn entries<'a>(operation: &str, table: &'a Value) -> &'a [Value] {
    let list = if operation == "BatchGetItem" { &table["Keys"] } else { table };
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The number of entries of a batch; 0 for another operation.
pub(super) fn size(operation: &str, body: &Value) -> usize {
    if !matches!(operation, "BatchGetItem" | "BatchWriteItem") {
        return 0;
    }
    let tables = body["RequestItems"].as_object();
    tables.map_or(0, |tables| tables.values().map(|table| entries(operation, table).len()).sum())
}

/// Splits a request: the entries that are done, and the rest as the answer names it.
/// Neither part is empty, as AWS promises. The seed puts each entry into one of them.
pub(super) fn split(operation: &str, body: &Value, random: &mut Random) -> (Value, Value) {
    let count = size(operation, body);
    let (first_done, first_left) = (random.below(count), random.below(count - 1));
    // Two different entries are fixed, one on each side. The seed places the others.
    let first_left = if first_left >= first_done { first_left + 1 } else { first_left };
    let sides: Vec<bool> =
        (0..count).map(|entry| entry == first_done || (entry != first_left && random.chance(0.5))).collect();
    let part = |wanted: bool| {
        let mut sides = sides.iter();
        let mut kept = Map::new();
        for (name, table) in body["RequestItems"].as_object().into_iter().flatten() {
            let list: Vec<_> =
                entries(operation, table).iter().filter(|_| sides.next() == Some(&wanted)).cloned().collect();
            if list.is_empty() {
                continue;
            }
            let mut table = table.clone();
            *if operation == "BatchGetItem" { &mut table["Keys"] } else { &mut table } = list.into();
            kept.insert(name.clone(), table);
        }
        Value::Object(kept)
    };
    let mut done = body.clone();
    done["RequestItems"] = part(true);
    (done, part(false))
}

/// Adds the rest to the answer for the part that was done.
pub(super) fn with_unprocessed(operation: &str, response: Response<Bytes>, rest: Value) -> Response<Bytes> {
    if !response.status().is_success() {
        return response;
    }
    let name = if operation == "BatchGetItem" { "UnprocessedKeys" } else { "UnprocessedItems" };
    response.map(|body| {
        let mut answer: Value = serde_json::from_slice(&body).unwrap_or_else(|_| json!({}));
        answer[name] = rest;
        answer.to_string().into()
    })
}
