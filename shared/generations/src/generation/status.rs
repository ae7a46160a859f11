//! The states of a generation and the transitions between them.

#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GenerationStatus {
    /// The credits are held, and it waits for its submission.
    Queued,
    /// It is being submitted. Until the provider's answer is stored it is unknown whether the
    /// provider has the job, so the submission is never repeated.
    Submitting,
    /// The provider works on it.
    Running,
    /// It was canceled while the provider may have the job. The provider's answer decides how it
    /// ends.
    Canceling,
    /// The provider is done, and the outputs are being copied.
    Collecting,
    /// Delivered and charged. Final.
    Succeeded,
    /// Not delivered, not charged. Final.
    Failed,
    /// The prompt or the output is not allowed; not charged. Final.
    Moderated,
    /// Canceled; charged only where the cancellation has a price. Final.
    Canceled,
    /// Not done by the deadline; not charged. Final.
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

    /// Whether no transition leaves this state.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Submitting | Self::Running | Self::Canceling | Self::Collecting => false,
            Self::Succeeded | Self::Failed | Self::Moderated | Self::Canceled | Self::TimedOut => true,
        }
    }

    /// Whether the state machine has a transition from this state to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            // It times out, or is canceled, before its submission.
            Self::Queued => matches!(next, Self::Submitting | Self::TimedOut | Self::Canceled),
            // To queued only after a definite refusal that will pass. To collecting when the
            // provider's webhook arrives before its answer.
            Self::Submitting => {
                matches!(next, Self::Queued | Self::Running | Self::Collecting | Self::Failed | Self::Moderated)
                    || matches!(next, Self::TimedOut | Self::Canceling)
            }
            Self::Running => matches!(next, Self::Collecting | Self::TimedOut | Self::Canceling),
            // It becomes canceled if the provider certainly never had the job, or at the deadline.
            // Every answer of the provider makes it collecting.
            Self::Canceling => matches!(next, Self::Collecting | Self::Canceled),
            // It stays collecting if the collecting run died. It becomes running or canceling again
            // if the provider has not finished, or does not answer.
            Self::Collecting => {
                matches!(next, Self::Collecting | Self::Running | Self::Canceling | Self::Succeeded | Self::Failed)
                    || matches!(next, Self::Moderated | Self::Canceled)
            }
            Self::Succeeded | Self::Failed | Self::Moderated | Self::Canceled | Self::TimedOut => false,
        }
    }

    /// The states with a transition to this one.
    pub fn sources(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |status| {
            #[cfg(feature = "planted-faults")]
            if planted(Planted::AnyStateBefore) {
                return true;
            }
            status.may_become(self)
        })
    }

    /// The stored form, which is also the answered form.
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
    fn only_a_collected_generation_is_delivered() {
        assert_eq!(GenerationStatus::Succeeded.sources().collect::<Vec<_>>(), [GenerationStatus::Collecting]);
    }

    #[test]
    fn a_submitted_generation_is_canceled_by_the_providers_answer() {
        assert!(
            GenerationStatus::Queued.may_become(GenerationStatus::Canceled),
            "a generation that was never submitted ends at once"
        );
        for status in [GenerationStatus::Submitting, GenerationStatus::Running] {
            assert!(
                status.may_become(GenerationStatus::Canceling) && !status.may_become(GenerationStatus::Canceled),
                "{status:?}"
            );
        }
        for end in [
            GenerationStatus::Succeeded,
            GenerationStatus::Failed,
            GenerationStatus::Moderated,
            GenerationStatus::TimedOut,
        ] {
            assert!(!GenerationStatus::Canceling.may_become(end), "the answer is collected first: {end:?}");
        }
    }

    #[test]
    fn a_generation_does_not_time_out_while_it_is_collected() {
        assert!(!GenerationStatus::Collecting.may_become(GenerationStatus::TimedOut));
    }

    #[test]
    fn the_stored_form_is_the_answered_form() {
        for status in GenerationStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
