//! Faults that are put into the production path on purpose, to see that the simulation
//! finds them. Only `cargo simulate` builds with this; tests/policy sees to that.

use std::cell::Cell;

/// A fault that somebody could have made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// A transition does not look at the state before.
    AnyStateBefore,
    /// A hold is settled a second time, at the cost of what is free.
    SettleTwice,
    /// A hold is settled, and then given back.
    ReleaseAfterSettle,
    /// A submission whose answer was lost is made again.
    SubmitAgain,
    /// The row of the Idempotency-Key is written before what it stands for.
    RowBeforeEffect,
    /// The sweep does not look after what is being submitted.
    SweepSkipsSubmitting,
    /// A hold is released, and its generation stays as it is.
    ReleaseAlone,
    /// A generation ends, and its hold stays as it is.
    StateAlone,
    /// Lots are spent after their end.
    SpendExpired,
    /// A generation costs more than was held for it.
    SettleAboveHold,
    /// An event is acknowledged although its effect failed.
    AcknowledgeFirst,
    /// The hold is written before its generation, in a call of its own.
    HoldAlone,
}

impl Planted {
    /// Every fault.
    pub const ALL: [Self; 12] = [
        Self::AnyStateBefore,
        Self::SettleTwice,
        Self::ReleaseAfterSettle,
        Self::SubmitAgain,
        Self::RowBeforeEffect,
        Self::SweepSkipsSubmitting,
        Self::ReleaseAlone,
        Self::StateAlone,
        Self::SpendExpired,
        Self::SettleAboveHold,
        Self::AcknowledgeFirst,
        Self::HoldAlone,
    ];

    /// What it is called on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AnyStateBefore => "any-state-before",
            Self::SettleTwice => "settle-twice",
            Self::ReleaseAfterSettle => "release-after-settle",
            Self::SubmitAgain => "submit-again",
            Self::RowBeforeEffect => "row-before-effect",
            Self::SweepSkipsSubmitting => "sweep-skips-submitting",
            Self::ReleaseAlone => "release-alone",
            Self::StateAlone => "state-alone",
            Self::SpendExpired => "spend-expired",
            Self::SettleAboveHold => "settle-above-hold",
            Self::AcknowledgeFirst => "acknowledge-first",
            Self::HoldAlone => "hold-alone",
        }
    }
}

thread_local! {
    static HERE: Cell<Option<Planted>> = const { Cell::new(None) };
}

/// Puts a fault into everything that this thread does from now on, or takes it out again.
pub fn plant(fault: Option<Planted>) {
    HERE.set(fault);
}

/// Whether this fault is planted in this thread.
#[must_use]
pub fn planted(fault: Planted) -> bool {
    HERE.get() == Some(fault)
}
