//! The step of the sweep for a generation that is due. Pure.

use crate::generation::{failure::FailureCode, record::Generation, schedule, status::GenerationStatus};
use jiff::SignedDuration;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Timestamp, later, limits};

/// A step of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepStep {
    /// Do nothing: it is final, or it is not due after all.
    Leave,
    /// Wake `run-generation`.
    Submit,
    /// Look for the job at the provider: the submission was not answered.
    FindJob,
    /// Ask the provider for the state of the job.
    AskProvider,
    /// Wake `collect-media`: the run that copied its outputs died.
    Collect,
    /// Ask the provider to stop the job, because the person canceled it.
    CancelJob,
    /// End it for this reason: its time is up.
    End(FailureCode),
    /// Wake `make-thumbnails`: it was delivered and its thumbnails are missing.
    MakeThumbnails,
    /// Give up its thumbnails: they were tried for long enough.
    ForgoThumbnails,
    /// Delete objects that no item names: the run that wrote them died.
    DeleteOrphans,
    /// Finish its deletion: its time to be undone is over, or the run that deleted it died.
    Delete,
}

impl SweepStep {
    /// The order of the steps in a sweep. First come steps without a call to a provider, then
    /// steps that return credits, then steps that wait for a provider, and last the steps whose
    /// delay no person notices.
    pub(crate) fn turn(self) -> u8 {
        match self {
            Self::Leave | Self::Submit | Self::Collect | Self::MakeThumbnails | Self::ForgoThumbnails => 0,
            Self::End(_) => 1,
            Self::FindJob | Self::AskProvider | Self::CancelJob => 2,
            Self::DeleteOrphans | Self::Delete => 3,
        }
    }
}

/// The step of the sweep for a generation at this time.
#[must_use]
pub fn due_step(generation: &Generation, now: Timestamp) -> SweepStep {
    if generation.next_check.is_none_or(|due| now < due) {
        return SweepStep::Leave;
    }
    #[cfg(feature = "planted-faults")]
    if generation.status == GenerationStatus::Submitting && planted(Planted::SweepSkipsSubmitting) {
        return SweepStep::Leave;
    }
    if generation.deleted_at.is_some() {
        return SweepStep::Delete;
    }
    let is_over = generation.deadline <= now;
    match generation.status {
        GenerationStatus::Queued | GenerationStatus::Submitting | GenerationStatus::Running if is_over => {
            SweepStep::End(FailureCode::TimedOut)
        }
        GenerationStatus::Canceling if is_over => SweepStep::End(FailureCode::Canceled),
        GenerationStatus::Queued => SweepStep::Submit,
        GenerationStatus::Submitting => SweepStep::FindJob,
        GenerationStatus::Running => SweepStep::AskProvider,
        GenerationStatus::Canceling => SweepStep::CancelJob,
        // The provider finished in time, so the output is delivered if it can be copied at all.
        GenerationStatus::Collecting if later(generation.deadline, schedule::COLLECT_MARGIN) <= now => {
            SweepStep::End(FailureCode::OutputUnusable)
        }
        GenerationStatus::Collecting => SweepStep::Collect,
        GenerationStatus::Succeeded if generation.owes_thumbnails && age(generation, now) >= thumbnails_tried_for() => {
            SweepStep::ForgoThumbnails
        }
        GenerationStatus::Succeeded if generation.owes_thumbnails => SweepStep::MakeThumbnails,
        GenerationStatus::Succeeded
        | GenerationStatus::Failed
        | GenerationStatus::Moderated
        | GenerationStatus::Canceled
        | GenerationStatus::TimedOut => {
            if generation.orphan_risk > 0 {
                SweepStep::DeleteOrphans
            } else {
                SweepStep::Leave
            }
        }
    }
}

/// The time of the sweep's next check after this step.
#[must_use]
pub fn next_check(generation: &Generation, step: SweepStep, now: Timestamp) -> Timestamp {
    let wait = match step {
        SweepStep::Submit => schedule::REQUEUE_AFTER,
        SweepStep::DeleteOrphans | SweepStep::Delete => schedule::DELETE_LEASE,
        SweepStep::MakeThumbnails => age(generation, now).max(schedule::THUMBNAILS_AGAIN_AFTER),
        SweepStep::Leave | SweepStep::FindJob | SweepStep::AskProvider | SweepStep::Collect | SweepStep::CancelJob => {
            schedule::ASK_AFTER
        }
        SweepStep::End(_) | SweepStep::ForgoThumbnails => schedule::ASK_AFTER,
    };
    later(now, wait)
}

/// The longest time for which a job may have been over without a webhook: the time since it was
/// last known to be under way.
#[must_use]
pub fn webhook_lag(generation: &Generation, now: Timestamp) -> SignedDuration {
    let last = generation.next_check.and_then(|due| due.checked_sub(schedule::ASK_AFTER).ok());
    last.map_or(SignedDuration::ZERO, |last| now.duration_since(last.max(generation.created_at)))
}

/// The time since the delivery.
fn age(generation: &Generation, now: Timestamp) -> SignedDuration {
    generation.finished_at.map_or(SignedDuration::ZERO, |finished| now.duration_since(finished))
}

fn thumbnails_tried_for() -> SignedDuration {
    SignedDuration::try_from(limits::THUMBNAILS_TRIED_FOR).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::schedule::COLLECT_MARGIN;
    use serde_json::json;

    fn generation(status: GenerationStatus) -> Generation {
        let stored = json!({
            "pk": "01929e6b-6c00-7000-8000-0123456789ab", "sk": "01929e6b-6c00-7000-8000-0123456789ac",
            "model": "m", "kind": "text_to_image", "provider": "replicate",
            "provider_model": "a/m", "prompt": "p", "settings": {}, "price": 4,
            "status": status, "created_at": 0, "deadline": 600_000, "next_check": 100_000,
        });
        serde_json::from_value(stored).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_state_has_its_step_and_its_end() {
        for (status, in_time, late) in [
            (GenerationStatus::Queued, SweepStep::Submit, SweepStep::End(FailureCode::TimedOut)),
            (GenerationStatus::Submitting, SweepStep::FindJob, SweepStep::End(FailureCode::TimedOut)),
            (GenerationStatus::Running, SweepStep::AskProvider, SweepStep::End(FailureCode::TimedOut)),
            (GenerationStatus::Canceling, SweepStep::CancelJob, SweepStep::End(FailureCode::Canceled)),
            (GenerationStatus::Collecting, SweepStep::Collect, SweepStep::Collect),
        ] {
            let generation = generation(status);
            assert_eq!(due_step(&generation, at(99)), SweepStep::Leave, "{status:?} is not due");
            assert_eq!((due_step(&generation, at(100)), due_step(&generation, at(600))), (in_time, late), "{status:?}");
            if let SweepStep::End(code) = late {
                assert!(status.may_become(code.status()), "{status:?}");
            }
        }
        let collecting = generation(GenerationStatus::Collecting);
        let margin = COLLECT_MARGIN.as_secs();
        assert_eq!(due_step(&collecting, at(600 + margin - 1)), SweepStep::Collect, "the provider finished in time");
        assert_eq!(due_step(&collecting, at(600 + margin)), SweepStep::End(FailureCode::OutputUnusable));
        for status in GenerationStatus::ALL.into_iter().filter(|status| status.is_final()) {
            let ended = generation(status);
            assert_eq!(due_step(&ended, at(900)), SweepStep::Leave, "{status:?}: nothing remains to be done");
            let at_risk = Generation { orphan_risk: 2, ..ended.clone() };
            assert_eq!(
                (due_step(&at_risk, at(99)), due_step(&at_risk, at(100))),
                (SweepStep::Leave, SweepStep::DeleteOrphans),
                "{status:?}"
            );
            let owing = Generation { owes_thumbnails: status == GenerationStatus::Succeeded, ..at_risk };
            let step = if owing.owes_thumbnails { SweepStep::MakeThumbnails } else { SweepStep::DeleteOrphans };
            assert_eq!(due_step(&owing, at(900)), step, "{status:?}: a run that makes thumbnails may still write");
            let deleted = Generation { deleted_at: Some(at(90)), ..ended };
            assert_eq!(
                (due_step(&deleted, at(99)), due_step(&deleted, at(100))),
                (SweepStep::Leave, SweepStep::Delete),
                "{status:?}"
            );
            let owing = Generation { orphan_risk: 1, undo_until: Some(at(100)), ..deleted };
            assert_eq!(
                (due_step(&owing, at(99)), due_step(&owing, at(100))),
                (SweepStep::Leave, SweepStep::Delete),
                "{status:?}: it is deleted as soon as nobody can undo that"
            );
        }
    }

    #[test]
    fn thumbnails_are_retried_for_a_day_at_growing_intervals() {
        let mut delivered = generation(GenerationStatus::Succeeded);
        (delivered.finished_at, delivered.owes_thumbnails) = (Some(at(40)), true);
        assert_eq!(due_step(&delivered, at(99)), SweepStep::Leave);
        let mut tries = Vec::new();
        let mut now = at(100);
        while due_step(&delivered, now) == SweepStep::MakeThumbnails {
            let next = next_check(&delivered, SweepStep::MakeThumbnails, now);
            tries.push(next.duration_since(now).as_secs());
            (now, delivered.next_check) = (next, Some(next));
        }
        assert_eq!(tries, [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 30720, 61440]);
        assert_eq!(due_step(&delivered, now), SweepStep::ForgoThumbnails);
        delivered.next_check = None;
        assert_eq!(due_step(&delivered, now), SweepStep::Leave, "without next_check the sweep does not see it");
    }

    #[test]
    fn the_webhook_lag_counts_from_the_last_check() {
        let running = generation(GenerationStatus::Running);
        assert_eq!(
            webhook_lag(&running, at(130)),
            SignedDuration::from_secs(60),
            "the last check at 70 found it running"
        );
        let never = Generation { next_check: None, ..running };
        assert_eq!(webhook_lag(&never, at(130)), SignedDuration::ZERO);
    }
}
