//! What the functions print.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{level_filters::LevelFilter, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, registry};

/// Our own crates that run in a function, and what is no crate: metrics. The target of their
/// lines begins with one.
const OURS: [&str; 14] = [
    "accounts",
    "aws",
    "billing",
    "credits",
    "generations",
    "identity",
    "kernel",
    "media",
    "metric",
    "net",
    "privacy",
    "providers",
    "runtime",
    "session",
];

/// Everything that is printed while this lives, on the thread that made it.
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

    /// Prints every line of our own crates, however fine: what a changed filter could
    /// bring to light.
    #[must_use]
    pub fn everything_of_ours() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        // A target covers all that starts with it, and the SDK's crates start with ours.
        let theirs = ["aws_", "runtime_"].map(|name| (name, LevelFilter::OFF));
        let ours = Targets::new().with_targets(OURS.map(|name| (name, LevelFilter::TRACE))).with_targets(theirs);
        let layer = fmt::layer().json().with_writer(move || writer.clone()).with_filter(ours);
        let guard = tracing::subscriber::set_default(registry().with(layer));
        Self { lines, _guard: guard }
    }

    /// What was printed so far.
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
