//! Faults that are put into the production code on purpose, to prove that the simulation finds
//! them. Only `cargo simulate` enables this feature; a test in tests/policy checks that.

use std::cell::Cell;

/// A fault that a developer could have made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// A transition does not check the state before it.
    AnyStateBefore,
    /// A hold is settled a second time, and free credits pay for it.
    SettleTwice,
    /// A hold is settled, and then released as well.
    ReleaseAfterSettle,
    /// A submission whose answer was lost is sent again.
    SubmitAgain,
    /// The row of the Idempotency-Key is written before the generation that it stands for.
    RowBeforeEffect,
    /// The sweep skips generations in the state `submitting`.
    SweepSkipsSubmitting,
    /// A hold is released, and its generation stays open.
    ReleaseAlone,
    /// A generation ends, and its hold stays.
    StateAlone,
    /// Lots are spent after their expiry.
    SpendExpired,
    /// A generation costs more than was held for it.
    SettleAboveHold,
    /// An event is acknowledged although its effect failed.
    AcknowledgeFirst,
    /// The hold is written before its generation, in a call of its own.
    HoldAlone,
    /// A canceled job that was sent never costs anything.
    CancelFree,
    /// A canceled job that was sent is not counted.
    CancelUncounted,
    /// A job that the provider refused is not counted.
    RefusalUncounted,
    /// A session that has ended still spends.
    SpendInEndedSession,
    /// The credits of a frozen lot are spent.
    SpendFrozen,
    /// The last identity of an account is removed.
    UnlinkLast,
    /// The fields that came from a removed identity stay in the profile.
    UnlinkKeepsFields,
    /// A link moves an identity that leads to another account.
    LinkSteals,
    /// A partner's notice ends no session.
    NoticeKeepsSessions,
    /// Of two notices about mail the one that comes last counts, and not the later one.
    NoticeIgnoresOrder,
    /// A notice of before the link has effect.
    NoticeIgnoresLink,
    /// A notice brings an erased account back.
    NoticeResurrects,
    /// A person whose identity leaves its account gets another welcome lot.
    WelcomeAgain,
    /// A deletion can be undone after its time, until the sweep comes.
    UndoTooLate,
}

impl Planted {
    /// Every fault.
    pub const ALL: [Self; 26] = [
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
        Self::CancelFree,
        Self::CancelUncounted,
        Self::RefusalUncounted,
        Self::SpendInEndedSession,
        Self::SpendFrozen,
        Self::UnlinkLast,
        Self::UnlinkKeepsFields,
        Self::LinkSteals,
        Self::NoticeKeepsSessions,
        Self::NoticeIgnoresOrder,
        Self::NoticeIgnoresLink,
        Self::NoticeResurrects,
        Self::WelcomeAgain,
        Self::UndoTooLate,
    ];

    /// The name of the fault on the command line.
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
            Self::CancelFree => "cancel-free",
            Self::CancelUncounted => "cancel-uncounted",
            Self::RefusalUncounted => "refusal-uncounted",
            Self::SpendInEndedSession => "spend-in-ended-session",
            Self::SpendFrozen => "spend-frozen",
            Self::UnlinkLast => "unlink-last",
            Self::UnlinkKeepsFields => "unlink-keeps-fields",
            Self::LinkSteals => "link-steals",
            Self::NoticeKeepsSessions => "notice-keeps-sessions",
            Self::NoticeIgnoresOrder => "notice-ignores-order",
            Self::NoticeIgnoresLink => "notice-ignores-link",
            Self::NoticeResurrects => "notice-resurrects",
            Self::WelcomeAgain => "welcome-again",
            Self::UndoTooLate => "undo-too-late",
        }
    }
}

thread_local! {
    static HERE: Cell<Option<Planted>> = const { Cell::new(None) };
}

/// Plants a fault in this thread, or removes it with `None`.
pub fn plant(fault: Option<Planted>) {
    HERE.set(fault);
}

/// Whether this fault is planted in this thread.
#[must_use]
pub fn planted(fault: Planted) -> bool {
    HERE.get() == Some(fault)
}
