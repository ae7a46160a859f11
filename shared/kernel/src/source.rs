//! Randomness as a value. The two sources are the operating system (in `machine`) and a seed
//! (in `testkit`).

use crate::time::Timestamp;
use std::sync::Arc;
use uuid::{Builder, Uuid};

/// A source of random bytes.
pub trait IdSource: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// A generator of ids and random bytes. Cheap to clone.
#[derive(Clone)]
pub struct Ids(Arc<dyn IdSource>);

impl Ids {
    /// A generator that draws from `source`.
    #[must_use]
    pub fn new(source: impl IdSource + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A UUIDv7 (RFC 9562 §5.7) for `now`.
    #[must_use]
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A number from 0 to `below` − 1; 0 when `below` is 0. Meant for jitter and
    /// shards, where the slight bias of a remainder does not matter.
    #[must_use]
    pub fn below(&self, below: u64) -> u64 {
        u64::from_le_bytes(self.bytes()).checked_rem(below).unwrap_or_default()
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ids")
    }
}

/// A source that always gives the same byte, for tests of pure rules.
#[derive(Debug, Clone, Copy)]
pub struct Fixed(pub u8);

impl IdSource for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
