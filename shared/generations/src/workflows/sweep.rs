//! The sweep: it continues every generation that is due. So a lost message, a lost webhook or a
//! run that died leaves nothing behind.

use crate::{
    generation::{
        failure::FailureCode,
        messages::{CollectMessage, RunMessage, ThumbnailMessage},
        progress::Progress,
        record::Generation,
        schedule::PROVIDER_TIMEOUT,
        status::GenerationStatus,
        sweep_step::{SweepStep, due_step, next_check, webhook_lag},
    },
    store::table::{GenerationStore, SHARDS},
    workflows::{
        copies::erase_copy,
        delete::Delete,
        finish::{Bill, Finish, GaveUp},
        orphans::delete_orphans,
    },
};
use aws::Queue;
use credits::CreditStore;
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use kernel::{Error, Ids, Result, Timestamp};
use providers::{CallbackKeys, Erasure, Found, JobStatus, ProviderJob, Providers};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The number of generations that are handled at once. More would exceed providers' limits.
const AT_ONCE: usize = 8;

/// The limit for the deletion of one generation's objects, so that it does not hold up the
/// sweep.
const DELETE_TIMEOUT: Duration = Duration::from_secs(10);

/// Sweeps the generations that are not final, owe thumbnails, have an orphan risk, or are marked
/// as deleted.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The generations.
    pub generations: GenerationStore,
    /// The credits, for a release after the deadline.
    pub credits: CreditStore,
    /// The deletion of generations and their objects.
    pub delete: Delete,
    /// The providers.
    pub providers: Providers,
    /// The keys of our webhook URLs, by which the job of an unanswered submission is found.
    pub callbacks: Arc<CallbackKeys>,
    /// The origin at which providers reach our webhooks.
    pub public_origin: String,
    /// The queue of `run-generation`.
    pub run_queue: Queue,
    /// The queue of `collect-media`.
    pub collect_queue: Queue,
    /// The queue of `make-thumbnails`.
    pub thumbnail_queue: Queue,
}

/// The result of a sweep, in numbers of generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SweepReport {
    /// Due.
    pub due: u32,
    /// Queued again for submission.
    pub queued: u32,
    /// Queued for collection.
    pub collected: u32,
    /// Queued for collection because the provider said that the job is over, while no webhook
    /// had arrived.
    pub repaired: u32,
    /// The longest webhook lag among the repaired, in seconds: an upper bound.
    pub longest_lag_seconds: u64,
    /// Ended because the time was up.
    pub ended: u32,
    /// Ended although the provider had made the output; the provider's copy was erased.
    pub made_too_late: u32,
    /// Models that paused themselves because this job failed.
    pub models_paused: u32,
    /// Queued for thumbnails.
    pub thumbnails: u32,
    /// Cleared of orphans.
    pub cleared: u32,
    /// Deleted.
    pub deleted: u32,
    /// Left for the next sweep after an error.
    pub failed: u32,
}

impl SweepReport {
    fn add(&mut self, result: Result<StepResult>) {
        self.due += 1;
        match result {
            Ok(StepResult::Nothing) => {}
            Ok(StepResult::Queued) => self.queued += 1,
            Ok(StepResult::Collected) => self.collected += 1,
            Ok(StepResult::Repaired(lag)) => {
                (self.collected, self.repaired) = (self.collected + 1, self.repaired + 1);
                self.longest_lag_seconds = self.longest_lag_seconds.max(lag.unsigned_abs().as_secs());
            }
            Ok(StepResult::Ended { made_too_late, model_paused }) => {
                self.ended += 1;
                self.made_too_late += u32::from(made_too_late);
                self.models_paused += u32::from(model_paused);
            }
            Ok(StepResult::ThumbnailsQueued) => self.thumbnails += 1,
            Ok(StepResult::Cleared) => self.cleared += 1,
            Ok(StepResult::Deleted) => self.deleted += 1,
            Err(_) => self.failed += 1,
        }
    }
}

/// The result of one step.
enum StepResult {
    Nothing,
    Queued,
    Collected,
    /// Queued for collection without a webhook, after at most this time.
    Repaired(SignedDuration),
    Ended {
        /// Whether the provider had made the output.
        made_too_late: bool,
        /// Whether its model paused itself.
        model_paused: bool,
    },
    ThumbnailsQueued,
    Cleared,
    Deleted,
}

impl Sweep {
    /// One sweep over all shards. May run beside another sweep: the run that moves the next
    /// check of a generation takes its step.
    ///
    /// # Errors
    /// `unavailable` when a shard cannot be read, after all other steps. An error of one
    /// generation is counted and does not stop the others.
    pub async fn sweep(&self, ids: &Ids, now: Timestamp) -> Result<SweepReport> {
        let (mut report, mut due, mut unread) = (SweepReport::default(), Vec::new(), None);
        for shard in 0..SHARDS {
            match self.generations.due(shard, now).await {
                Ok(found) => due.extend(found),
                Err(error) => unread = Some(error),
            }
        }
        let (mut readable, mut unreadable) = (Vec::new(), 0);
        for generation in due {
            match generation {
                Ok(generation) => readable.push(generation),
                Err(error) => {
                    unreadable += 1;
                    tracing::error!(error = error.why(), "an item that is due cannot be read");
                }
            }
        }
        readable.sort_by_key(|generation| (due_step(generation, now).turn(), generation.next_check));
        let steps = stream::iter(&readable).map(|generation| self.handle(generation, ids, now));
        let mut steps = pin!(steps.buffer_unordered(AT_ONCE));
        while let Some(result) = steps.next().await {
            report.add(result);
        }
        (report.due, report.failed) = (report.due + unreadable, report.failed + unreadable);
        unread.map_or(Ok(report), Err)
    }

    async fn handle(&self, generation: &Generation, ids: &Ids, now: Timestamp) -> Result<StepResult> {
        let result = self.claim_and_take_step(generation, ids, now).await;
        if let Err(error) = &result {
            tracing::warn!(generation = %generation.id, error = error.why(), "left for the next sweep");
        }
        result
    }

    async fn claim_and_take_step(&self, generation: &Generation, ids: &Ids, now: Timestamp) -> Result<StepResult> {
        let step = due_step(generation, now);
        // The provider is asked before the step is claimed, so that one write moves the next
        // check and stores the progress. Two sweeps may both ask; only one claims the step.
        let answer = match (step, &generation.provider_job) {
            (SweepStep::Leave, _) => return Ok(StepResult::Nothing),
            (SweepStep::AskProvider, Some(job)) => {
                let status = self.providers.get(generation.provider)?.status(&generation.provider_model, job);
                timeout(PROVIDER_TIMEOUT, status).await.ok()
            }
            _ => None,
        };
        let progress = answer.as_ref().and_then(Progress::of);
        let next = next_check(generation, step, now);
        let is_ours = match step {
            SweepStep::Delete => self.generations.claim_deletion(generation, next).await?,
            _ => self.generations.claim_check(generation, progress, next).await?,
        };
        match is_ours {
            true => self.take_step(generation, step, answer, ids, now).await,
            false => Ok(StepResult::Nothing),
        }
    }

    async fn take_step(
        &self,
        generation: &Generation,
        step: SweepStep,
        answer: Option<JobStatus>,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<StepResult> {
        match (step, &generation.provider_job) {
            (SweepStep::Leave, _) => Ok(StepResult::Nothing),
            (SweepStep::Submit, _) => self.wake_submission(generation).await,
            (SweepStep::FindJob, _) => match self.find_job(generation).await? {
                Some(job) => self.wake_collection(generation, &job).await,
                None => Ok(StepResult::Nothing),
            },
            (SweepStep::AskProvider, Some(job)) => match answer.is_some_and(|status| status.is_final()) {
                true => {
                    self.wake_collection(generation, job).await?;
                    Ok(StepResult::Repaired(webhook_lag(generation, now)))
                }
                false => Ok(StepResult::Nothing),
            },
            (SweepStep::Collect, Some(job)) => self.wake_collection(generation, job).await,
            (SweepStep::AskProvider | SweepStep::Collect, None) => {
                Err(Error::internal("a generation beyond submitting has no provider job"))
            }
            (SweepStep::CancelJob, Some(job)) => self.cancel_job(generation, job).await,
            (SweepStep::CancelJob, None) => match self.find_job(generation).await? {
                Some(job) => self.cancel_job(generation, &job).await,
                None => Ok(StepResult::Nothing),
            },
            (SweepStep::End(code), job) => self.end(generation, job.as_ref(), code, ids, now).await,
            (SweepStep::MakeThumbnails, _) => self.wake_thumbnails(generation).await,
            (SweepStep::ForgoThumbnails, _) => {
                tracing::warn!(generation = %generation.id, "its thumbnails are given up");
                self.generations.forgo_thumbnails(generation, now).await.map(|()| StepResult::Nothing)
            }
            (SweepStep::DeleteOrphans, _) => {
                in_time(delete_orphans(&self.generations, &self.delete.media, generation)).await?;
                Ok(StepResult::Cleared)
            }
            (SweepStep::Delete, _) => {
                in_time(self.delete.finish(generation.account, generation.id)).await?;
                Ok(StepResult::Deleted)
            }
        }
    }

    async fn wake_submission(&self, generation: &Generation) -> Result<StepResult> {
        let message = RunMessage { account: generation.account, generation: generation.id };
        self.run_queue.send(&message).await?;
        Ok(StepResult::Queued)
    }

    async fn wake_collection(&self, generation: &Generation, job: &ProviderJob) -> Result<StepResult> {
        let message = CollectMessage { account: generation.account, generation: generation.id, job: job.clone() };
        self.collect_queue.send(&message).await?;
        Ok(StepResult::Collected)
    }

    async fn wake_thumbnails(&self, generation: &Generation) -> Result<StepResult> {
        let message = ThumbnailMessage { account: generation.account, generation: generation.id };
        self.thumbnail_queue.send(&message).await?;
        Ok(StepResult::ThumbnailsQueued)
    }

    /// Looks for the job of an unanswered submission in the provider's list, where it has one.
    async fn find_job(&self, generation: &Generation) -> Result<Option<ProviderJob>> {
        let Generation { provider, account, id, .. } = *generation;
        let url = self.callbacks.webhook_url(&self.public_origin, provider, account, id);
        Ok(match timeout(PROVIDER_TIMEOUT, self.providers.get(provider)?.find(&url)).await {
            Ok(Found::Job(job)) => Some(job),
            Ok(Found::NotListed | Found::Unreachable) | Err(_) => None,
        })
    }

    /// Asks the provider to stop the job. If the job is over, its collection decides how the
    /// generation ends.
    async fn cancel_job(&self, generation: &Generation, job: &ProviderJob) -> Result<StepResult> {
        let provider = self.providers.get(generation.provider)?;
        let answer = timeout(PROVIDER_TIMEOUT, provider.cancel(&generation.provider_model, job)).await;
        match answer.is_ok_and(|status| status.is_final()) {
            true => self.wake_collection(generation, job).await,
            false => Ok(StepResult::Nothing),
        }
    }

    /// Ends a generation whose time is up: asks the provider to stop the job, releases the hold,
    /// and asks the provider to erase its copy of a job that is over. The copy of a job that
    /// continues is erased when its webhook arrives.
    async fn end(
        &self,
        generation: &Generation,
        job: Option<&ProviderJob>,
        code: FailureCode,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<StepResult> {
        let mut over = None;
        if let Some(job) = job {
            // The answer does not change the end: a late success is neither delivered nor charged.
            let provider = self.providers.get(generation.provider)?;
            let status = timeout(PROVIDER_TIMEOUT, provider.cancel(&generation.provider_model, job)).await.ok();
            over = status.filter(JobStatus::is_final).map(|status| (provider, job, status));
        }
        let finish = Finish { generations: &self.generations, credits: &self.credits, ids, now };
        let bill = match generation.status {
            GenerationStatus::Queued => Bill::NoJob,
            _ => Bill::Possible,
        };
        let GaveUp { is_ours, model_paused } = finish.give_up(generation, code, bill).await?;
        if !is_ours {
            return Ok(StepResult::Nothing);
        }
        let ended = |made_too_late| StepResult::Ended { made_too_late, model_paused };
        let Some((provider, job, status)) = over else { return Ok(ended(false)) };
        // If the copy is not erased here, the webhook leads to `collect-media`, which counts the
        // late success and tries again.
        let erased = timeout(PROVIDER_TIMEOUT, erase_copy(provider, generation, job)).await == Ok(Erasure::Done);
        Ok(ended(erased && matches!(status, JobStatus::Succeeded { .. })))
    }
}

async fn in_time<T>(deletion: impl Future<Output = Result<T>>) -> Result<T> {
    let outcome = timeout(DELETE_TIMEOUT, deletion).await;
    outcome.unwrap_or(Err(Error::unavailable(Duration::from_secs(60), "the bucket does not answer")))
}
