//! Days and times for people. They are in UTC, because we do not know where a person is.

use jiff::{civil::Date, tz::TimeZone};
use kernel::Timestamp;

/// A day, such as `7 December 2026`.
pub(crate) fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// The day of a time, in UTC.
pub(crate) fn day_of(at: Timestamp) -> String {
    day(TimeZone::UTC.to_datetime(at).date())
}

/// A time, such as `7 December 2026, 11:00 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_for_people() {
        let at: Timestamp = "2026-12-07T11:05:09Z".parse().unwrap();
        assert_eq!((day_of(at).as_str(), moment(at).as_str()), ("7 December 2026", "7 December 2026, 11:05 UTC"));
    }
}
