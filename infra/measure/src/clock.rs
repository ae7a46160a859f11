//! The one place here that reads the calendar's clock. What is measured is measured by
//! the monotonic one.
#![allow(clippy::disallowed_methods, reason = "this program is no function: it has no runtime to be told the time by")]

use kernel::Timestamp;

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}
