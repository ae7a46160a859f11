//! The operations of the crash matrix.

/// An operation: a request, a message or a sweep in a given state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Generate,
    Run,
    Webhook,
    Collect,
    CollectUnusable,
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
    MakeThumbnailsOfDeleted,
    SweepThumbnails,
    DeleteOwingThumbnails,
    StripeWebhook,
    Upload,
    GenerateWithInput,
    RunWithInput,
    RunAtFal,
    RunAtBfl,
    CollectFromFal,
    CollectFromBfl,
    CollectLongFilm,
    CollectCanceledAtAPrice,
    SweepDeleted,
    Contact,
    ReportByAStranger,
}

impl Operation {
    /// Whether it collects a job that the provider has ended.
    pub(super) fn is_collection(self) -> bool {
        matches!(
            self,
            Self::Collect
                | Self::CollectUnusable
                | Self::CollectFewer
                | Self::CollectFromFal
                | Self::CollectFromBfl
                | Self::CollectLongFilm
                | Self::CollectCanceledAtAPrice
        )
    }

    /// Whether somebody writes to us. The operation makes one case.
    pub(super) fn writes_to_us(self) -> bool {
        matches!(self, Self::Contact | Self::ReportByAStranger)
    }

    /// Whether there is a generation after the operation.
    pub(super) fn leaves_a_generation(self) -> bool {
        let deletes = matches!(
            self,
            Self::DeleteGeneration | Self::MakeThumbnailsOfDeleted | Self::DeleteOwingThumbnails | Self::SweepDeleted
        );
        !deletes && !self.writes_to_us() && self != Self::Upload
    }

    /// The model of the request, where the default does not fit.
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

/// All operations.
pub(super) const OPERATIONS: [Operation; 33] = [
    Operation::Upload,
    Operation::GenerateWithInput,
    Operation::RunWithInput,
    Operation::Generate,
    Operation::Run,
    Operation::Webhook,
    Operation::Collect,
    Operation::CollectUnusable,
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
    Operation::MakeThumbnailsOfDeleted,
    Operation::SweepThumbnails,
    Operation::DeleteOwingThumbnails,
    Operation::StripeWebhook,
    Operation::RunAtFal,
    Operation::RunAtBfl,
    Operation::CollectFromFal,
    Operation::CollectFromBfl,
    Operation::CollectLongFilm,
    Operation::CollectCanceledAtAPrice,
    Operation::SweepDeleted,
    Operation::Contact,
    Operation::ReportByAStranger,
];
