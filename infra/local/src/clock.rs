//! The platform's time: the machine's, moved forward as far as somebody asked.
//!
//! The functions, the local Google and the fakes follow it; MiniStack itself (signatures,
//! queues, schedules, expiry of items) keeps the machine's.

use crate::{Error, fakes, ministack::Root};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The variable by which functions and the local Google find the clock's file.
pub const VARIABLE: &str = "LOCAL_CLOCK_FILE";

/// How far the clock goes in one step: beyond every retention of ours.
const FARTHEST: Duration = Duration::from_secs(3_650 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// The clock. Its file holds one signed number: by how many milliseconds it is ahead of
/// the machine's. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct LocalClock {
    file: PathBuf,
    ahead_ms: Arc<AtomicI64>,
}

impl LocalClock {
    /// The machine's time, with a file in `folder`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn start(folder: &Path) -> Result<Self, Error> {
        let clock = Self { file: folder.join("clock"), ahead_ms: Arc::default() };
        clock.write(0)?;
        Ok(clock)
    }

    /// Where its file is.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let machine = fakes::Clock::system().now();
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed).unsigned_abs());
        machine.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// The same clock for a fake.
    #[must_use]
    pub fn for_fakes(&self) -> fakes::Clock {
        let clock = self.clone();
        fakes::Clock::new(move || clock.now())
    }

    fn advance(&self, by: Duration) -> Result<(), Error> {
        let by_ms = i64::try_from(by.min(FARTHEST).as_millis()).unwrap_or_default();
        self.write(self.ahead_ms.fetch_add(by_ms, Ordering::Relaxed).saturating_add(by_ms))
    }

    /// At once or not at all: a function may be reading.
    fn write(&self, ahead_ms: i64) -> Result<(), Error> {
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{ahead_ms}\n")).map_err(Error::during(next.display()))?;
        fs::rename(&next, &self.file).map_err(Error::during(self.file.display()))
    }
}

/// The clock, and what is due when it has moved. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Time {
    clock: LocalClock,
    root: Root,
    /// The physical names of the functions that run by a schedule.
    scheduled: Arc<[String]>,
}

impl Time {
    /// A clock by which these functions run.
    #[must_use]
    pub fn new(clock: LocalClock, root: Root, scheduled: Vec<String>) -> Self {
        Self { clock, root, scheduled: scheduled.into() }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock forward (at most ten years), runs every schedule once and waits for
    /// all of them.
    ///
    /// # Errors
    /// When a scheduled function ends with an error; the clock has moved all the same.
    pub async fn advance(&self, by: Duration) -> Result<Timestamp, Error> {
        self.clock.advance(by)?;
        let event = json!({});
        for ran in join_all(self.scheduled.iter().map(|function| self.root.invoke(function, &event))).await {
            ran?;
        }
        Ok(self.now())
    }
}

/// A length of time as people write it: a whole number of `s`, `m`, `h` or `d`.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => DAY,
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let seconds = number.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(unit)?;
    Some(Duration::from_secs(seconds)).filter(|length| *length <= FARTHEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_a_number_and_a_unit() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("5m", 300), ("36h", 129_600), ("8d", 691_200)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "d", "8", "8 d", "-1d", "+1d", "1.5h", "8w", "3651d", "99999999999999999999d", "8\u{e4}"] {
            assert_eq!(duration(text), None, "{text} must be refused");
        }
    }

    #[test]
    fn the_file_says_how_far_the_clock_is_ahead() {
        let folder = std::env::temp_dir().join(format!("local-clock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let clock = LocalClock::start(&folder).unwrap();
        let (other, before) = (clock.clone(), clock.now());
        assert_eq!(fs::read_to_string(clock.file()).unwrap(), "0\n");
        clock.advance(Duration::from_secs(8 * DAY)).unwrap();
        clock.advance(Duration::from_secs(1)).unwrap();
        assert_eq!(fs::read_to_string(clock.file()).unwrap(), "691201000\n");
        let moved = other.for_fakes().now().duration_since(before).as_secs();
        assert!((691_201..691_261).contains(&moved), "every clone must have moved: {moved} s");
        fs::remove_dir_all(&folder).unwrap();
    }
}
