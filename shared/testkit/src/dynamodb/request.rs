//! Requests to DynamoDB, and the faults that no local engine raises by itself.

use super::{batch, engine::OPERATIONS};
use crate::{
    calls::{
        faults::Fault,
        response::{json_answer, json_error},
    },
    seam::Service,
    state::WorldState,
};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// The health check, which is no operation of the API.
pub(crate) const PING: &str = "Ping";
/// Prefix of the error types of DynamoDB.
const ERRORS: &str = "com.amazonaws.dynamodb.v20120810#";
/// The message of AWS about an item in another transaction.
const CONFLICT: &str = "Transaction is ongoing for the item";
/// The message of AWS about an item with too many requests.
const TOO_BUSY: &str = "Throughput exceeds the current capacity of your table (injected)";
/// How many writes a stale read may miss at most.
const MOST_BEHIND: usize = 3;

/// A request to DynamoDB.
pub(crate) struct DynamoDbRequest {
    state: WorldState,
    operation: String,
    body: Value,
}

impl DynamoDbRequest {
    pub(crate) fn new(state: &WorldState, operation: &str, body: &[u8]) -> Self {
        if operation != PING && !OPERATIONS.contains(&operation) {
            state.violated(&format!(
                "dynamodb.{operation} is not in testkit's model of DynamoDB: add it, or do not call it"
            ));
        }
        let body = serde_json::from_slice(body).expect("the SDK sends JSON");
        Self { state: state.clone(), operation: operation.to_owned(), body }
    }

    /// Whether every table or index that is read here is read eventually consistently.
    fn reads_eventually(&self) -> bool {
        let eventual = |read: &Value| read["ConsistentRead"].as_bool() != Some(true);
        match self.operation.as_str() {
            "GetItem" | "Query" | "Scan" => eventual(&self.body),
            "BatchGetItem" => self.body["RequestItems"].as_object().is_some_and(|tables| tables.values().all(eventual)),
            _ => false,
        }
    }

    /// The number of items of a transaction; 0 for another operation.
    fn transacted(&self) -> usize {
        self.body["TransactItems"].as_array().map_or(0, Vec::len)
    }

    /// A canceled transaction: one of its items, by the seed, is the reason.
    fn canceled(&self, code: &str, message: &str) -> Response<Bytes> {
        let blamed = self.state.chance(|random| random.below(self.transacted()));
        let codes: Vec<_> = (0..self.transacted()).map(|item| if item == blamed { code } else { "None" }).collect();
        let reasons: Vec<_> =
            codes
                .iter()
                .map(|code| {
                    if *code == "None" { json!({ "Code": code }) } else { json!({ "Code": code, "Message": message }) }
                })
                .collect();
        let text = format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        );
        let kind = format!("{ERRORS}TransactionCanceledException");
        let body = json!({ "__type": kind, "Message": text, "CancellationReasons": reasons });
        json_answer(400, Some(&kind), &body)
    }

    fn throttled(&self) -> Response<Bytes> {
        let way = self.state.chance(|random| random.below(2));
        match way {
            0 if self.transacted() > 0 => self.canceled("ThrottlingError", TOO_BUSY),
            0 => json_error(400, &format!("{ERRORS}ProvisionedThroughputExceededException"), TOO_BUSY),
            _ => json_error(400, &format!("{ERRORS}ThrottlingException"), TOO_BUSY),
        }
    }
}

impl Service for DynamoDbRequest {
    fn name(&self) -> String {
        format!("dynamodb.{}", self.operation)
    }

    fn special(&self) -> Vec<Fault> {
        let mut special = match self.operation.as_str() {
            "TransactWriteItems" => vec![Fault::TransactionConflict, Fault::TransactionInProgress],
            "TransactGetItems" | "PutItem" | "UpdateItem" | "DeleteItem" => vec![Fault::TransactionConflict],
            _ => Vec::new(),
        };
        if self.reads_eventually() {
            special.push(Fault::StaleRead);
        }
        if batch::size(&self.operation, &self.body) >= 2 {
            special.push(Fault::Partial);
        }
        special
    }

    fn apply(&self, fault: Option<Fault>) -> Response<Bytes> {
        let engine = self.state.dynamodb();
        match fault {
            Some(Fault::StaleRead) => {
                let behind = 1 + self.state.chance(|random| random.below(MOST_BEHIND));
                engine.execute_stale(&self.operation, &self.body, behind)
            }
            Some(Fault::Partial) => {
                let (done, rest) = self.state.chance(|random| batch::split(&self.operation, &self.body, random));
                batch::with_unprocessed(&self.operation, engine.execute(&self.operation, &done), rest)
            }
            _ if self.operation == PING => json_answer(200, None, &json!({})),
            _ => engine.execute(&self.operation, &self.body),
        }
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        match fault {
            Fault::TransactionConflict if self.transacted() > 0 => self.canceled("TransactionConflict", CONFLICT),
            Fault::TransactionConflict => json_error(400, &format!("{ERRORS}TransactionConflictException"), CONFLICT),
            Fault::TransactionInProgress => json_error(
                400,
                &format!("{ERRORS}TransactionInProgressException"),
                "Transaction token being used for an in-progress transaction",
            ),
            Fault::Throttled => self.throttled(),
            _ => json_error(500, &format!("{ERRORS}InternalServerError"), "injected"),
        }
    }
}
