//! Taking messages out of the queues, as Lambda does.

use crate::{sqs::queues::QueueMessage, world::World};

impl World {
    /// Receives every message that waits in a queue and is due, in the order in which they were sent.
    ///
    /// # Panics
    /// When the world has no such queue.
    pub fn take_messages(&self, queue: &str) -> Vec<QueueMessage> {
        let now = self.now();
        let taken = self.state().queues().take(queue, now);
        taken.unwrap_or_else(|| self.violated(&format!("there is no queue {queue}")))
    }

    /// Gives back a message whose work failed: to its queue, or to its dead-letter queue
    /// once it was received as often as the template allows.
    pub fn return_message(&self, message: QueueMessage) {
        self.state().queues().give_back(message);
    }

    /// The messages that wait in a queue, without receiving them. The dead letters of
    /// `media` are in `media-dead`.
    #[must_use]
    pub fn messages(&self, queue: &str) -> Vec<QueueMessage> {
        self.state().queues().all().get(queue).cloned().unwrap_or_default()
    }
}
