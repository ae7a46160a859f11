//! The step after a provider's answer to a submission. Pure.

use crate::generation::{failure::FailureCode, schedule};
use jiff::SignedDuration;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use providers::{ProviderJob, Refusal, RefusalKind, Submitted};

/// The step after a provider's answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AfterSubmission {
    /// The provider has the job.
    Run {
        /// The provider's id of the job.
        job: ProviderJob,
        /// The number of jobs before it in the provider's queue, if the provider reports it.
        queue_position: Option<u32>,
    },
    /// The provider may have the job. Its webhook, a look-up or the deadline decides.
    Wait,
    /// The provider does not have the job. The generation is submitted again after this time.
    Requeue(SignedDuration),
    /// The provider refused the job for good.
    GiveUp(FailureCode),
}

/// The step after this answer. A submission without an answer is never repeated, because the
/// provider may have the job.
pub(crate) fn after_submission(submitted: Submitted) -> AfterSubmission {
    match submitted {
        Submitted::Accepted { provider_job: job, queue_position } => AfterSubmission::Run { job, queue_position },
        #[cfg(feature = "planted-faults")]
        Submitted::Ambiguous if planted(Planted::SubmitAgain) => AfterSubmission::Requeue(SignedDuration::ZERO),
        Submitted::Ambiguous => AfterSubmission::Wait,
        Submitted::Refused(refusal) => after_refusal(&refusal),
    }
}

fn after_refusal(refusal: &Refusal) -> AfterSubmission {
    match refusal.kind {
        RefusalKind::RateLimited | RefusalKind::OutOfCredit | RefusalKind::Unavailable => {
            let asked = refusal.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
            AfterSubmission::Requeue(asked.unwrap_or(schedule::RETRY_AFTER).max(schedule::RETRY_AFTER))
        }
        RefusalKind::Retired => AfterSubmission::GiveUp(FailureCode::ModelRetired),
        RefusalKind::InvalidInput => AfterSubmission::GiveUp(FailureCode::InputRefused),
        RefusalKind::Moderated => AfterSubmission::GiveUp(FailureCode::Moderated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn refused(kind: RefusalKind, retry_after: Option<u64>) -> AfterSubmission {
        let retry_after = retry_after.map(Duration::from_secs);
        after_submission(Submitted::Refused(Refusal { kind, retry_after, detail_code: "422".to_owned() }))
    }

    #[test]
    fn a_submission_without_an_answer_is_not_repeated() {
        assert_eq!(after_submission(Submitted::Ambiguous), AfterSubmission::Wait);
    }

    #[test]
    fn a_passing_refusal_is_retried_after_the_providers_pause_or_ours() {
        for kind in [RefusalKind::RateLimited, RefusalKind::OutOfCredit, RefusalKind::Unavailable] {
            assert!(kind.is_temporary(), "{kind:?}");
            for (asked, wait) in [(None, 15), (Some(1), 15), (Some(60), 60)] {
                let expected = AfterSubmission::Requeue(SignedDuration::from_secs(wait));
                assert_eq!(refused(kind, asked), expected, "{kind:?} with {asked:?}");
            }
        }
    }

    #[test]
    fn a_final_refusal_gives_the_generation_up() {
        for (kind, code) in [
            (RefusalKind::Retired, FailureCode::ModelRetired),
            (RefusalKind::InvalidInput, FailureCode::InputRefused),
            (RefusalKind::Moderated, FailureCode::Moderated),
        ] {
            assert!(!kind.is_temporary(), "{kind:?}");
            assert_eq!(refused(kind, Some(60)), AfterSubmission::GiveUp(code));
        }
    }
}
