//! When somebody looks after a generation again, and what the sweep does with one that
//! is due. Pure.

use crate::{FailureCode, Generation, GenerationStatus};
use jiff::SignedDuration;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Timestamp, limits};
use std::time::Duration;

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

/// Time that `collect-media` keeps, before it is ended, to say how far it came.
pub const COLLECT_RESERVE: SignedDuration = SignedDuration::from_secs(20);

/// How long beyond its deadline something is collected that cannot be copied: three rounds that
/// take all their time. Providers keep outputs for ten minutes to an hour.
pub const COLLECT_MARGIN: SignedDuration = SignedDuration::from_mins(15);

/// `delete-generation` ends after 29 s, so after this nobody is clearing away any more.
pub const DELETE_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How soon a provider that was out of reach is asked again: its outputs may live for
/// ten minutes only.
pub const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// How long a provider's word is waited for where somebody else waits, or the sweep asks
/// again anyway.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How soon the sweep first looks again after thumbnails; after that it waits as long as it
/// has waited in all, so that there are about eleven tries within a day.
pub const DRAW_AGAIN_AFTER: SignedDuration = REQUEUE_AFTER;

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
    /// Wake `make-thumbnails`: what was delivered has none yet.
    Draw,
    /// Leave it without thumbnails for good: it was tried for long enough.
    ForgoThumbnails,
    /// Clear away what was written and is not named: whoever wrote it died.
    Clear,
    /// Clear it away: it was deleted, and whoever did that died.
    Delete,
}

impl Step {
    /// Its turn in a sweep: first what waits for nobody, then what gives credits back, then
    /// what rests on a provider's word, then what nobody waits for.
    pub(crate) fn turn(self) -> u8 {
        match self {
            Self::Leave | Self::Submit | Self::Collect | Self::Draw | Self::ForgoThumbnails => 0,
            Self::End(_) => 1,
            Self::Find | Self::Ask | Self::Cancel => 2,
            Self::Clear | Self::Delete => 3,
        }
    }
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
        GenerationStatus::Queued => CallingOff::Ends,
        GenerationStatus::Submitting | GenerationStatus::Running => CallingOff::Begins,
        GenerationStatus::Canceling | GenerationStatus::Canceled => CallingOff::Done,
        GenerationStatus::Collecting if generation.cancel_requested.is_some() => CallingOff::Done,
        GenerationStatus::Collecting
        | GenerationStatus::Succeeded
        | GenerationStatus::Failed
        | GenerationStatus::Moderated
        | GenerationStatus::TimedOut => CallingOff::TooLate,
    }
}

/// What the sweep does with a generation now.
#[must_use]
pub fn due(generation: &Generation, now: Timestamp) -> Step {
    if generation.next_check.is_none_or(|due| now < due) {
        return Step::Leave;
    }
    #[cfg(feature = "planted-faults")]
    if generation.status == GenerationStatus::Submitting && planted(Planted::SweepSkipsSubmitting) {
        return Step::Leave;
    }
    if generation.deleted_at.is_some() {
        return Step::Delete;
    }
    let over = generation.deadline <= now;
    match generation.status {
        GenerationStatus::Queued | GenerationStatus::Submitting | GenerationStatus::Running if over => {
            Step::End(FailureCode::TimedOut)
        }
        GenerationStatus::Canceling if over => Step::End(FailureCode::Canceled),
        GenerationStatus::Queued => Step::Submit,
        GenerationStatus::Submitting => Step::Find,
        GenerationStatus::Running => Step::Ask,
        GenerationStatus::Canceling => Step::Cancel,
        // The provider was done in time: what is being copied is delivered, if that can be done
        // at all.
        GenerationStatus::Collecting if later(generation.deadline, COLLECT_MARGIN) <= now => {
            Step::End(FailureCode::OutputUnusable)
        }
        GenerationStatus::Collecting => Step::Collect,
        GenerationStatus::Succeeded if generation.owes_thumbnails && age(generation, now) >= tried_for() => {
            Step::ForgoThumbnails
        }
        GenerationStatus::Succeeded if generation.owes_thumbnails => Step::Draw,
        GenerationStatus::Succeeded
        | GenerationStatus::Failed
        | GenerationStatus::Moderated
        | GenerationStatus::Canceled
        | GenerationStatus::TimedOut => {
            if generation.loose_rounds > 0 {
                Step::Clear
            } else {
                Step::Leave
            }
        }
    }
}

/// When the sweep looks again at what it has taken a step for.
#[must_use]
pub fn look_again(generation: &Generation, step: Step, now: Timestamp) -> Timestamp {
    let wait = match step {
        Step::Submit => REQUEUE_AFTER,
        Step::Clear | Step::Delete => DELETE_LEASE,
        Step::Draw => age(generation, now).max(DRAW_AGAIN_AFTER),
        Step::Leave | Step::Find | Step::Ask | Step::Collect | Step::Cancel => ASK_AFTER,
        Step::End(_) | Step::ForgoThumbnails => ASK_AFTER,
    };
    later(now, wait)
}

/// How long what the provider has was not heard of when it is asked without having told: the
/// time since somebody last knew that it was under way. So long at most has it been over.
#[must_use]
pub fn unheard_for(generation: &Generation, now: Timestamp) -> SignedDuration {
    let last = generation.next_check.and_then(|due| due.checked_sub(ASK_AFTER).ok());
    last.map_or(SignedDuration::ZERO, |last| now.duration_since(last.max(generation.created_at)))
}

/// How long ago it was delivered.
fn age(generation: &Generation, now: Timestamp) -> SignedDuration {
    generation.finished_at.map_or(SignedDuration::ZERO, |finished| now.duration_since(finished))
}

fn tried_for() -> SignedDuration {
    SignedDuration::try_from(limits::THUMBNAILS_TRIED_FOR).unwrap_or(SignedDuration::MAX)
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

    fn generation(status: GenerationStatus, called_off: bool) -> Generation {
        let stored = json!({
            "pk": "01929e6b-6c00-7000-8000-0123456789ab", "sk": "01929e6b-6c00-7000-8000-0123456789ac",
            "model": "m", "kind": "text_to_image", "provider": "replicate",
            "provider_model": "a/m", "prompt": "p", "settings": {}, "price": 4,
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
        for status in GenerationStatus::ALL {
            let wanted = match status {
                GenerationStatus::Queued => CallingOff::Ends,
                GenerationStatus::Submitting | GenerationStatus::Running => CallingOff::Begins,
                GenerationStatus::Canceling | GenerationStatus::Canceled => CallingOff::Done,
                _ => CallingOff::TooLate,
            };
            let generation = generation(status, false);
            assert_eq!(calling_off(&generation), wanted, "{status:?}");
            let next = match wanted {
                CallingOff::Ends => GenerationStatus::Canceled,
                CallingOff::Begins => GenerationStatus::Canceling,
                CallingOff::Done | CallingOff::TooLate => continue,
            };
            assert!(status.may_become(next), "{status:?} to {next:?}");
        }
        assert_eq!(
            calling_off(&generation(GenerationStatus::Collecting, true)),
            CallingOff::Done,
            "it was asked for in time"
        );
    }

    #[test]
    fn what_is_due_has_its_step_and_an_end() {
        for (status, in_time, late) in [
            (GenerationStatus::Queued, Step::Submit, Step::End(FailureCode::TimedOut)),
            (GenerationStatus::Submitting, Step::Find, Step::End(FailureCode::TimedOut)),
            (GenerationStatus::Running, Step::Ask, Step::End(FailureCode::TimedOut)),
            (GenerationStatus::Canceling, Step::Cancel, Step::End(FailureCode::Canceled)),
            (GenerationStatus::Collecting, Step::Collect, Step::Collect),
        ] {
            let generation = generation(status, false);
            assert_eq!(due(&generation, at(99)), Step::Leave, "{status:?} is not due");
            assert_eq!((due(&generation, at(100)), due(&generation, at(600))), (in_time, late), "{status:?}");
            if let Step::End(code) = late {
                assert!(status.may_become(code.status()), "{status:?}");
            }
        }
        let collecting = generation(GenerationStatus::Collecting, false);
        let margin = COLLECT_MARGIN.as_secs();
        assert_eq!(due(&collecting, at(600 + margin - 1)), Step::Collect, "it was made in time");
        assert_eq!(due(&collecting, at(600 + margin)), Step::End(FailureCode::OutputUnusable));
        for status in GenerationStatus::ALL.into_iter().filter(|status| status.is_final()) {
            let ended = generation(status, false);
            assert_eq!(due(&ended, at(900)), Step::Leave, "{status:?} owes nothing");
            let loose = Generation { loose_rounds: 2, ..ended.clone() };
            assert_eq!((due(&loose, at(99)), due(&loose, at(100))), (Step::Leave, Step::Clear), "{status:?}");
            let owing = Generation { owes_thumbnails: status == GenerationStatus::Succeeded, ..loose };
            let step = if owing.owes_thumbnails { Step::Draw } else { Step::Clear };
            assert_eq!(due(&owing, at(900)), step, "{status:?}: who makes thumbnails may still write");
            let deleted = Generation { deleted_at: Some(at(90)), ..ended };
            assert_eq!((due(&deleted, at(99)), due(&deleted, at(100))), (Step::Leave, Step::Delete), "{status:?}");
        }
    }

    #[test]
    fn thumbnails_are_tried_for_a_day_less_and_less_often() {
        let mut delivered = generation(GenerationStatus::Succeeded, false);
        (delivered.finished_at, delivered.owes_thumbnails) = (Some(at(40)), true);
        assert_eq!(due(&delivered, at(99)), Step::Leave);
        let mut tries = Vec::new();
        let mut now = at(100);
        while due(&delivered, now) == Step::Draw {
            let next = look_again(&delivered, Step::Draw, now);
            tries.push(next.duration_since(now).as_secs());
            (now, delivered.next_check) = (next, Some(next));
        }
        assert_eq!(tries, [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 30720, 61440]);
        assert_eq!(due(&delivered, now), Step::ForgoThumbnails);
        delivered.next_check = None;
        assert_eq!(due(&delivered, now), Step::Leave, "what has them, or never will, is in no index");
    }

    #[test]
    fn what_was_not_heard_of_counts_from_the_last_look() {
        let running = generation(GenerationStatus::Running, false);
        assert_eq!(unheard_for(&running, at(130)), SignedDuration::from_secs(60), "known to run at 70, as it is asked");
        let never = Generation { next_check: None, ..running };
        assert_eq!(unheard_for(&never, at(130)), SignedDuration::ZERO);
    }
}
