//! How values are written so that they sort and read well.

use kernel::Timestamp;

/// Milliseconds since 1970, the form in which items hold a time.
#[must_use]
pub fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Seconds since 1970, the form that DynamoDB's time to live demands.
#[must_use]
pub fn seconds(time: Timestamp) -> i64 {
    time.as_second()
}

/// A number as twenty digits, so that text sorts like the number.
#[must_use]
pub fn counter(number: u64) -> String {
    format!("{number:020}")
}
