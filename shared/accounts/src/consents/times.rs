//! The times that a person's device names.

use kernel::{
    Error, Result, Timestamp, later,
    limits::{CHOICE_LIFETIME, DEVICE_CLOCK_AHEAD},
};

/// The time to the millisecond, if it is at most [`CHOICE_LIFETIME`] ago and at most [`DEVICE_CLOCK_AHEAD`] ahead.
///
/// # Errors
/// `invalid` for the field `name`.
pub(crate) fn of_late(name: &'static str, text: &str, now: Timestamp) -> Result<Timestamp> {
    let named: Option<Timestamp> = text.parse().ok();
    let named = named.and_then(|time| Timestamp::from_millisecond(time.as_millisecond()).ok());
    let is_possible =
        |time: &Timestamp| later(*time, CHOICE_LIFETIME) >= now && *time <= later(now, DEVICE_CLOCK_AHEAD);
    named.filter(is_possible).ok_or_else(|| {
        let days = CHOICE_LIFETIME.as_secs() / (24 * 60 * 60);
        let detail = format!("{name} is a time of the last {days} days, such as 2026-12-01T10:00:00Z.");
        Error::invalid(name, format!("{detail} If it is, check the clock of the device."))
    })
}
