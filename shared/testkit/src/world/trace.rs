//! The calls of a world: trace and counts.

use crate::{
    calls::journal::{CallCounts, TracedCall},
    world::World,
};

impl World {
    /// Every call since the world began, in the order in which they arrived.
    #[must_use]
    pub fn trace(&self) -> Vec<TracedCall> {
        self.state().journal().trace.clone()
    }

    /// How many calls arrived since [`World::inject`]. [`Faults::at`](crate::Faults::at)
    /// can hit the numbers from 1 to this when the test does the same again.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state().journal().number
    }

    /// Calls since the last [`World::reset_count`].
    #[must_use]
    pub fn count(&self) -> CallCounts {
        self.state().journal().counts.clone()
    }

    /// Counts from zero again.
    pub fn reset_count(&self) {
        self.state().journal().counts = CallCounts::default();
    }

    /// Does `work` and counts its calls, from zero.
    pub async fn counted<T>(&self, work: impl Future<Output = T>) -> (T, CallCounts) {
        self.reset_count();
        let output = work.await;
        (output, self.count())
    }
}
