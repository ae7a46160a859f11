//! Stored forms of times and numbers.

use kernel::Timestamp;

/// Milliseconds since 1970: the form of times in items.
#[must_use]
pub fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Seconds since 1970: the form that DynamoDB's time to live demands.
#[must_use]
pub fn seconds(time: Timestamp) -> i64 {
    time.as_second()
}

/// A number as twenty digits, so that the texts sort like the numbers.
#[must_use]
pub fn counter(number: u64) -> String {
    format!("{number:020}")
}
