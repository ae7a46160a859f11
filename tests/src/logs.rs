//! The log lines of functions.

use runtime::logs::is_ours;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex, Once, PoisonError},
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{Layer, filter::filter_fn, fmt, layer::SubscriberExt, registry};

/// The target of metrics, which is no crate.
const METRIC: &str = "metric";

/// Keeps every call site enabled, for captures that begin later on other threads.
///
/// `tracing` remembers of each call site whether any subscriber wants it. A call site that is first reached
/// while a capture of another thread begins may be remembered as unwanted, and then prints no line in it. With
/// this subscriber, which wants everything and prints nothing, none is unwanted.
pub(crate) fn want_every_line() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails if the process has a subscriber already, which is as good.
        let _ = tracing::subscriber::set_global_default(registry());
    });
}

/// The log lines of this thread. The capture ends when the value is dropped.
pub struct Printed {
    lines: Lines,
    _guard: DefaultGuard,
}

impl Printed {
    /// Prints as in production.
    #[must_use]
    pub fn in_production() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let guard = tracing::subscriber::set_default(runtime::logs::subscriber(move || writer.clone()));
        Self { lines, _guard: guard }
    }

    /// Prints the lines of our own crates at every level, because a changed filter could print them.
    #[must_use]
    pub fn everything_of_ours() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let ours = filter_fn(|line| line.target() == METRIC || is_ours(line.target()));
        let layer = fmt::layer().json().with_writer(move || writer.clone()).with_filter(ours);
        let guard = tracing::subscriber::set_default(registry().with(layer));
        Self { lines, _guard: guard }
    }

    /// The lines that were printed since the last call.
    pub(crate) fn take(&self) -> String {
        let mut bytes = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        bytes.clear();
        text
    }

    /// The lines that were printed so far.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
