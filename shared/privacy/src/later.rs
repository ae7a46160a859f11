use kernel::Timestamp;
use std::time::Duration;

/// The time `wait` after `time`, at most the end of the calendar.
pub(crate) fn later(time: Timestamp, wait: Duration) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
