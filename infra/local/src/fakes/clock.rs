//! The clock of a fake's server.

use jiff::Timestamp;
use std::{fmt, sync::Arc};

/// The clock of a fake's server. Cheap to clone.
#[derive(Clone)]
pub struct FakeClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl FakeClock {
    /// A clock of the caller, such as one that follows `POST /_local/clock`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the local platform is where a fake's time comes from")]
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for FakeClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
