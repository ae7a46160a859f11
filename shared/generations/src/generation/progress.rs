//! The progress of a job, as its provider reports it.

use providers::JobStatus;

/// The progress of a job that is under way. A provider may report neither value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// The number of jobs before it in the provider's queue.
    pub(crate) queue_position: Option<u32>,
    /// The finished part, in percent.
    pub(crate) percent: Option<u8>,
}

impl Progress {
    /// The progress in a provider's answer. `None` when the job is over or the provider was
    /// not reached: the stored progress then stays.
    pub(crate) fn of(status: &JobStatus) -> Option<Self> {
        match status {
            JobStatus::Waiting { queue_position } => Some(Self { queue_position: *queue_position, percent: None }),
            JobStatus::Running { progress } => Some(Self { queue_position: None, percent: *progress }),
            JobStatus::Succeeded { .. }
            | JobStatus::Failed { .. }
            | JobStatus::Moderated
            | JobStatus::Canceled
            | JobStatus::Lost
            | JobStatus::Unreachable { .. } => None,
        }
    }
}
