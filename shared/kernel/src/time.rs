//! Arithmetic with times that cannot fail.

use crate::Timestamp;
use jiff::TimestampArithmetic;

/// `time` plus `wait`, at most [`Timestamp::MAX`].
#[must_use]
pub fn later(time: Timestamp, wait: impl Into<TimestampArithmetic>) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_sum_beyond_the_end_of_time_is_the_end_of_time() {
        let start = Timestamp::from_second(60).unwrap();
        assert_eq!(later(start, Duration::from_secs(5)), Timestamp::from_second(65).unwrap());
        assert_eq!(later(start, Duration::MAX), Timestamp::MAX);
    }
}
