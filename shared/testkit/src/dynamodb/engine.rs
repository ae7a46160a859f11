//! The engine: dynoxide, a database in memory, and a second one that lags behind for
//! stale reads.
//!
//! Where it differs from AWS, this module follows AWS:
//! - Dynoxide compares the time of a `ClientRequestToken` with the machine's clock; here
//!   a token is valid for ten minutes of the world's clock.
//! - Dynoxide reads everything strongly; stale reads go to the second database.
//! - Dynoxide never cancels for a conflict and never throttles; the requests inject both.

use super::tables;
use crate::{
    calls::response::{json_answer, json_error},
    clock::WorldClock,
    lock::locked,
};
use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http::Response;
use kernel::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The operations that programs may call. They never administer tables.
pub(super) const OPERATIONS: [&str; 10] = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
];

/// How long AWS remembers a `ClientRequestToken`.
const TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);

pub(crate) struct Engine {
    clock: WorldClock,
    database: Database,
    /// Repeats the writes of `database`, as late as stale reads want it.
    follower: Mutex<Follower>,
    tokens: Mutex<BTreeMap<String, (Timestamp, String)>>,
    /// Every item as each write left it. `None` until the first [`Engine::take_history`].
    history: Mutex<Option<Vec<Written>>>,
}

/// An item as a write left it, in DynamoDB's own JSON; `None` when it was deleted.
pub(crate) struct Written {
    pub(crate) table: String,
    pub(crate) key: Value,
    pub(crate) item: Option<Value>,
}

struct Follower {
    database: Database,
    /// Writes that the follower has not seen yet, oldest first.
    pending: Vec<(String, Value)>,
}

impl Engine {
    pub(crate) fn new(clock: &WorldClock) -> Self {
        Self {
            clock: clock.clone(),
            database: empty(clock),
            follower: Mutex::new(Follower { database: empty(clock), pending: Vec::new() }),
            tokens: Mutex::default(),
            history: Mutex::default(),
        }
    }

    /// Returns the writes since the last call. The first call switches the history on.
    pub(crate) fn take_history(&self) -> Vec<Written> {
        locked(&self.history).replace(Vec::new()).unwrap_or_default()
    }

    /// Does one operation on the current tables.
    pub(super) fn execute(&self, operation: &str, body: &Value) -> Response<Bytes> {
        let body = self.with_current_token(body);
        let result = dispatch(&self.database, operation, &body);
        let writes =
            matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems");
        if writes && result.is_ok() {
            if let Some(history) = &mut *locked(&self.history) {
                history.extend(touched(operation, &body).into_iter().map(|(table, key)| self.written(table, &key)));
            }
            locked(&self.follower).pending.push((operation.to_owned(), body));
        }
        answer(result)
    }

    fn written(&self, table: String, key: &Value) -> Written {
        let request = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
        let item =
            dispatch(&self.database, "GetItem", &request).ok().and_then(|mut answer| match answer["Item"].take() {
                Value::Null => None,
                item => Some(item),
            });
        Written { table, key: key.clone(), item }
    }

    /// Reads the tables as they were `behind` writes ago, or when they were empty. The
    /// follower never goes back, so a read may see newer writes than that, but never the
    /// last one.
    pub(super) fn execute_stale(&self, operation: &str, body: &Value, behind: usize) -> Response<Bytes> {
        let mut follower = locked(&self.follower);
        let due = follower.pending.len().saturating_sub(behind);
        let seen: Vec<_> = follower.pending.drain(..due).collect();
        for (operation, body) in seen {
            // The follower refuses the writes that the engine has refused.
            let _ = dispatch(&follower.database, &operation, &body);
        }
        answer(dispatch(&follower.database, operation, body))
    }

    /// All items of a table, in the order of their keys, in DynamoDB's own JSON.
    pub(crate) fn scan(&self, table: &str) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut request = json!({ "TableName": table, "ConsistentRead": true });
            if !start.is_null() {
                request["ExclusiveStartKey"] = start;
            }
            let mut page = dispatch(&self.database, "Scan", &request).ok()?;
            if let Value::Array(more) = page["Items"].take() {
                items.extend(more);
            }
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                break;
            }
        }
        items.sort_by_cached_key(|item| (item["pk"]["S"].to_string(), item["sk"]["S"].to_string()));
        Some(items)
    }

    /// One item, if there is one; `None` when there is no such table.
    pub(crate) fn item(&self, table: &str, pk: &str, sk: &str) -> Option<Option<Value>> {
        let key = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
        let request = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
        let mut answer = dispatch(&self.database, "GetItem", &request).ok()?;
        Some(Some(answer["Item"].take()).filter(Value::is_object))
    }

    /// The names of the tables.
    pub(crate) fn tables(&self) -> Vec<String> {
        tables::all().iter().map(|table| table.name.clone()).collect()
    }

    /// Deletes expired items, as AWS does within days.
    pub(crate) fn sweep_expired(&self) -> usize {
        let _ = locked(&self.follower).database.sweep_ttl();
        self.database.sweep_ttl().expect("the database in memory can be swept")
    }

    /// Replaces a token that AWS would have forgotten by a new one.
    fn with_current_token(&self, body: &Value) -> Value {
        let mut body = body.clone();
        if let Some(token) = body["ClientRequestToken"].as_str().map(str::to_owned) {
            let now = self.clock.now();
            let mut tokens = locked(&self.tokens);
            let fresh = (now, format!("token-{}", tokens.len()));
            let known = tokens.entry(token.clone()).or_insert_with(|| fresh.clone());
            if now.duration_since(known.0) > TOKEN_LIFETIME.try_into().unwrap_or_default() {
                *known = (now, format!("{}-again", known.1));
            }
            body["ClientRequestToken"] = known.1.clone().into();
        }
        body
    }
}

/// The tables and keys of the items that a write names.
fn touched(operation: &str, body: &Value) -> Vec<(String, Value)> {
    let of = |kind: &str, write: &Value| {
        let named = if kind == "Put" { &write["Item"] } else { &write["Key"] };
        let table = write["TableName"].as_str().unwrap_or_default().to_owned();
        (table, json!({ "pk": named["pk"], "sk": named["sk"] }))
    };
    match operation.strip_suffix("Item") {
        Some(kind) => vec![of(kind, body)],
        None => {
            let writes = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object);
            // A condition check writes nothing.
            writes
                .flatten()
                .filter(|(kind, _)| *kind != "ConditionCheck")
                .map(|(kind, write)| of(kind, write))
                .collect()
        }
    }
}

fn empty(clock: &WorldClock) -> Database {
    let database = Database::memory_with_clock(Arc::new(clock.clone())).expect("a database in memory can be opened");
    for table in tables::all() {
        let creation = typed(&table.creation).expect("the template defines the table as AWS wants it");
        database.create_table(creation).expect("the template defines a table that can be created");
        if let Some(expiry) = &table.expiry {
            let expiry = typed(expiry).expect("the template defines the expiry as AWS wants it");
            database.update_time_to_live(expiry).expect("the template defines an expiry that can be set");
        }
    }
    database
}

fn dispatch(database: &Database, operation: &str, body: &Value) -> Result<Value, DynoxideError> {
    match operation {
        "GetItem" => plain(database.get_item(typed(body)?)?),
        "PutItem" => plain(database.put_item(typed(body)?)?),
        "UpdateItem" => plain(database.update_item(typed(body)?)?),
        "DeleteItem" => plain(database.delete_item(typed(body)?)?),
        "Query" => plain(database.query(typed(body)?)?),
        "Scan" => plain(database.scan(typed(body)?)?),
        "BatchGetItem" => plain(database.batch_get_item(typed(body)?)?),
        "BatchWriteItem" => plain(database.batch_write_item(typed(body)?)?),
        "TransactGetItems" => plain(database.transact_get_items(typed(body)?)?),
        "TransactWriteItems" => plain(database.transact_write_items(typed(body)?)?),
        _ => Err(DynoxideError::ValidationException(format!("{operation} is not modelled"))),
    }
}

/// Reads a request into the engine's type. The engine marks the kind of a failure at the
/// beginning of its message; a failure without a mark is one of validation.
fn typed<T: DeserializeOwned>(body: &Value) -> Result<T, DynoxideError> {
    T::deserialize(body).map_err(|error| {
        let text = error.to_string();
        match text.split_once(':') {
            Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", rest)) => {
                DynoxideError::ValidationException(rest.to_owned())
            }
            Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", rest)) => {
                DynoxideError::SerializationException(rest.to_owned())
            }
            _ => DynoxideError::ValidationException(text),
        }
    })
}

fn plain(response: impl Serialize) -> Result<Value, DynoxideError> {
    serde_json::to_value(response).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn answer(result: Result<Value, DynoxideError>) -> Response<Bytes> {
    match result {
        Ok(body) => json_answer(200, None, &body),
        Err(error) => match serde_json::from_str(&error.to_json()) {
            Ok(body) => json_answer(error.status_code(), Some(error.error_type()), &body),
            Err(_) => json_error(500, error.error_type(), &error.to_string()),
        },
    }
}
