//! The calendar clock, which only this file reads. Measurements use the monotonic clock.
#![allow(clippy::disallowed_methods, reason = "this program is no function, so it has no runtime that passes the time")]

use kernel::Timestamp;

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}
