//! The clock, the environment and the random numbers of the operating system. Only this crate reads
//! them.
//!
//! `runtime` reads them for the functions, and the commands for operators read them for themselves.
//! All other crates receive them as values, so that a test can be replayed from its seed.
#![allow(clippy::disallowed_methods, reason = "this is the place that the lint points to")]

use kernel::{IdSource, Ids, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use std::{ffi::OsString, io::Write};

/// The machine's time now, in whole milliseconds. Items store milliseconds, so an answer shows the
/// same time before and after storing.
#[must_use]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The environment variables of this process. Those that are not valid Unicode are left out: none of ours
/// is, and others may have any bytes.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    in_unicode(std::env::vars_os())
}

fn in_unicode(variables: impl Iterator<Item = (OsString, OsString)>) -> impl Iterator<Item = (String, String)> {
    variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The arguments of this process after the program's name. Bytes that are no Unicode are replaced.
pub fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned())
}

/// Writes a text, for a command. A reader that is gone is no reason to fail: a change may be made
/// already, and the exit code tells.
pub fn tell(out: &mut impl Write, text: &str) {
    if out.write_all(text.as_bytes()).is_ok() {
        out.flush().unwrap_or_default();
    }
}

/// A generator of ids from the operating system's randomness.
///
/// # Panics
/// The generator panics when the operating system gives no random bytes.
#[must_use]
pub fn ids() -> Ids {
    Ids::new(SystemIds(SystemRandom::new()))
}

struct SystemIds(SystemRandom);

impl IdSource for SystemIds {
    #[allow(clippy::expect_used, reason = "without randomness, ids, keys and tokens could be guessed")]
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system must give random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_whole_milliseconds() {
        assert_eq!(now().as_nanosecond() % 1_000_000, 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_unicode_is_left_out() {
        use std::os::unix::ffi::OsStringExt;
        let foreign = || OsString::from_vec(vec![b'J', 0xf6]);
        let ours = (OsString::from("STAGE"), OsString::from("production"));
        let given = [(foreign(), "x".into()), ours, ("LESS".into(), foreign())];
        let read: Vec<_> = in_unicode(given.into_iter()).collect();
        assert_eq!(read, [("STAGE".to_owned(), "production".to_owned())]);
    }

    /// A pipe whose reader is gone.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_that_is_gone_is_no_failure() {
        tell(&mut Closed, "The account is frozen.\n");
        let mut read = Vec::new();
        tell(&mut read, "The account is frozen.\n");
        assert_eq!(read, b"The account is frozen.\n");
    }

    #[test]
    fn random_bytes_are_not_the_same_twice() {
        let ids = ids();
        assert_ne!(ids.bytes::<16>(), ids.bytes::<16>());
    }
}
