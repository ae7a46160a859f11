//! When somebody looks after a generation again, and what the sweep does with one that
//! is due. Pure.

use crate::{FailureCode, Generation, Status};
use jiff::SignedDuration;
use kernel::Timestamp;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};

/// A queue message takes milliseconds; after this long it was lost or its receiver died.
/// Shorter would send second messages under load, longer would make people wait.
pub const REQUEUE_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// `run-generation` ends after 60 s, so after this nobody is submitting any more.
pub const SUBMIT_LEASE: SignedDuration = SignedDuration::from_secs(90);

/// How often the provider is asked when no webhook comes. Images take seconds.
pub const ASK_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// `collect-media` ends after 300 s, so after this nobody is copying any more. Shorter
/// would let two copy at once.
pub const COLLECT_LEASE: SignedDuration = SignedDuration::from_secs(330);

/// `delete-generation` ends after 30 s, so after this nobody is clearing away any more.
pub const DELETE_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How soon a provider that was out of reach is asked again: its outputs may live for
/// ten minutes only.
pub const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// Time that a provider needs at least; with less left a job is not submitted any more.
pub const SUBMIT_MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// What a provider is given beyond the deadline. It would stop a job by itself then; the
/// sweep, which comes every minute, is there before and says what happened: its time was up.
pub const PROVIDER_MARGIN: SignedDuration = SignedDuration::from_secs(120);

/// What the sweep does with a generation that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is final, or not due after all.
    Leave,
    /// Wake `run-generation`.
    Submit,
    /// Look for the job at the provider: its submission was not answered.
    Find,
    /// Ask the provider how the job stands.
    Ask,
    /// Wake `collect-media`: whoever was copying died.
    Collect,
    /// Ask the provider to stop the job: the person wants it no more.
    Cancel,
    /// Give it up, for this reason: its time is up.
    End(FailureCode),
    /// Clear it away: it was deleted, and whoever did that died.
    Delete,
}

/// What comes of calling a generation off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallingOff {
    /// It ends at once: it was never sent.
    Ends,
    /// The provider may have it, so that its word is waited for.
    Begins,
    /// It was called off before.
    Done,
    /// It was made and is delivered, or it ended otherwise.
    TooLate,
}

/// What comes of calling a generation off now.
#[must_use]
pub fn calling_off(generation: &Generation) -> CallingOff {
    match generation.status {
        Status::Queued => CallingOff::Ends,
        Status::Submitting | Status::Running => CallingOff::Begins,
        Status::Canceling | Status::Canceled => CallingOff::Done,
        Status::Collecting if generation.cancel_requested.is_some() => CallingOff::Done,
        Status::Collecting | Status::Succeeded | Status::Failed | Status::Moderated | Status::TimedOut => {
            CallingOff::TooLate
        }
    }
}

/// What the sweep does with a generation now.
#[must_use]
pub fn due(generation: &Generation, now: Timestamp) -> Step {
    if generation.next_check.is_none_or(|due| now < due) {
        return Step::Leave;
    }
    #[cfg(feature = "planted-faults")]
    if generation.status == Status::Submitting && planted(Planted::SweepSkipsSubmitting) {
        return Step::Leave;
    }
    if generation.deleted_at.is_some() {
        return Step::Delete;
    }
    let over = generation.deadline <= now;
    match generation.status {
        Status::Queued | Status::Submitting | Status::Running if over => Step::End(FailureCode::TimedOut),
        Status::Canceling if over => Step::End(FailureCode::Canceled),
        Status::Queued => Step::Submit,
        Status::Submitting => Step::Find,
        Status::Running => Step::Ask,
        Status::Canceling => Step::Cancel,
        // The provider was done in time: what is being copied is delivered.
        Status::Collecting => Step::Collect,
        Status::Succeeded | Status::Failed | Status::Moderated | Status::Canceled | Status::TimedOut => Step::Leave,
    }
}

/// When the sweep looks again at what it has taken a step for.
#[must_use]
pub fn look_again(step: Step, now: Timestamp) -> Timestamp {
    let wait = match step {
        Step::Submit => REQUEUE_AFTER,
        Step::Delete => DELETE_LEASE,
        Step::Leave | Step::Find | Step::Ask | Step::Collect | Step::Cancel | Step::End(_) => ASK_AFTER,
    };
    later(now, wait)
}

/// `now` and a while.
#[must_use]
pub fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn generation(status: Status, called_off: bool) -> Generation {
        let stored = json!({
            "pk": "01929e6b-6c00-7000-8000-0123456789ab", "sk": "01929e6b-6c00-7000-8000-0123456789ac",
            "model": "m", "kind": "text_to_image", "provider": "replicate", "prompt": "p", "settings": {}, "price": 4,
            "status": status, "created_at": 0, "deadline": 600_000, "next_check": 100_000,
            "cancel_requested": called_off.then_some(50_000),
        });
        serde_json::from_value(stored).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_state_can_be_called_off_or_says_why_not() {
        for status in Status::ALL {
            let wanted = match status {
                Status::Queued => CallingOff::Ends,
                Status::Submitting | Status::Running => CallingOff::Begins,
                Status::Canceling | Status::Canceled => CallingOff::Done,
                _ => CallingOff::TooLate,
            };
            let generation = generation(status, false);
            assert_eq!(calling_off(&generation), wanted, "{status:?}");
            let next = match wanted {
                CallingOff::Ends => Status::Canceled,
                CallingOff::Begins => Status::Canceling,
                CallingOff::Done | CallingOff::TooLate => continue,
            };
            assert!(status.may_become(next), "{status:?} to {next:?}");
        }
        assert_eq!(calling_off(&generation(Status::Collecting, true)), CallingOff::Done, "it was asked for in time");
    }

    #[test]
    fn what_is_due_has_its_step_and_an_end() {
        for (status, in_time, late) in [
            (Status::Queued, Step::Submit, Step::End(FailureCode::TimedOut)),
            (Status::Submitting, Step::Find, Step::End(FailureCode::TimedOut)),
            (Status::Running, Step::Ask, Step::End(FailureCode::TimedOut)),
            (Status::Canceling, Step::Cancel, Step::End(FailureCode::Canceled)),
            (Status::Collecting, Step::Collect, Step::Collect),
        ] {
            let generation = generation(status, false);
            assert_eq!(due(&generation, at(99)), Step::Leave, "{status:?} is not due");
            assert_eq!((due(&generation, at(100)), due(&generation, at(600))), (in_time, late), "{status:?}");
            if let Step::End(code) = late {
                assert!(status.may_become(code.status()), "{status:?}");
            }
        }
        for status in Status::ALL.into_iter().filter(|status| status.is_final()) {
            let ended = generation(status, false);
            assert_eq!(due(&ended, at(900)), Step::Leave, "{status:?}");
            let deleted = Generation { deleted_at: Some(at(90)), ..ended };
            assert_eq!((due(&deleted, at(99)), due(&deleted, at(100))), (Step::Leave, Step::Delete), "{status:?}");
        }
    }
}
