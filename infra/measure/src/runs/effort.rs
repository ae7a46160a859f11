//! How much is measured.

/// The number of rounds and calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The number of measured starts.
    pub cold: usize,
    /// The number of measured first calls under a quota, for each period.
    pub throttled: usize,
    /// The number of processes with measured warm calls, with and without delay.
    pub warm: usize,
    /// The number of warm calls of each process.
    pub calls: usize,
}

impl Effort {
    /// For figures that are published.
    pub const FULL: Self = Self { cold: 100, throttled: 40, warm: 10, calls: 100 };
    /// For a check that everything can be measured.
    pub const QUICK: Self = Self { cold: 5, throttled: 2, warm: 1, calls: 20 };
}
