//! The clock, the environment and the random numbers of the operating system. Only this crate reads
//! them.
//!
//! `runtime` reads them for the functions, and the commands for operators read them for themselves.
//! All other crates receive them as values, so that a test can be replayed from its seed.
#![allow(clippy::disallowed_methods, reason = "this is the place that the lint points to")]

use kernel::{IdSource, Ids, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

/// The machine's time now, in whole milliseconds. Items store milliseconds, so an answer shows the
/// same time before and after storing.
#[must_use]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The environment variables of this process.
///
/// # Panics
/// When a variable is not valid Unicode.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars()
}

/// A generator of ids from the operating system's randomness.
///
/// # Panics
/// The generator panics when the operating system gives no random bytes.
#[must_use]
pub fn ids() -> Ids {
    Ids::new(SystemIds(SystemRandom::new()))
}

struct SystemIds(SystemRandom);

impl IdSource for SystemIds {
    #[allow(clippy::expect_used, reason = "without randomness, ids, keys and tokens could be guessed")]
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system must give random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_whole_milliseconds() {
        assert_eq!(now().as_nanosecond() % 1_000_000, 0);
    }

    #[test]
    fn random_bytes_are_not_the_same_twice() {
        let ids = ids();
        assert_ne!(ids.bytes::<16>(), ids.bytes::<16>());
    }
}
