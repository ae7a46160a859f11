//! Webhooks that wait, are under way, or are delivered.

use bytes::Bytes;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

/// How old the timestamp of a stale webhook is.
pub(super) const STALE: SignedDuration = SignedDuration::from_mins(10);

/// One delivery that is due.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The id for [`Fake::webhook_answered`](super::fake::Fake::webhook_answered).
    pub id: u64,
    /// The address of the receiver.
    pub url: String,
    /// Content type and signature.
    pub headers: HeaderMap,
    /// The event, as JSON.
    pub body: Bytes,
}

/// A message and the state of its delivery.
#[derive(Debug, Clone)]
struct Delivery<M> {
    id: u64,
    message: M,
    due: Timestamp,
    attempts: usize,
}

/// The deliveries of one fake.
#[derive(Debug)]
pub struct Deliveries<M> {
    made: u64,
    waiting: Vec<Delivery<M>>,
    /// Taken, not yet answered.
    under_way: Vec<Delivery<M>>,
    /// Taken and answered with a 2xx, oldest first.
    delivered: Vec<M>,
}

impl<M> Default for Deliveries<M> {
    fn default() -> Self {
        Self { made: 0, waiting: Vec::new(), under_way: Vec::new(), delivered: Vec::new() }
    }
}

impl<M: Clone> Deliveries<M> {
    pub fn push(&mut self, message: M, due: Timestamp) {
        self.made += 1;
        self.waiting.push(Delivery { id: self.made, message, due, attempts: 0 });
    }

    /// Takes the messages that are due, oldest first. `signed` makes a webhook of the id and
    /// the message.
    pub fn take(&mut self, now: Timestamp, signed: impl Fn(u64, &M) -> Webhook) -> Vec<Webhook> {
        let mut due: Vec<_> = self.waiting.extract_if(.., |delivery| delivery.due <= now).collect();
        due.sort_by_key(|delivery| (delivery.due, delivery.id));
        let webhooks = due.iter().map(|delivery| signed(delivery.id, &delivery.message)).collect();
        // A pause begins when the message is sent.
        self.under_way.extend(due.into_iter().map(|delivery| Delivery { due: now, ..delivery }));
        webhooks
    }

    /// Records the result of a delivery. A failed one waits for the next of `pauses`, in
    /// seconds. After the last pause the message is dropped.
    pub fn answered(&mut self, id: u64, delivered: bool, pauses: impl FnOnce(&M) -> &'static [i64]) {
        let Some(at) = self.under_way.iter().position(|delivery| delivery.id == id) else { return };
        let mut delivery = self.under_way.swap_remove(at);
        if delivered {
            self.delivered.push(delivery.message);
        } else if let Some(pause) = pauses(&delivery.message).get(delivery.attempts) {
            delivery.attempts += 1;
            delivery.due = delivery.due.saturating_add(SignedDuration::from_secs(*pause)).unwrap_or(Timestamp::MAX);
            self.waiting.push(delivery);
        }
    }

    /// Queues every delivered message again. Returns their number.
    pub fn resend(&mut self, now: Timestamp) -> usize {
        let again = std::mem::take(&mut self.delivered);
        let count = again.len();
        for message in again {
            self.push(message, now);
        }
        count
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|delivery| delivery.due).min()
    }
}
