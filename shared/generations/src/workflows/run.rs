//! The submission of a queued generation to its provider, once.

use crate::{
    catalogue::{
        models::{Catalogue, Model},
        spend::DailySpend,
    },
    generation::{
        failure::FailureCode,
        messages::RunMessage,
        progress::Progress,
        record::Generation,
        schedule,
        status::GenerationStatus,
        submission::{AfterSubmission, after_submission},
    },
    store::table::GenerationStore,
    uploads::encode::{PictureError, encode_inputs},
    workflows::finish::{Bill, Finish},
};
use credits::CreditStore;
use futures_util::future::join;
use jiff::SignedDuration;
use kernel::{Error, Ids, Result, Timestamp, later};
use media::MediaStore;
use providers::{CallbackKeys, Job, Provider, ProviderJob, ProviderName, Providers, Submitted};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Submits queued generations.
#[derive(Debug, Clone)]
pub struct Run {
    /// The models, also those that have retired.
    pub catalogue: Catalogue,
    /// The generations.
    pub generations: GenerationStore,
    /// The credits, for a release after a final refusal.
    pub credits: CreditStore,
    /// The bucket of the input pictures.
    pub media: MediaStore,
    /// The providers.
    pub providers: Providers,
    /// The keys of our webhook URLs.
    pub callbacks: Arc<CallbackKeys>,
    /// The origin at which providers reach our webhooks.
    pub public_origin: String,
}

/// The outcome of a message to `run-generation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// The generation was not queued.
    NothingToDo,
    /// The provider has the job.
    Submitted,
    /// The provider may have the job. Its webhook, a look-up or the deadline decides.
    Unanswered,
    /// The provider refused for now, or a picture could not be read. The sweep queues it again.
    Later,
    /// The provider refused for good, a picture is unusable, or the time was up.
    GivenUp,
    /// It was canceled during the submission. The provider was asked to stop the job, or does
    /// not have it.
    Canceled,
}

/// The outcome of a message to `run-generation`, and the spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunReport {
    /// The outcome.
    pub outcome: RunOutcome,
    /// The provider's spend of today with this job, if the provider has or may have the job and
    /// the spend could be counted.
    pub spent: Option<(ProviderName, DailySpend)>,
}

impl From<RunOutcome> for RunReport {
    fn from(outcome: RunOutcome) -> Self {
        Self { outcome, spent: None }
    }
}

impl Run {
    /// Takes a queued generation and submits it. Counts the spend while it stores the state.
    /// Three requests, one for each input picture, and one to the provider. May be repeated:
    /// only one run takes it, so it is submitted and counted at most once. A run that dies may
    /// count nothing.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer. The sweep continues the generation.
    pub async fn run(&self, message: &RunMessage, ids: &Ids, now: Timestamp) -> Result<RunReport> {
        let claim = ids.uuid_v7(now).to_string();
        let taken = self.generations.take_for_submission(message.account, message.generation, &claim, now).await?;
        let Some(generation) = taken else { return Ok(RunOutcome::NothingToDo.into()) };
        let finish = Finish { generations: &self.generations, credits: &self.credits, ids, now };
        let time_left = generation.deadline.duration_since(now);
        if time_left < schedule::SUBMIT_MARGIN {
            return self.give_up(&generation, FailureCode::TimedOut, &finish).await.map(RunReport::from);
        }
        let Ok(model) = self.catalogue.model(&generation.model) else {
            return self.give_up(&generation, FailureCode::ModelRetired, &finish).await.map(RunReport::from);
        };
        let mut job = self.job(&generation, model, time_left);
        match encode_inputs(&self.media, &generation, &model.inputs).await {
            Ok(fields) => job.input.extend(fields),
            Err(error) => return self.without_picture(&generation, error, &finish).await.map(RunReport::from),
        }
        let provider = self.providers.get(generation.provider)?;
        let submitted = provider.submit(&job).await;
        log_trouble(&generation, &submitted);
        match after_submission(submitted) {
            AfterSubmission::Run { job, queue_position } => {
                let progress = Progress { queue_position, percent: None };
                self.running(provider, &generation, &job, progress, now).await
            }
            AfterSubmission::Wait => {
                Ok(RunReport { outcome: RunOutcome::Unanswered, spent: self.count_spend(&generation, now).await })
            }
            AfterSubmission::Requeue(wait) => self.requeue(&generation, wait, &finish).await.map(RunReport::from),
            AfterSubmission::GiveUp(code) => self.give_up(&generation, code, &finish).await.map(RunReport::from),
        }
    }

    /// Stores that the provider has the job. If the generation was canceled meanwhile, asks the
    /// provider to stop the job.
    async fn running(
        &self,
        provider: &Provider,
        generation: &Generation,
        job: &ProviderJob,
        progress: Progress,
        now: Timestamp,
    ) -> Result<RunReport> {
        let marked = self.generations.mark_running(generation, job, progress, now);
        let (marked, spent) = join(marked, self.count_spend(generation, now)).await;
        if marked? {
            return Ok(RunReport { outcome: RunOutcome::Submitted, spent });
        }
        // The answer does not matter: the sweep asks again for a canceling generation, and an
        // output after the end is neither delivered nor charged.
        let _ = timeout(schedule::PROVIDER_TIMEOUT, provider.cancel(&generation.provider_model, job)).await;
        Ok(RunReport { outcome: RunOutcome::Canceled, spent })
    }

    /// Counts the spend that the provider may bill. A failure to count does not stop the job.
    async fn count_spend(&self, generation: &Generation, now: Timestamp) -> Option<(ProviderName, DailySpend)> {
        match self.generations.count_spend(generation, now).await {
            Ok(spent) => Some((generation.provider, spent)),
            Err(error) => {
                tracing::warn!(generation = %generation.id, error = error.why(), "the spend was not counted");
                None
            }
        }
    }

    /// Ends or requeues a generation whose input picture cannot be encoded.
    async fn without_picture(
        &self,
        generation: &Generation,
        error: PictureError,
        finish: &Finish<'_>,
    ) -> Result<RunOutcome> {
        match error {
            PictureError::Unusable(problem) => {
                tracing::warn!(generation = %generation.id, why = ?problem, "a picture cannot be used");
                match finish.give_up_for(generation, problem).await? {
                    true => Ok(RunOutcome::GivenUp),
                    false => self.end_canceled(generation, finish).await,
                }
            }
            PictureError::Unreadable(error) => {
                tracing::warn!(generation = %generation.id, error = error.why(), "a picture could not be read");
                self.requeue(generation, schedule::RETRY_AFTER, finish).await
            }
        }
    }

    /// Returns a generation that the provider certainly does not have to the queue.
    async fn requeue(&self, generation: &Generation, wait: SignedDuration, finish: &Finish<'_>) -> Result<RunOutcome> {
        match self.generations.requeue(generation, later(finish.now, wait)).await? {
            true => Ok(RunOutcome::Later),
            false => self.end_canceled(generation, finish).await,
        }
    }

    /// Gives up a generation that the provider certainly does not have.
    async fn give_up(&self, generation: &Generation, code: FailureCode, finish: &Finish<'_>) -> Result<RunOutcome> {
        match finish.give_up(generation, code, Bill::NoJob).await?.is_ours {
            true => Ok(RunOutcome::GivenUp),
            false => self.end_canceled(generation, finish).await,
        }
    }

    /// Ends a generation that was canceled meanwhile and that the provider certainly does not
    /// have. Only this run knows that no answer of the provider will come.
    async fn end_canceled(&self, generation: &Generation, finish: &Finish<'_>) -> Result<RunOutcome> {
        let stored = match self.generations.get(generation.account, generation.id).await {
            Err(Error::NotFound) => return Ok(RunOutcome::Canceled),
            stored => stored?,
        };
        if stored.status == GenerationStatus::Canceling && stored.claim == generation.claim {
            finish.give_up(&stored, FailureCode::Canceled, Bill::NoJob).await?;
        }
        Ok(RunOutcome::Canceled)
    }

    fn job(&self, generation: &Generation, model: &Model, time_left: SignedDuration) -> Job {
        let Generation { provider, account, id, .. } = *generation;
        Job {
            model: generation.provider_model.clone(),
            input: model.input(&generation.prompt, &generation.settings),
            webhook_url: self.callbacks.webhook_url(&self.public_origin, provider, account, id),
            webhook_secret: self.callbacks.webhook_secret(provider, account, id),
            time_limit: Duration::try_from(time_left.saturating_add(schedule::PROVIDER_MARGIN)).unwrap_or_default(),
        }
    }
}

fn log_trouble(generation: &Generation, submitted: &Submitted) {
    match submitted {
        Submitted::Accepted { .. } => {}
        Submitted::Ambiguous => {
            tracing::warn!(generation = %generation.id, "the provider did not answer the submission");
        }
        Submitted::Refused(refusal) => {
            tracing::warn!(generation = %generation.id, refusal = refusal.detail_code, "the provider refused");
        }
    }
}
