//! Canceling: called off, and the provider asked to stop.

use crate::{CallOff, CollectMessage, Generation, GenerationStatus, generation::sweep_step::PATIENCE};
use aws::Queue;
use kernel::{AccountId, GenerationId, Ids, Result, Timestamp};
use providers::{ProviderJob, Providers};
use tokio::time::timeout;

/// Cancels generations for the people who asked for them.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// What is done without the provider.
    pub call_off: CallOff,
    /// Who is asked to stop.
    pub providers: Providers,
    /// What wakes `collect-media` when the provider has stopped.
    pub collect_queue: Queue,
}

impl Cancel {
    /// Calls a generation off, and asks the provider to stop where it is known to have it.
    /// Two requests, and one to the provider and one for the message. Whatever comes of
    /// asking: the sweep asks again. May be repeated.
    ///
    /// # Errors
    /// As of [`CallOff::call_off`].
    pub async fn cancel(&self, account: AccountId, id: GenerationId, ids: &Ids, now: Timestamp) -> Result<Generation> {
        let generation = self.call_off.call_off(account, id, ids, now).await?;
        if let (GenerationStatus::Canceling, Some(job)) = (generation.status, &generation.provider_job) {
            self.ask(&generation, job).await?;
        }
        Ok(generation)
    }

    async fn ask(&self, generation: &Generation, job: &ProviderJob) -> Result<()> {
        let provider = self.providers.get(generation.provider)?;
        let asked = timeout(PATIENCE, provider.cancel(&generation.provider_model, job)).await;
        if !asked.is_ok_and(|status| status.is_final()) {
            return Ok(());
        }
        let message = CollectMessage { account: generation.account, generation: generation.id, job: job.clone() };
        if let Err(error) = self.collect_queue.send(&message).await {
            tracing::warn!(generation = %generation.id, error = error.why(), "not queued; the sweep will do it");
        }
        Ok(())
    }
}
