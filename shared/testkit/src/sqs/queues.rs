//! The queues and their messages, as Lambda receives them.

use crate::{names::REGION, random::Random, template::template};
use kernel::{Timestamp, later};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// The queues of the world, by the name in their URL and in the template; each has a
/// dead-letter queue `<name>-dead`.
const QUEUES: [(&str, &str); 5] = [
    ("generation", "GenerationQueue"),
    ("media", "MediaQueue"),
    ("picture", "PictureQueue"),
    ("purge", "PurgeQueue"),
    ("thumbnail", "ThumbnailQueue"),
];

/// A message in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// The queue's name.
    pub queue: String,
    /// The message's id.
    pub id: String,
    /// The body, as it was sent.
    pub body: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it may be received for the first time.
    pub due_at: Timestamp,
    /// How often it was received, this time included.
    pub receive_count: u32,
}

impl QueueMessage {
    /// The event that Lambda invokes a function with for a batch of this one message.
    #[must_use]
    pub fn event(&self) -> Value {
        event(std::slice::from_ref(self))
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("our messages are JSON")
    }
}

/// The event that Lambda invokes a function with for a batch of messages.
#[must_use]
pub fn event(messages: &[QueueMessage]) -> Value {
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}

fn record(message: &QueueMessage) -> Value {
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
    queues: BTreeMap<String, Vec<QueueMessage>>,
}

impl Queues {
    pub(crate) fn new(chance: Random) -> Self {
        let names = QUEUES.iter().flat_map(|(name, _)| [(*name).to_owned(), dead_letters(name)]);
        Self { chance, queues: names.map(|name| (name, Vec::new())).collect() }
    }

    pub(crate) fn has(&self, queue: &str) -> bool {
        self.queues.contains_key(queue)
    }

    /// Adds this number of copies of a message to a queue, which may be received after `delay`. Returns the id of the
    /// message.
    pub(crate) fn send(&mut self, queue: &str, body: &str, now: Timestamp, delay: Duration, copies: usize) -> String {
        let id = format!("{}-0000-4000-8000-{}", self.chance.hex(8), self.chance.hex(12));
        let message = QueueMessage {
            queue: queue.to_owned(),
            id: id.clone(),
            body: body.to_owned(),
            sent_at: now,
            due_at: later(now, delay),
            receive_count: 0,
        };
        if let Some(messages) = self.queues.get_mut(queue) {
            messages.extend(std::iter::repeat_n(message, copies));
        }
        id
    }

    /// Receives every message of a queue that is due; `None` when there is no such queue.
    pub(crate) fn take(&mut self, queue: &str, now: Timestamp) -> Option<Vec<QueueMessage>> {
        let queue = self.queues.get_mut(queue)?;
        let (mut messages, waiting) = std::mem::take(queue).into_iter().partition::<Vec<_>, _>(|it| it.due_at <= now);
        *queue = waiting;
        messages.iter_mut().for_each(|message| message.receive_count += 1);
        Some(messages)
    }

    /// Puts a message back, or into the dead-letter queue once it was received as often as
    /// the template allows.
    pub(crate) fn give_back(&mut self, message: QueueMessage) {
        let dead = message.receive_count >= max_receive_count(&message.queue);
        let queue = if dead { dead_letters(&message.queue) } else { message.queue.clone() };
        self.queues.entry(queue).or_default().push(message);
    }

    /// The messages of all queues, dead letters included, by queue.
    pub(crate) fn all(&self) -> &BTreeMap<String, Vec<QueueMessage>> {
        &self.queues
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

/// MD5 in hexadecimal, which SQS answers with.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}
