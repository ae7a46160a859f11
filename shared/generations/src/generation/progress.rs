//! How far a job is at its provider, as the provider says it.

use providers::JobStatus;

/// How far a job is that is not over. What a provider does not tell is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// How many are before it.
    pub queue_position: Option<u32>,
    /// How much of it is made, in percent.
    pub progress: Option<u8>,
}

impl Standing {
    /// `None` where the provider says nothing new: then what was known stays.
    pub fn of(status: &JobStatus) -> Option<Self> {
        match status {
            JobStatus::Waiting { queue_position } => Some(Self { queue_position: *queue_position, progress: None }),
            JobStatus::Running { progress } => Some(Self { queue_position: None, progress: *progress }),
            JobStatus::Succeeded { .. }
            | JobStatus::Failed { .. }
            | JobStatus::Moderated
            | JobStatus::Canceled
            | JobStatus::Lost
            | JobStatus::Unreachable { .. } => None,
        }
    }

    /// Puts it on a generation, in the write of a step.
    pub fn put(standing: Option<Self>, step: aws::Write) -> aws::Write {
        let Some(Self { queue_position, progress }) = standing else { return step };
        let step = match queue_position {
            Some(position) => step.set("queue_position", position),
            None => step.remove("queue_position"),
        };
        match progress {
            Some(percent) => step.set("progress", percent),
            None => step.remove("progress"),
        }
    }
}
