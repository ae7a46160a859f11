//! The clock and the operating system's randomness, which only this file reads.
#![allow(clippy::disallowed_methods, reason = "this is the place that the lint points to")]

use kernel::{IdSource, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

/// The machine's time now, in whole milliseconds. Items store milliseconds, so an answer shows the
/// same time before and after storing.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The milliseconds by which the local platform's clock is ahead of the machine's: the signed number
/// in the file that `LOCAL_CLOCK_FILE` names, or 0 without one.
#[cfg(feature = "local-clock")]
pub(crate) fn offset_ms() -> i64 {
    std::env::var_os("LOCAL_CLOCK_FILE").map_or(0, |path| offset_in(path.as_ref()))
}

#[cfg(any(feature = "local-clock", test))]
fn offset_in(path: &std::path::Path) -> i64 {
    std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

/// Without the feature the clock is the machine's: no variable can move it.
#[cfg(not(feature = "local-clock"))]
pub(crate) fn offset_ms() -> i64 {
    0
}

/// A system time of the platform as a timestamp.
pub(crate) fn at(time: std::time::SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}

/// The environment variables of this process.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars()
}

/// The operating system's randomness.
pub(crate) struct SystemIds(pub(crate) SystemRandom);

impl IdSource for SystemIds {
    #[allow(clippy::expect_used, reason = "without randomness, ids and tokens could be guessed")]
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system must give random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_moves_the_time_by_the_number_in_it() {
        let file = std::env::temp_dir().join(format!("clock-{}", std::process::id()));
        for (text, expected) in [("-691200000\n", -691_200_000), ("soon", 0), ("", 0)] {
            fs::write(&file, text).unwrap();
            assert_eq!(offset_in(&file), expected, "{text:?}");
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(offset_in(&file), 0, "a file that is not there moves nothing");
    }
}
