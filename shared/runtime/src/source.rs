//! The one place that reads the clock and the operating system's randomness.
#![allow(clippy::disallowed_methods, reason = "this is the place that the lint points to")]

use kernel::{IdSource, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

/// The time now, in whole milliseconds as items hold it, so that what is answered before
/// storing and after is the same.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// A point in time that the platform gives as a system time.
pub(crate) fn at(time: std::time::SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}

/// The variables of this process.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars()
}

/// The operating system's randomness.
pub(crate) struct SystemIds(pub(crate) SystemRandom);

impl IdSource for SystemIds {
    #[allow(clippy::expect_used, reason = "going on without randomness would make ids and tokens guessable")]
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system must give random bytes");
    }
}
