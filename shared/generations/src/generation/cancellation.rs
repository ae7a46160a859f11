//! The effect of a cancellation in each state. Pure.

use crate::generation::{record::Generation, status::GenerationStatus};

/// The effect of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// The generation ends at once: it was never submitted.
    EndsNow,
    /// The provider may have the job, so the provider's answer decides how it ends.
    WaitsForProvider,
    /// The generation was canceled before.
    AlreadyRequested,
    /// The output is being delivered, or the generation has ended.
    TooLate,
}

/// The effect of canceling a generation in its present state.
#[must_use]
pub fn cancellation(generation: &Generation) -> Cancellation {
    match generation.status {
        GenerationStatus::Queued => Cancellation::EndsNow,
        GenerationStatus::Submitting | GenerationStatus::Running => Cancellation::WaitsForProvider,
        GenerationStatus::Canceling | GenerationStatus::Canceled => Cancellation::AlreadyRequested,
        GenerationStatus::Collecting if generation.cancel_requested.is_some() => Cancellation::AlreadyRequested,
        GenerationStatus::Collecting
        | GenerationStatus::Succeeded
        | GenerationStatus::Failed
        | GenerationStatus::Moderated
        | GenerationStatus::TimedOut => Cancellation::TooLate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn generation(status: GenerationStatus, canceled: bool) -> Generation {
        let stored = json!({
            "pk": "01929e6b-6c00-7000-8000-0123456789ab", "sk": "01929e6b-6c00-7000-8000-0123456789ac",
            "model": "m", "kind": "text_to_image", "provider": "replicate",
            "provider_model": "a/m", "prompt": "p", "settings": {}, "price": 4,
            "status": status, "created_at": 0, "deadline": 600_000, "next_check": 100_000,
            "cancel_requested": canceled.then_some(50_000),
        });
        serde_json::from_value(stored).unwrap()
    }

    #[test]
    fn every_state_has_its_answer_to_a_cancellation() {
        for status in GenerationStatus::ALL {
            let wanted = match status {
                GenerationStatus::Queued => Cancellation::EndsNow,
                GenerationStatus::Submitting | GenerationStatus::Running => Cancellation::WaitsForProvider,
                GenerationStatus::Canceling | GenerationStatus::Canceled => Cancellation::AlreadyRequested,
                _ => Cancellation::TooLate,
            };
            let generation = generation(status, false);
            assert_eq!(cancellation(&generation), wanted, "{status:?}");
            let next = match wanted {
                Cancellation::EndsNow => GenerationStatus::Canceled,
                Cancellation::WaitsForProvider => GenerationStatus::Canceling,
                Cancellation::AlreadyRequested | Cancellation::TooLate => continue,
            };
            assert!(status.may_become(next), "{status:?} to {next:?}");
        }
        assert_eq!(
            cancellation(&generation(GenerationStatus::Collecting, true)),
            Cancellation::AlreadyRequested,
            "it was canceled before its collection"
        );
    }
}
