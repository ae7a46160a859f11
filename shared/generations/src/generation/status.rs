//! The states of a generation and the transitions between them.

use serde::{Deserialize, Serialize};

/// Where a generation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenerationStatus {
    /// Paid for and waiting to be sent to the provider.
    Queued,
    /// Being sent. Until the provider's answer is stored nobody knows whether it arrived,
    /// so it is never sent again.
    Submitting,
    /// The provider works on it.
    Running,
    /// Called off while the provider may work on it: what it says decides how this ends.
    Canceling,
    /// The provider is done and the outputs are being copied.
    Collecting,
    /// Delivered and charged. Final.
    Succeeded,
    /// Not delivered, not charged. Final.
    Failed,
    /// Refused for what it asks for or shows; not charged. Final.
    Moderated,
    /// Called off; charged only where calling off costs something. Final.
    Canceled,
    /// Not done in time; not charged. Final.
    TimedOut,
}

impl GenerationStatus {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Submitting,
        Self::Running,
        Self::Canceling,
        Self::Collecting,
        Self::Succeeded,
        Self::Failed,
        Self::Moderated,
        Self::Canceled,
        Self::TimedOut,
    ];

    /// Whether it stays as it is for ever.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Submitting | Self::Running | Self::Canceling | Self::Collecting => false,
            Self::Succeeded | Self::Failed | Self::Moderated | Self::Canceled | Self::TimedOut => true,
        }
    }

    /// Whether a generation in this state may go over into `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            // Running out of time, or called off, before it was sent at all.
            Self::Queued => matches!(next, Self::Submitting | Self::TimedOut | Self::Canceled),
            // Back to queued only after a definite refusal that will pass; to collecting
            // when the provider's webhook is faster than its answer.
            Self::Submitting => {
                matches!(next, Self::Queued | Self::Running | Self::Collecting | Self::Failed | Self::Moderated)
                    || matches!(next, Self::TimedOut | Self::Canceling)
            }
            Self::Running => matches!(next, Self::Collecting | Self::TimedOut | Self::Canceling),
            // To canceled only when the provider certainly never had it, or at the deadline.
            // All that it says goes through collecting.
            Self::Canceling => matches!(next, Self::Collecting | Self::Canceled),
            // To itself when the process that collected died; back to where it was when the
            // provider is not done after all, or cannot be asked right now.
            Self::Collecting => {
                matches!(next, Self::Collecting | Self::Running | Self::Canceling | Self::Succeeded | Self::Failed)
                    || matches!(next, Self::Moderated | Self::Canceled)
            }
            Self::Succeeded | Self::Failed | Self::Moderated | Self::Canceled | Self::TimedOut => false,
        }
    }

    /// The states that may go over into this one.
    pub fn sources(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |status| status.may_become(self))
    }

    /// The word that is stored and answered.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitting => "submitting",
            Self::Running => "running",
            Self::Canceling => "canceling",
            Self::Collecting => "collecting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Moderated => "moderated",
            Self::Canceled => "canceled",
            Self::TimedOut => "timed_out",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_state_is_final_and_every_other_leads_to_one() {
        for status in GenerationStatus::ALL {
            let leads_on = GenerationStatus::ALL.into_iter().any(|next| status.may_become(next));
            assert_eq!(leads_on, !status.is_final(), "{status:?}");
        }
    }

    #[test]
    fn only_what_was_collected_is_delivered() {
        assert_eq!(GenerationStatus::Succeeded.sources().collect::<Vec<_>>(), [GenerationStatus::Collecting]);
    }

    #[test]
    fn what_the_provider_may_have_is_canceled_by_its_word() {
        assert!(GenerationStatus::Queued.may_become(GenerationStatus::Canceled), "what was never sent ends at once");
        for status in [GenerationStatus::Submitting, GenerationStatus::Running] {
            assert!(
                status.may_become(GenerationStatus::Canceling) && !status.may_become(GenerationStatus::Canceled),
                "{status:?}"
            );
        }
        for delivered_or_not in [
            GenerationStatus::Succeeded,
            GenerationStatus::Failed,
            GenerationStatus::Moderated,
            GenerationStatus::TimedOut,
        ] {
            assert!(
                !GenerationStatus::Canceling.may_become(delivered_or_not),
                "only by being collected: {delivered_or_not:?}"
            );
        }
    }

    #[test]
    fn what_may_have_been_sent_never_times_out_while_it_is_collected() {
        assert!(!GenerationStatus::Collecting.may_become(GenerationStatus::TimedOut));
    }

    #[test]
    fn the_stored_word_is_the_answered_word() {
        for status in GenerationStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
