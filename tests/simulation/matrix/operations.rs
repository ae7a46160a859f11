//! What is tried with each fault at each of its calls.

/// What is under way when the operation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Generate,
    Run,
    Webhook,
    Collect,
    CollectWhatIsUnusable,
    CollectFewer,
    SweepQueued,
    SweepSubmitting,
    SweepRunning,
    SweepCollecting,
    SweepOverdue,
    SweepCanceling,
    CancelQueued,
    CancelSubmitting,
    CancelRunning,
    DeleteGeneration,
    MakeThumbnails,
    MakeThumbnailsOfWhatIsDeleted,
    SweepThumbnails,
    DeleteWhatOwesThumbnails,
    StripeWebhook,
    Upload,
    GenerateWithInput,
    RunWithInput,
    RunAtFal,
    RunAtBfl,
    CollectFromFal,
    CollectFromBfl,
    CollectLongFilm,
    CollectWhatWasCalledOffAtAPrice,
    SweepDeleted,
}

impl Operation {
    /// Whether the provider has ended it, well or not.
    pub(super) fn is_collection(self) -> bool {
        matches!(
            self,
            Self::Collect
                | Self::CollectWhatIsUnusable
                | Self::CollectFewer
                | Self::CollectFromFal
                | Self::CollectFromBfl
                | Self::CollectLongFilm
                | Self::CollectWhatWasCalledOffAtAPrice
        )
    }

    /// Whether nothing is left of the generation when it is done.
    pub(super) fn deletes(self) -> bool {
        matches!(
            self,
            Self::DeleteGeneration
                | Self::MakeThumbnailsOfWhatIsDeleted
                | Self::DeleteWhatOwesThumbnails
                | Self::SweepDeleted
        )
    }

    /// The model that is asked for, where it matters.
    pub(super) fn model(self) -> Option<&'static str> {
        match self {
            Self::GenerateWithInput | Self::RunWithInput => Some("flux-kontext-dev"),
            Self::RunAtFal | Self::CollectFromFal => Some("flux-schnell-fal"),
            Self::RunAtBfl | Self::CollectFromBfl => Some("flux-1.1-pro-ultra"),
            Self::CollectLongFilm => Some("wan-2.2-t2v-fast"),
            _ => None,
        }
    }
}

/// All of them.
pub(super) const OPERATIONS: [Operation; 31] = [
    Operation::Upload,
    Operation::GenerateWithInput,
    Operation::RunWithInput,
    Operation::Generate,
    Operation::Run,
    Operation::Webhook,
    Operation::Collect,
    Operation::CollectWhatIsUnusable,
    Operation::CollectFewer,
    Operation::SweepQueued,
    Operation::SweepSubmitting,
    Operation::SweepRunning,
    Operation::SweepCollecting,
    Operation::SweepOverdue,
    Operation::SweepCanceling,
    Operation::CancelQueued,
    Operation::CancelSubmitting,
    Operation::CancelRunning,
    Operation::DeleteGeneration,
    Operation::MakeThumbnails,
    Operation::MakeThumbnailsOfWhatIsDeleted,
    Operation::SweepThumbnails,
    Operation::DeleteWhatOwesThumbnails,
    Operation::StripeWebhook,
    Operation::RunAtFal,
    Operation::RunAtBfl,
    Operation::CollectFromFal,
    Operation::CollectFromBfl,
    Operation::CollectLongFilm,
    Operation::CollectWhatWasCalledOffAtAPrice,
    Operation::SweepDeleted,
];
