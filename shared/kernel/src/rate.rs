//! Rate limits: how many requests may come in which time.

use crate::time::{Timestamp, later};
use std::{fmt, time::Duration};

/// The longest wait that a sentence gives in seconds. People read longer ones more easily in minutes.
const SECONDS_IN_WORDS: u64 = 90;

/// The longest wait that a sentence gives in minutes.
const MINUTES_IN_WORDS: u64 = 120;

/// At most `limit` requests in a window of time. The windows follow each other from 1970 on, so a
/// burst around the end of one may have twice as many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatePolicy {
    /// The name in keys and in the header `RateLimit-Policy`.
    pub name: &'static str,
    /// The most requests of a window.
    pub limit: u32,
    /// The length of a window, in whole seconds.
    pub window: Duration,
}

impl RatePolicy {
    /// The beginning and the end of the window that `now` lies in.
    #[must_use]
    pub fn window_of(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let seconds = i64::try_from(self.window.as_secs()).unwrap_or(i64::MAX).max(1);
        let begins = now.as_second() - now.as_second().rem_euclid(seconds);
        let begins = Timestamp::from_second(begins).unwrap_or(now);
        (begins, later(begins, self.window))
    }

    /// The state after `count` requests of the window that `now` lies in.
    #[must_use]
    pub fn after(self, count: u32, now: Timestamp) -> RateState {
        let (_, ends) = self.window_of(now);
        RateState {
            policy: self,
            remaining: self.limit.saturating_sub(count),
            resets_in: ends.duration_since(now).unsigned_abs(),
        }
    }
}

/// How much of a policy is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateState {
    /// The policy.
    pub policy: RatePolicy,
    /// The requests that may still come in this window.
    pub remaining: u32,
    /// The time until the next window.
    pub resets_in: Duration,
}

impl RateState {
    /// The seconds until the next window, rounded up.
    #[must_use]
    pub fn wait_seconds(&self) -> u64 {
        self.resets_in.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)
    }

    /// The time until the next window, for a sentence: `42 seconds`, `about 36 minutes`, `about 5 hours`. Minutes
    /// and hours are rounded up.
    #[must_use]
    pub fn wait_in_words(&self) -> String {
        match self.wait_seconds() {
            0 | 1 => "a second".to_owned(),
            seconds if seconds <= SECONDS_IN_WORDS => format!("{seconds} seconds"),
            seconds if seconds.div_ceil(60) <= MINUTES_IN_WORDS => format!("about {} minutes", seconds.div_ceil(60)),
            seconds => format!("about {} hours", seconds.div_ceil(3_600)),
        }
    }
}

/// The policy in words: `at most 40 in a minute`.
impl fmt::Display for RatePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = match self.window.as_secs() {
            60 => "a minute".to_owned(),
            3_600 => "an hour".to_owned(),
            86_400 => "a day".to_owned(),
            seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
            seconds => format!("{seconds} seconds"),
        };
        write!(f, "at most {} in {window}", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_at_a_multiple_of_its_length_and_counts_down() {
        let policy = RatePolicy { name: "x", limit: 3, window: Duration::from_secs(60) };
        let now: Timestamp = "2026-11-24T10:00:59.500Z".parse().unwrap();
        let (begins, ends) = policy.window_of(now);
        assert_eq!(
            (begins.to_string(), ends.to_string()),
            ("2026-11-24T10:00:00Z".into(), "2026-11-24T10:01:00Z".into())
        );
        for (count, remaining) in [(1, 2), (3, 0), (4, 0)] {
            let expected = RateState { policy, remaining, resets_in: Duration::from_millis(500) };
            assert_eq!(policy.after(count, now), expected);
            assert_eq!(expected.wait_seconds(), 1, "a client that waits must not come back too early");
        }
    }

    #[test]
    fn a_wait_reads_in_seconds_minutes_or_hours() {
        let policy = RatePolicy { name: "x", limit: 10, window: Duration::from_secs(3_600) };
        for (millis, text) in [
            (0, "a second"),
            (1_000, "a second"),
            (1_001, "2 seconds"),
            (90_000, "90 seconds"),
            (90_001, "about 2 minutes"),
            (2_160_000, "about 36 minutes"),
            (2_160_001, "about 37 minutes"),
            (7_200_000, "about 120 minutes"),
            (7_200_001, "about 3 hours"),
            (86_400_000, "about 24 hours"),
        ] {
            let state = RateState { policy, remaining: 0, resets_in: Duration::from_millis(millis) };
            assert_eq!(state.wait_in_words(), text, "{millis}");
        }
    }

    #[test]
    fn a_policy_reads_as_a_sentence() {
        for (seconds, text) in
            [(60, "a minute"), (600, "10 minutes"), (3_600, "an hour"), (86_400, "a day"), (7, "7 seconds")]
        {
            let policy = RatePolicy { name: "x", limit: 40, window: Duration::from_secs(seconds) };
            assert_eq!(policy.to_string(), format!("at most 40 in {text}"));
        }
    }
}
