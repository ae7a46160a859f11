//! Moving the clock, and running the schedules after each move.

use super::ministack::RootClient;
use crate::{clock::LocalClock, error::LocalError};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// The clock, and the schedules that run after each move. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PlatformClock {
    clock: LocalClock,
    root: RootClient,
    /// The physical names of the functions that run by a schedule.
    scheduled: Arc<[String]>,
}

impl PlatformClock {
    /// A clock with these scheduled functions.
    #[must_use]
    pub fn new(clock: LocalClock, root: RootClient, scheduled: Vec<String>) -> Self {
        Self { clock, root, scheduled: scheduled.into() }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock forward (at most ten years), runs every schedule once and waits for
    /// the functions.
    ///
    /// # Errors
    /// When a scheduled function ends with an error; the clock has moved nevertheless.
    pub async fn advance(&self, by: Duration) -> Result<Timestamp, LocalError> {
        self.clock.advance(by)?;
        let event = json!({});
        for ran in join_all(self.scheduled.iter().map(|function| self.root.invoke(function, &event))).await {
            ran?;
        }
        Ok(self.now())
    }
}
