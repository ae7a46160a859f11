//! The steps of a submission: taken, running, or queued again.

use crate::{
    generation::{progress::Progress, record::Generation, schedule, status::GenerationStatus},
    store::{
        conditions::{claim_unchanged, may_become, status_is},
        names::{CLAIM, NEXT_CHECK, PROVIDER_JOB},
        table::{GenerationStore, put_progress},
    },
};
use aws::{Condition, WriteOutcome, all, millis};
use kernel::{AccountId, GenerationId, Result, Timestamp, later};
use providers::ProviderJob;

impl GenerationStore {
    /// Queued becomes submitting. From then on no other run submits it. `None` when it is not
    /// queued.
    pub(crate) async fn take_for_submission(
        &self,
        account: AccountId,
        id: GenerationId,
        claim: &str,
        now: Timestamp,
    ) -> Result<Option<Generation>> {
        let step = self
            .transition(account, id, GenerationStatus::Submitting)
            .set(CLAIM, claim)
            .set(NEXT_CHECK, millis(later(now, schedule::SUBMIT_LEASE)))
            .when(may_become(GenerationStatus::Submitting));
        match step.apply().await? {
            WriteOutcome::Applied(item) => aws::read(item).map(Some),
            WriteOutcome::ConditionFailed(None) => Ok(None),
            // Our own claim means that the write applied and its answer was lost.
            WriteOutcome::ConditionFailed(Some(item)) => {
                let generation: Generation = aws::read(item)?;
                Ok(Some(generation).filter(|generation| generation.claim.as_deref() == Some(claim)))
            }
        }
    }

    /// Submitting becomes running, with the provider's id and progress of the job. Does nothing
    /// when the webhook arrived before. `false` when the generation was canceled meanwhile or
    /// no longer exists: a canceling generation gets the id of the job, so that the sweep can
    /// stop it.
    pub(crate) async fn mark_running(
        &self,
        generation: &Generation,
        job: &ProviderJob,
        progress: Progress,
        now: Timestamp,
    ) -> Result<bool> {
        let step = self
            .transition(generation.account, generation.id, GenerationStatus::Running)
            .set(PROVIDER_JOB, job)
            .set(NEXT_CHECK, millis(later(now, schedule::ASK_AFTER)))
            .when(all([status_is(GenerationStatus::Submitting), claim_unchanged(generation)]));
        match put_progress(step, Some(progress)).apply().await? {
            WriteOutcome::Applied(_) => Ok(true),
            WriteOutcome::ConditionFailed(None) => Ok(false),
            WriteOutcome::ConditionFailed(Some(stored)) => match aws::read::<Generation>(stored)?.status {
                GenerationStatus::Canceling => self.remember_job(generation, job, now).await.map(|()| false),
                status => Ok(![GenerationStatus::Canceled, GenerationStatus::TimedOut].contains(&status)),
            },
        }
    }

    /// Stores the provider's id of a job that is being canceled, unless it is stored already.
    async fn remember_job(&self, generation: &Generation, job: &ProviderJob, now: Timestamp) -> Result<()> {
        let is_unknown = [status_is(GenerationStatus::Canceling), Condition::Missing(PROVIDER_JOB)];
        let write = self.update(generation).set(PROVIDER_JOB, job).set(NEXT_CHECK, millis(now));
        write.when(all(is_unknown)).apply().await.map(drop)
    }

    /// Submitting becomes queued again, after a refusal that will pass. It is checked at its
    /// deadline at the latest. `false` when it was canceled meanwhile.
    pub(crate) async fn requeue(&self, generation: &Generation, next_check: Timestamp) -> Result<bool> {
        let step = self
            .transition(generation.account, generation.id, GenerationStatus::Queued)
            .set(NEXT_CHECK, millis(next_check.min(generation.deadline)))
            .when(all([may_become(GenerationStatus::Queued), claim_unchanged(generation)]));
        match step.apply().await? {
            WriteOutcome::ConditionFailed(Some(stored)) => {
                Ok(aws::read::<Generation>(stored)?.status != GenerationStatus::Canceling)
            }
            WriteOutcome::Applied(_) | WriteOutcome::ConditionFailed(None) => Ok(true),
        }
    }
}
