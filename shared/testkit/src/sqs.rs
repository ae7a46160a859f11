//! SQS: messages go in by the SDK; the test takes them out as Lambda would.

use crate::{
    Fault, Random, World,
    seam::{Service, json_answer, json_error},
    template::template,
    world::REGION,
};
use bytes::Bytes;
use http::Response;
use kernel::Timestamp;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most bytes of a message, and of the messages of a batch together: 1 MiB.
const MESSAGE_BYTES: usize = 1024 * 1024;
/// Most messages of a batch.
const BATCH_ENTRIES: usize = 10;
/// The queues of the world, by the name in their URL and in the template; each has a
/// dead-letter queue `<name>-dead`.
const QUEUES: [(&str, &str); 4] = [
    ("generation", "GenerationQueue"),
    ("media", "MediaQueue"),
    ("purge", "PurgeQueue"),
    ("thumbnail", "ThumbnailQueue"),
];

/// A message in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The queue's name.
    pub queue: String,
    /// The message's id.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// How often it was received, this time included.
    pub receive_count: u32,
}

impl Message {
    /// The event that Lambda invokes a function with for a batch of this one message.
    #[must_use]
    pub fn event(&self) -> Value {
        event(std::slice::from_ref(self))
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("our messages are JSON")
    }
}

/// The event that Lambda invokes a function with for a batch of messages.
#[must_use]
pub fn event(messages: &[Message]) -> Value {
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}

fn record(message: &Message) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": format!("{}-{}", message.id, message.receive_count),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": message.receive_count.to_string(),
            "SentTimestamp": message.sent_at.as_millisecond().to_string(),
            "SenderId": "testkit",
            "ApproximateFirstReceiveTimestamp": message.sent_at.as_millisecond().to_string(),
        },
        "messageAttributes": {},
        "md5OfBody": md5_hex(message.body.as_bytes()),
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:000000000000:{}", message.queue),
        "awsRegion": REGION,
    })
}

pub(crate) struct Queues {
    chance: Random,
    queues: BTreeMap<String, Vec<Message>>,
}

impl Queues {
    pub(crate) fn new(chance: Random) -> Self {
        let names = QUEUES.iter().flat_map(|(name, _)| [(*name).to_owned(), dead_letters(name)]);
        Self { chance, queues: names.map(|name| (name, Vec::new())).collect() }
    }

    fn send(&mut self, queue: &str, body: &str, now: Timestamp, copies: usize) -> String {
        let id = format!("{}-0000-4000-8000-{}", self.chance.hex(8), self.chance.hex(12));
        let message =
            Message { queue: queue.to_owned(), id: id.clone(), body: body.to_owned(), sent_at: now, receive_count: 0 };
        if let Some(messages) = self.queues.get_mut(queue) {
            messages.extend(std::iter::repeat_n(message, copies));
        }
        id
    }
}

fn dead_letters(queue: &str) -> String {
    format!("{queue}-dead")
}

/// How often the template lets a queue's messages be received.
fn max_receive_count(queue: &str) -> u32 {
    let resource = QUEUES.iter().find(|(name, _)| *name == queue).and_then(|(_, name)| template().resources.get(*name));
    let redrive = resource.and_then(|resource| resource.properties.redrive_policy.as_ref());
    redrive.expect("every queue of infra/template.yaml needs a RedrivePolicy").max_receive_count
}

impl World {
    /// Takes every message that waits in a queue, in the order in which they were sent,
    /// as received once more.
    ///
    /// # Panics
    /// When the world has no such queue.
    pub fn take_messages(&self, queue: &str) -> Vec<Message> {
        let mut taken = {
            let mut queues = self.queues();
            queues.queues.get_mut(queue).map(std::mem::take)
        };
        let Some(messages) = &mut taken else { self.violated(&format!("there is no queue {queue}")) };
        messages.iter_mut().for_each(|message| message.receive_count += 1);
        taken.unwrap_or_default()
    }

    /// Gives a message back that could not be handled: to its queue, or to its dead-letter
    /// queue once it was received as often as the template allows.
    pub fn return_message(&self, message: Message) {
        let mut queues = self.queues();
        let dead = message.receive_count >= max_receive_count(&message.queue);
        let queue = if dead { dead_letters(&message.queue) } else { message.queue.clone() };
        queues.queues.entry(queue).or_default().push(message);
    }

    /// The messages that wait in a queue, without receiving them. The dead letters of
    /// `media` are in `media-dead`.
    #[must_use]
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        self.queues().queues.get(queue).cloned().unwrap_or_default()
    }

    /// Messages of all queues, dead letters included, by queue.
    pub(crate) fn all_messages(&self) -> BTreeMap<String, Vec<Message>> {
        self.queues().queues.clone()
    }
}

/// A request to SQS.
pub(crate) struct Asked {
    world: World,
    operation: Operation,
    queue: String,
    body: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    SendMessage,
    SendMessageBatch,
}

impl Asked {
    pub(crate) fn new(world: &World, operation: &str, body: &[u8]) -> Self {
        let operation = match operation {
            "SendMessage" => Operation::SendMessage,
            "SendMessageBatch" => Operation::SendMessageBatch,
            _ => {
                world.violated(&format!("sqs.{operation} is not in testkit's model of SQS: add it, or do not call it"))
            }
        };
        let body: Value = serde_json::from_slice(body).expect("the SDK sends JSON");
        let url = body["QueueUrl"].as_str().unwrap_or_default();
        let queue = url.rsplit('/').next().unwrap_or_default().to_owned();
        Self { world: world.clone(), operation, queue, body }
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
        let id = self.world.queues().send(&self.queue, body, self.world.now(), copies);
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
        let refused = if partial { 1 + self.world.chance(|random| random.below(entries.len() - 1)) } else { 0 };
        let (sent, refused) = entries.split_at(entries.len() - refused);
        let mut queues = self.world.queues();
        let now = self.world.now();
        let successful: Vec<_> = sent
            .iter()
            .map(|entry| {
                let body = entry["MessageBody"].as_str().unwrap_or_default();
                let id = queues.send(&self.queue, body, now, copies);
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

impl Service for Asked {
    fn name(&self) -> String {
        format!("sqs.{:?}", self.operation)
    }

    fn special(&self) -> Vec<Fault> {
        let several = self.operation == Operation::SendMessageBatch && self.entries().len() >= 2;
        if several { vec![Fault::Duplicate, Fault::Partial] } else { vec![Fault::Duplicate] }
    }

    fn apply(&self, fault: Option<Fault>) -> Response<Bytes> {
        if !self.world.queues().queues.contains_key(&self.queue) {
            return refused(400, "QueueDoesNotExist", "The specified queue does not exist.");
        }
        let copies = if fault == Some(Fault::Duplicate) { 2 } else { 1 };
        match self.operation {
            Operation::SendMessage => self.send(copies),
            Operation::SendMessageBatch => self.send_batch(copies, fault == Some(Fault::Partial)),
        }
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        match fault {
            Fault::Throttled => refused(403, "RequestThrottled", "Rate exceeded (injected)"),
            _ => refused(500, "InternalError", "injected"),
        }
    }
}

/// An error of SQS. Beside its type it carries the code of the older query protocol, which
/// is what the SDK goes by.
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

/// MD5 in hexadecimal, which SQS answers with.
fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}
