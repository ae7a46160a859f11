//! The whole cancellation: it is requested, and the provider is asked to stop the job.

use crate::{
    generation::{messages::CollectMessage, record::Generation, schedule::PROVIDER_TIMEOUT, status::GenerationStatus},
    workflows::{request_cancel::RequestCancel, submit::Taken},
};
use aws::Queue;
use kernel::{AccountId, Credits, GenerationId, Ids, Result, Timestamp};
use providers::{ProviderJob, Providers};
use tokio::time::timeout;

/// Cancels generations.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// The part that needs no provider.
    pub request: RequestCancel,
    /// The providers.
    pub providers: Providers,
    /// The queue of `collect-media`, for a job that the provider has stopped.
    pub collect_queue: Queue,
}

impl Cancel {
    /// Requests the cancellation, and asks the provider to stop the job where the id of the job
    /// is known. Two requests, one to the provider, and one for the message. The sweep asks the
    /// provider again. May be repeated.
    ///
    /// # Errors
    /// As for [`RequestCancel::request_cancel`].
    pub async fn cancel(
        &self,
        account: AccountId,
        id: GenerationId,
        max_cost: Option<Credits>,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Taken> {
        let taken = self.request.request_cancel(account, id, max_cost, ids, now).await?;
        let generation = &taken.generation;
        if let (GenerationStatus::Canceling, Some(job)) = (generation.status, &generation.provider_job) {
            self.stop_job(generation, job).await?;
        }
        Ok(taken)
    }

    async fn stop_job(&self, generation: &Generation, job: &ProviderJob) -> Result<()> {
        let provider = self.providers.get(generation.provider)?;
        let answer = timeout(PROVIDER_TIMEOUT, provider.cancel(&generation.provider_model, job)).await;
        if !answer.is_ok_and(|status| status.is_final()) {
            return Ok(());
        }
        let message = CollectMessage { account: generation.account, generation: generation.id, job: job.clone() };
        if let Err(error) = self.collect_queue.send(&message).await {
            tracing::warn!(generation = %generation.id, error = error.why(), "not queued; the sweep will do it");
        }
        Ok(())
    }
}
