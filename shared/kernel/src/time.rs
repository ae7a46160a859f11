//! Points in time.

use jiff::TimestampArithmetic;

/// A point in time, UTC. Stored as whole milliseconds since 1970, answered as RFC 3339.
pub type Timestamp = jiff::Timestamp;

/// The time that is `wait` after `time`, or [`Timestamp::MAX`] where that is too far to be
/// represented.
#[must_use]
pub fn later(time: Timestamp, wait: impl Into<TimestampArithmetic>) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use std::time::Duration;

    #[test]
    fn a_wait_ends_no_later_than_the_last_timestamp() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(later(start, Duration::from_secs(60)).as_second(), 1_800_000_060);
        assert_eq!(later(start, SignedDuration::from_secs(-60)).as_second(), 1_799_999_940);
        assert_eq!(later(start, Duration::MAX), Timestamp::MAX);
    }
}
