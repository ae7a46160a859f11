//! The platform's time: the machine's time, moved forward on request.
//!
//! The functions, the local Google and the fakes follow it. MiniStack itself (signatures,
//! queues, schedules, expiry of items) keeps the machine's time.

use crate::{error::LocalError, fakes::FakeClock};
use jiff::{SignedDuration, Timestamp};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The variable with the path of the clock's file, for functions and the local Google.
pub const VARIABLE: &str = "LOCAL_CLOCK_FILE";

/// The longest step of the clock. It is longer than every retention of ours.
const FARTHEST: Duration = Duration::from_secs(3_650 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// The clock. Its file holds one signed number: the milliseconds by which it is ahead of the
/// machine's clock. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct LocalClock {
    file: PathBuf,
    ahead_ms: Arc<AtomicI64>,
    moves: Arc<Mutex<Vec<ClockMove>>>,
}

/// A move of the clock: by how much, and when by the machine's clock.
#[derive(Debug, Clone, Copy)]
struct ClockMove {
    at: Timestamp,
    by: Duration,
}

impl LocalClock {
    /// A clock at the machine's time, with a file in `folder`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn start(folder: &Path) -> Result<Self, LocalError> {
        let clock = Self { file: folder.join("clock"), ahead_ms: Arc::default(), moves: Arc::default() };
        clock.write(0)?;
        Ok(clock)
    }

    /// The path of its file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let machine = FakeClock::system().now();
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed).unsigned_abs());
        machine.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// The time that has passed since an instant of the machine's clock, moves of this clock included.
    ///
    /// Signatures have the machine's time in whole seconds. A move in the second after `instant` counts as one before
    /// it, so that nothing is older than it is.
    #[must_use]
    pub fn age(&self, instant: Timestamp) -> SignedDuration {
        let machine = FakeClock::system().now();
        let moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
        let later = moves.iter().filter(|step| step.at.duration_since(instant) > SignedDuration::from_secs(1));
        let moved = later.map(|step| SignedDuration::try_from(step.by).unwrap_or(SignedDuration::MAX));
        moved.fold(machine.duration_since(instant), SignedDuration::saturating_add)
    }

    /// The same clock for a fake.
    #[must_use]
    pub fn for_fakes(&self) -> FakeClock {
        let clock = self.clone();
        FakeClock::new(move || clock.now())
    }

    /// Moves the clock forward, at most ten years.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn advance(&self, by: Duration) -> Result<(), LocalError> {
        let by = by.min(FARTHEST);
        let by_ms = i64::try_from(by.as_millis()).unwrap_or_default();
        let step = ClockMove { at: FakeClock::system().now(), by };
        self.moves.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        self.write(self.ahead_ms.fetch_add(by_ms, Ordering::Relaxed).saturating_add(by_ms))
    }

    /// Replaces the file in one step, because a function may be reading it.
    fn write(&self, ahead_ms: i64) -> Result<(), LocalError> {
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{ahead_ms}\n")).map_err(LocalError::during(next.display()))?;
        fs::rename(&next, &self.file).map_err(LocalError::during(self.file.display()))
    }
}

/// Parses a length of time: a whole number of `s`, `m`, `h` or `d`, at most ten years.
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

    #[test]
    fn a_move_makes_older_what_was_there_before_it_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("local-clock-age-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let clock = LocalClock::start(&folder).unwrap();
        let now = FakeClock::system().now();
        let (before, during) = (now - SignedDuration::from_secs(10), now);
        assert!((10..70).contains(&clock.age(before).as_secs()), "{:?}", clock.age(before));
        clock.advance(Duration::from_secs(360)).unwrap();
        assert!((370..430).contains(&clock.age(before).as_secs()), "{:?}", clock.age(before));
        assert!(clock.age(during).as_secs() < 60, "what has the second of the move is new: {:?}", clock.age(during));
        fs::remove_dir_all(&folder).unwrap();
    }
}
