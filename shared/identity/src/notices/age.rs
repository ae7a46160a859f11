//! The time that a message covers.

use crate::token::CLOCK_LEEWAY_S;
use kernel::Timestamp;

/// The oldest message that is accepted, in seconds: 14 days. Partners send a message again for days. A
/// replay changes nothing, because each message has effect only until its own time. A longer time accepts
/// replays for longer; a shorter one could lose a message that was delayed.
const OLDEST_S: f64 = 14.0 * 24.0 * 60.0 * 60.0;

/// The instant that a message of `seconds` since 1970 covers, if it is neither too old nor from the future.
pub(super) fn covered(seconds: f64, now: Timestamp) -> Option<Timestamp> {
    let age = now.as_second() as f64 - seconds;
    let is_current = (-(CLOCK_LEEWAY_S as f64)..=OLDEST_S).contains(&age);
    is_current.then(|| last_instant(seconds)).flatten()
}

/// The last millisecond that a time covers: a whole second covers all of it.
pub(super) fn last_instant(seconds: f64) -> Option<Timestamp> {
    let milliseconds = if seconds.fract() == 0.0 { seconds * 1_000.0 + 999.0 } else { (seconds * 1_000.0).round() };
    // The last year that a `Timestamp` holds is 9999.
    (0.0..=2.5e14)
        .contains(&milliseconds)
        .then_some(milliseconds as i64)
        .and_then(|it| Timestamp::from_millisecond(it).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_second_is_covered_to_its_end() {
        for (seconds, expected) in [
            (1_800_000_000.0, Some(1_800_000_000_999)),
            (1_800_000_000.25, Some(1_800_000_000_250)),
            (0.0, Some(999)),
            (-1.0, None),
            (1e15, None),
            (f64::MAX, None),
        ] {
            assert_eq!(last_instant(seconds).map(|it| it.as_millisecond()), expected, "{seconds}");
        }
    }

    #[test]
    fn a_message_is_accepted_for_fourteen_days() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let days = 14.0 * 86_400.0;
        for (offset, good) in
            [(0.0, true), (60.0, true), (61.0, false), (-days, true), (-days - 1.0, false), (1e300, false)]
        {
            assert_eq!(covered(1_800_000_000.0 + offset, now).is_some(), good, "{offset} s");
        }
    }
}
