//! Requests to SQS. Messages go in by the SDK; the test takes them out as Lambda does.

use super::queues::md5_hex;
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
use std::time::Duration;

/// Most bytes of a message, and of the messages of a batch together: 1 MiB.
const MESSAGE_BYTES: usize = 1024 * 1024;
/// Most messages of a batch.
const BATCH_ENTRIES: usize = 10;
/// The longest delay of a message, in seconds.
const MOST_DELAY_S: u64 = 900;

/// A request to SQS.
pub(crate) struct SqsRequest {
    state: WorldState,
    operation: SqsOperation,
    queue: String,
    body: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SqsOperation {
    SendMessage,
    SendMessageBatch,
}

impl SqsRequest {
    pub(crate) fn new(state: &WorldState, operation: &str, body: &[u8]) -> Self {
        let operation = match operation {
            "SendMessage" => SqsOperation::SendMessage,
            "SendMessageBatch" => SqsOperation::SendMessageBatch,
            _ => {
                state.violated(&format!("sqs.{operation} is not in testkit's model of SQS: add it, or do not call it"))
            }
        };
        let body: Value = serde_json::from_slice(body).expect("the SDK sends JSON");
        let url = body["QueueUrl"].as_str().unwrap_or_default();
        let queue = url.rsplit('/').next().unwrap_or_default().to_owned();
        Self { state: state.clone(), operation, queue, body }
    }

    fn entries(&self) -> &[Value] {
        self.body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn send(&self, copies: usize) -> Response<Bytes> {
        let body = self.body["MessageBody"].as_str().unwrap_or_default();
        if body.is_empty() || body.len() > MESSAGE_BYTES {
            let message = "Message must have 1 to 1048576 bytes.";
            return refused(400, "InvalidParameterValue", message);
        }
        let delay = self.body["DelaySeconds"].as_u64().unwrap_or_default();
        if delay > MOST_DELAY_S {
            return refused(400, "InvalidParameterValue", "DelaySeconds must be between 0 and 900.");
        }
        let id = self.state.queues().send(&self.queue, body, self.state.now(), Duration::from_secs(delay), copies);
        json_answer(200, None, &json!({ "MessageId": id, "MD5OfMessageBody": md5_hex(body.as_bytes()) }))
    }

    fn send_batch(&self, copies: usize, partial: bool) -> Response<Bytes> {
        let entries = self.entries();
        let sizes: usize = entries.iter().filter_map(|entry| Some(entry["MessageBody"].as_str()?.len())).sum();
        if entries.is_empty() || entries.len() > BATCH_ENTRIES {
            let kind = if entries.is_empty() { "EmptyBatchRequest" } else { "TooManyEntriesInBatchRequest" };
            return refused(400, kind, "A batch has 1 to 10 entries.");
        }
        if sizes > MESSAGE_BYTES {
            let message = "Batch requests cannot be longer than 1048576 bytes.";
            return refused(400, "BatchRequestTooLong", message);
        }
        let refused = if partial { 1 + self.state.chance(|random| random.below(entries.len() - 1)) } else { 0 };
        let (sent, refused) = entries.split_at(entries.len() - refused);
        let mut queues = self.state.queues();
        let now = self.state.now();
        let successful: Vec<_> = sent
            .iter()
            .map(|entry| {
                let body = entry["MessageBody"].as_str().unwrap_or_default();
                let id = queues.send(&self.queue, body, now, Duration::ZERO, copies);
                json!({ "Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": md5_hex(body.as_bytes()) })
            })
            .collect();
        let failed: Vec<_> = refused
            .iter()
            .map(|entry| json!({ "Id": entry["Id"], "Code": "InternalError", "Message": "injected", "SenderFault": false }))
            .collect();
        json_answer(200, None, &json!({ "Successful": successful, "Failed": failed }))
    }
}

impl Service for SqsRequest {
    fn name(&self) -> String {
        format!("sqs.{:?}", self.operation)
    }

    fn special(&self) -> Vec<Fault> {
        let several = self.operation == SqsOperation::SendMessageBatch && self.entries().len() >= 2;
        if several { vec![Fault::Duplicate, Fault::Partial] } else { vec![Fault::Duplicate] }
    }

    fn apply(&self, fault: Option<Fault>) -> Response<Bytes> {
        if !self.state.queues().has(&self.queue) {
            return refused(400, "QueueDoesNotExist", "The specified queue does not exist.");
        }
        let copies = if fault == Some(Fault::Duplicate) { 2 } else { 1 };
        match self.operation {
            SqsOperation::SendMessage => self.send(copies),
            SqsOperation::SendMessageBatch => self.send_batch(copies, fault == Some(Fault::Partial)),
        }
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        match fault {
            Fault::Throttled => refused(403, "RequestThrottled", "Rate exceeded (injected)"),
            _ => refused(500, "InternalError", "injected"),
        }
    }
}

/// An error of SQS. Beside its type it has the code of the older query protocol, which the
/// SDK reads.
fn refused(status: u16, kind: &str, message: &str) -> Response<Bytes> {
    let code = match kind {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
        "EmptyBatchRequest" | "TooManyEntriesInBatchRequest" | "BatchRequestTooLong" => {
            format!("AWS.SimpleQueueService.{kind}")
        }
        _ => kind.to_owned(),
    };
    let side = if status == 500 { "Receiver" } else { "Sender" };
    let mut response = json_error(status, &format!("com.amazonaws.sqs#{kind}"), message);
    let code = format!("{code};{side}").parse().expect("a code is a header value");
    response.headers_mut().insert("x-amzn-query-error", code);
    response
}
