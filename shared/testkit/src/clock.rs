//! The clock of a world.

use kernel::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// 2027-01-15T08:00:00Z: where the clock of every world starts, in milliseconds.
const START: i64 = 1_800_000_000_000;

/// The clock of a world, in milliseconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct WorldClock(Arc<AtomicI64>);

impl Default for WorldClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl WorldClock {
    pub(crate) fn now(&self) -> Timestamp {
        let millis = self.0.load(Ordering::Relaxed);
        Timestamp::from_millisecond(millis).expect("no test advances the clock to the year 9999")
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("no test advances the clock by more than the year 9999");
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl dynoxide::storage_backend::Clock for WorldClock {
    fn now_unix_secs(&self) -> u64 {
        self.now().as_second().unsigned_abs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.now().as_millisecond() as f64 / 1000.0
    }
}
