//! Looks after whatever is due: heals lost messages, lost webhooks and processes that died,
//! calls off what takes too long, has thumbnails made, and clears away what was deleted.

use crate::{
    CollectMessage, Delete, FailureCode, Generation, GenerationStore, RunMessage, ThumbnailMessage,
    clear::clear,
    erase::erase,
    finish::Finish,
    plan::{self, PATIENCE, Step},
    standing::Standing,
    store::SHARDS,
};
use aws::Queue;
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use kernel::{Error, Ids, Result, Timestamp};
use providers::{CallbackKeys, Erasure, Found, JobStatus, ProviderJob, Providers};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::timeout;

/// Generations that are looked after at once. More would run into providers' limits.
const AT_ONCE: usize = 8;

/// How long the bucket is waited for: what is cleared away must not keep the sweep from the
/// rest.
const CLEARING: Duration = Duration::from_secs(10);

/// The sweep over generations that are not final, owe thumbnails, or are deleted and not yet
/// gone.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// What is stored.
    pub generations: GenerationStore,
    /// What is released when the time is up.
    pub credits: credits::CreditStore,
    /// What clears away.
    pub delete: Delete,
    /// Who is asked.
    pub providers: Providers,
    /// The keys of our webhook URLs, by which an unanswered submission is found.
    pub callbacks: Arc<CallbackKeys>,
    /// Where the provider reaches us.
    pub public_origin: String,
    /// What wakes `run-generation`.
    pub run_queue: Queue,
    /// What wakes `collect-media`.
    pub collect_queue: Queue,
    /// What wakes `make-thumbnails`.
    pub thumbnail_queue: Queue,
}

/// What a sweep did, in generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Found due.
    pub due: u32,
    /// Queued again for submission.
    pub queued: u32,
    /// Queued for collection.
    pub collected: u32,
    /// Those of them that the provider was found to be done with by asking: whatever should
    /// have told us was lost, or late.
    pub repaired: u32,
    /// How long the one of them had been over that had been over longest, in seconds at most.
    pub longest_lag_seconds: u64,
    /// Given up.
    pub ended: u32,
    /// Those of them that were made all the same, and erased before anybody else could notice.
    pub made_too_late: u32,
    /// Queued for thumbnails.
    pub drawn: u32,
    /// Cleared of what was copied and not delivered.
    pub cleared: u32,
    /// Cleared away after their deletion.
    pub deleted: u32,
    /// Left for the next sweep, because something did not answer.
    pub failed: u32,
}

impl Swept {
    fn add(&mut self, did: Result<Did>) {
        self.due += 1;
        match did {
            Ok(Did::Nothing) => {}
            Ok(Did::Queued) => self.queued += 1,
            Ok(Did::Collected) => self.collected += 1,
            Ok(Did::Repaired(lag)) => {
                (self.collected, self.repaired) = (self.collected + 1, self.repaired + 1);
                self.longest_lag_seconds = self.longest_lag_seconds.max(lag.unsigned_abs().as_secs());
            }
            Ok(Did::Ended) => self.ended += 1,
            Ok(Did::EndedTooLate) => (self.ended, self.made_too_late) = (self.ended + 1, self.made_too_late + 1),
            Ok(Did::Drawn) => self.drawn += 1,
            Ok(Did::Cleared) => self.cleared += 1,
            Ok(Did::Deleted) => self.deleted += 1,
            Err(_) => self.failed += 1,
        }
    }
}

enum Did {
    Nothing,
    Queued,
    Collected,
    /// Collected, and found by asking.
    Repaired(SignedDuration),
    Ended,
    /// Ended, although it was made.
    EndedTooLate,
    Drawn,
    Cleared,
    Deleted,
}

impl Sweep {
    /// One sweep over all shards. May run beside another one: each step is taken by who
    /// moved the next look.
    ///
    /// # Errors
    /// `unavailable` when a part of the index cannot be read, after everything else was done.
    /// What fails for one generation is counted and leaves the others alone.
    pub async fn sweep(&self, ids: &Ids, now: Timestamp) -> Result<Swept> {
        let (mut swept, mut due, mut unread) = (Swept::default(), Vec::new(), None);
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
        readable.sort_by_key(|generation| (plan::due(generation, now).turn(), generation.next_check));
        let steps = stream::iter(&readable).map(|generation| self.look_after(generation, ids, now));
        let mut steps = pin!(steps.buffer_unordered(AT_ONCE));
        while let Some(did) = steps.next().await {
            swept.add(did);
        }
        (swept.due, swept.failed) = (swept.due + unreadable, swept.failed + unreadable);
        unread.map_or(Ok(swept), Err)
    }

    async fn look_after(&self, generation: &Generation, ids: &Ids, now: Timestamp) -> Result<Did> {
        let done = self.take_step(generation, ids, now).await;
        if let Err(error) = &done {
            tracing::warn!(generation = %generation.id, error = error.why(), "left for the next sweep");
        }
        done
    }

    async fn take_step(&self, generation: &Generation, ids: &Ids, now: Timestamp) -> Result<Did> {
        let step = plan::due(generation, now);
        // Asked before the step is taken, so that one write moves the next look and keeps where
        // the job stands. Who asks beside another only asks once too often.
        let asked = match (step, &generation.provider_job) {
            (Step::Leave, _) => return Ok(Did::Nothing),
            (Step::Ask, Some(job)) => {
                let status = self.providers.get(generation.provider)?.status(&generation.provider_model, job);
                timeout(PATIENCE, status).await.ok()
            }
            _ => None,
        };
        let (standing, again) = (asked.as_ref().and_then(Standing::of), plan::look_again(generation, step, now));
        if !self.generations.look_again(generation, standing, again).await? {
            return Ok(Did::Nothing);
        }
        match (step, &generation.provider_job) {
            (Step::Leave, _) => Ok(Did::Nothing),
            (Step::Submit, _) => {
                let message = RunMessage { account: generation.account, generation: generation.id };
                self.run_queue.send(&message).await?;
                Ok(Did::Queued)
            }
            (Step::Find, _) => match self.find_unanswered(generation).await? {
                Some(job) => self.collect(generation, &job).await,
                None => Ok(Did::Nothing),
            },
            (Step::Ask, Some(job)) => match asked.is_some_and(|status| status.is_final()) {
                true => {
                    self.collect(generation, job).await?;
                    Ok(Did::Repaired(plan::unheard_for(generation, now)))
                }
                false => Ok(Did::Nothing),
            },
            (Step::Collect, Some(job)) => self.collect(generation, job).await,
            (Step::Ask | Step::Collect, None) => {
                Err(Error::internal("a generation beyond submitting has no provider job"))
            }
            (Step::Cancel, Some(job)) => self.cancel(generation, job).await,
            (Step::Cancel, None) => match self.find_unanswered(generation).await? {
                Some(job) => self.cancel(generation, &job).await,
                None => Ok(Did::Nothing),
            },
            (Step::Clear, _) => {
                in_time(clear(&self.generations, &self.delete.media, generation)).await?;
                Ok(Did::Cleared)
            }
            (Step::Delete, _) => {
                in_time(self.delete.finish(generation.account, generation.id)).await?;
                Ok(Did::Deleted)
            }
            (Step::End(code), job) => self.end(generation, job.as_ref(), code, ids, now).await,
            (Step::Draw, _) => {
                let message = ThumbnailMessage { account: generation.account, generation: generation.id };
                self.thumbnail_queue.send(&message).await?;
                Ok(Did::Drawn)
            }
            (Step::ForgoThumbnails, _) => {
                tracing::warn!(generation = %generation.id, "it is left without thumbnails");
                self.generations.forgo_thumbnails(generation, now).await.map(|()| Did::Nothing)
            }
        }
    }

    /// The job of a submission that was not answered, as well as the provider can tell.
    async fn find_unanswered(&self, generation: &Generation) -> Result<Option<ProviderJob>> {
        let url =
            self.callbacks.webhook_url(&self.public_origin, generation.provider, generation.account, generation.id);
        Ok(match timeout(PATIENCE, self.providers.get(generation.provider)?.find(&url)).await {
            Ok(Found::Job(job)) => Some(job),
            Ok(Found::NotListed | Found::Unreachable) | Err(_) => None,
        })
    }

    async fn collect(&self, generation: &Generation, job: &ProviderJob) -> Result<Did> {
        let message = CollectMessage { account: generation.account, generation: generation.id, job: job.clone() };
        self.collect_queue.send(&message).await?;
        Ok(Did::Collected)
    }

    /// Asks the provider to stop the job. What it says decides how the generation ends.
    async fn cancel(&self, generation: &Generation, job: &ProviderJob) -> Result<Did> {
        let provider = self.providers.get(generation.provider)?;
        let asked = timeout(PATIENCE, provider.cancel(&generation.provider_model, job)).await;
        match asked.is_ok_and(|status| status.is_final()) {
            true => self.collect(generation, job).await,
            false => Ok(Did::Nothing),
        }
    }

    /// Stops the job at the provider as well as that goes, then gives the credits back, and
    /// lets the provider keep nothing of what is over. What goes on there all the same is
    /// erased when its webhook tells of its end.
    async fn end(
        &self,
        generation: &Generation,
        job: Option<&ProviderJob>,
        code: FailureCode,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Did> {
        let mut over = None;
        if let Some(job) = job {
            // Whatever comes of it: a late success is neither delivered nor charged.
            let provider = self.providers.get(generation.provider)?;
            let status = timeout(PATIENCE, provider.cancel(&generation.provider_model, job)).await.ok();
            over = status.filter(JobStatus::is_final).map(|status| (provider, job, status));
        }
        let finish = Finish { generations: &self.generations, credits: &self.credits, ids, now };
        if !finish.give_up(generation, code).await? {
            return Ok(Did::Nothing);
        }
        let Some((provider, job, status)) = over else { return Ok(Did::Ended) };
        // What cannot be erased is noticed by its webhook.
        let erased = timeout(PATIENCE, erase(provider, generation, job)).await == Ok(Erasure::Done);
        Ok(if erased && matches!(status, JobStatus::Succeeded { .. }) { Did::EndedTooLate } else { Did::Ended })
    }
}

async fn in_time<T>(clearing: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(CLEARING, clearing)
        .await
        .unwrap_or(Err(Error::unavailable(Duration::from_secs(60), "the bucket does not answer")))
}
