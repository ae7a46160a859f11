//! The collection: the provider's answer decides how a generation ends, and its outputs are
//! copied to S3.

use crate::{
    generation::{
        failure::FailureCode,
        messages::{CollectMessage, ThumbnailMessage},
        output::Output,
        progress::Progress,
        record::Generation,
        schedule,
        status::GenerationStatus,
    },
    store::{collection::CollectionClaim, table::GenerationStore},
    workflows::{
        copies::erase_copy,
        finish::{Bill, Finish, GaveUp},
    },
};
use aws::Queue;
use credits::CreditStore;
use futures_util::StreamExt;
use jiff::SignedDuration;
use kernel::{Ids, Result, Timestamp, later};
use media::{MediaStore, NotStored, OutputFile};
use providers::{JobStatus, NoOutput, Provider, ProviderJob, Providers};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Collects generations whose provider may be done.
#[derive(Debug, Clone)]
pub struct Collect {
    /// The generations.
    pub generations: GenerationStore,
    /// The credits, for the settlement or the release.
    pub credits: CreditStore,
    /// The bucket of the outputs.
    pub media: MediaStore,
    /// The providers. They are asked over their authenticated API: a webhook is only a hint.
    pub providers: Providers,
    /// The queue of `make-thumbnails`.
    pub thumbnail_queue: Queue,
}

/// The outcome of a message to `collect-media`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectOutcome {
    /// Another run collects it, or it is final.
    NothingToDo,
    /// The provider is not done or could not be asked, or an output could not be copied. The
    /// sweep checks it again.
    NotYet,
    /// It was delivered and charged.
    Delivered,
    /// It was not delivered, and its hold ended.
    GivenUp {
        /// The reason.
        code: FailureCode,
        /// Whether its model paused itself.
        model_paused: bool,
    },
    /// Another run ended it meanwhile, or the account no longer exists. The copied outputs were
    /// deleted.
    Superseded,
    /// The provider made the output after the generation had ended without a delivery. It is
    /// neither delivered nor charged, but the provider bills us.
    MadeTooLate,
}

/// The time of a run. Copying takes minutes, so `now` must move on during the run.
#[derive(Debug, Clone, Copy)]
struct RunTime {
    began_at: Timestamp,
    began: Instant,
    /// The end of copying. The rest of the time is reserved for recording the result.
    ends: Instant,
}

impl RunTime {
    fn now(&self) -> Timestamp {
        later(self.began_at, self.began.elapsed())
    }
}

/// The reason for which an output was not copied.
enum CopyError {
    /// The output is not in the bucket. A retry may help.
    Temporary,
    /// It is unknown whether the output is in the bucket. A retry may help.
    Unknown,
    /// A retry cannot help.
    Permanent,
}

impl Collect {
    /// Asks the provider, copies its outputs to S3, and delivers them in one transaction. Then
    /// it asks the provider to erase its copy. Three requests, one for each output, one for the
    /// message about thumbnails, and those to the provider. May be repeated: one run at a time
    /// collects a generation. Shortly before `time_left` is over, the run stops copying and
    /// leaves the rest to the next run.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer. The sweep continues the generation, and deletes
    /// copied outputs that are not delivered.
    pub async fn collect(
        &self,
        message: &CollectMessage,
        ids: &Ids,
        now: Timestamp,
        time_left: Duration,
    ) -> Result<CollectOutcome> {
        let began = Instant::now();
        let ends = began + time_left.saturating_sub(schedule::COLLECT_RESERVE.unsigned_abs());
        let time = RunTime { began_at: now, began, ends };
        let CollectMessage { account, generation, job } = message;
        let claim = ids.uuid_v7(now).to_string();
        let generation = match self.generations.take_for_collection(*account, *generation, job, &claim, now).await? {
            CollectionClaim::Taken(generation) => generation,
            CollectionClaim::Ended(generation) => return self.after_end(&generation, job, &claim).await,
            CollectionClaim::NotAvailable => return Ok(CollectOutcome::NothingToDo),
        };
        let provider = self.providers.get(generation.provider)?;
        let outcome = self.collect_by_status(provider, &generation, job, ids, time).await?;
        if outcome != CollectOutcome::NotYet {
            erase_copy(provider, &generation, job).await;
        }
        Ok(outcome)
    }

    async fn collect_by_status(
        &self,
        provider: &Provider,
        generation: &Generation,
        job: &ProviderJob,
        ids: &Ids,
        time: RunTime,
    ) -> Result<CollectOutcome> {
        let finish = self.finish(ids, time);
        let failure = match provider.status(&generation.provider_model, job).await {
            JobStatus::Succeeded { outputs } => return self.deliver(provider, generation, &outputs, ids, time).await,
            status @ (JobStatus::Waiting { .. } | JobStatus::Running { .. }) => {
                return self.not_yet(generation, Progress::of(&status), schedule::ASK_AFTER, finish.now).await;
            }
            JobStatus::Unreachable { retry_after } => {
                let asked = retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
                return self.not_yet(generation, None, asked.unwrap_or(schedule::RETRY_AFTER), finish.now).await;
            }
            JobStatus::Failed { code, billed } => {
                tracing::warn!(generation = %generation.id, code, "the provider gave up");
                let bill = if billed { Bill::Possible } else { Bill::Waived };
                return give_up(generation, FailureCode::ProviderFailed, bill, &finish).await;
            }
            JobStatus::Moderated => FailureCode::Moderated,
            JobStatus::Canceled if generation.cancel_requested.is_some() => FailureCode::Canceled,
            JobStatus::Canceled => FailureCode::ProviderCanceled,
            JobStatus::Lost => FailureCode::ProviderLost,
        };
        give_up(generation, failure, Bill::Possible, &finish).await
    }

    /// Handles a message for a generation that has ended. After a timeout or a cancellation the
    /// provider may have made the output all the same, so it is asked once. Then it is asked to
    /// erase its copy, also of a delivered output: the run that delivered it may have died
    /// before that.
    async fn after_end(&self, generation: &Generation, job: &ProviderJob, claim: &str) -> Result<CollectOutcome> {
        let provider = self.providers.get(generation.provider)?;
        let mut outcome = CollectOutcome::NothingToDo;
        if matches!(generation.status, GenerationStatus::TimedOut | GenerationStatus::Canceled) {
            let status = provider.status(&generation.provider_model, job).await;
            let is_made = matches!(status, JobStatus::Succeeded { .. });
            if is_made && self.generations.mark_made_too_late(generation, claim).await? {
                outcome = CollectOutcome::MadeTooLate;
            } else if !status.is_final() {
                return Ok(outcome);
            }
        }
        erase_copy(provider, generation, job).await;
        Ok(outcome)
    }

    async fn deliver(
        &self,
        provider: &Provider,
        generation: &Generation,
        urls: &[String],
        ids: &Ids,
        time: RunTime,
    ) -> Result<CollectOutcome> {
        let mut copied = Vec::new();
        for (n, url) in (0..generation.batch).zip(urls) {
            match self.copy(provider, generation, n, url, time.ends).await {
                Ok(output) => copied.push(output),
                // The other outputs are delivered, and the missing one is not charged.
                Err(CopyError::Permanent) => {}
                Err(CopyError::Temporary) if copied.is_empty() => return self.retry(generation, time).await,
                // The next run copies all outputs again. The sweep deletes the copies of this run.
                Err(CopyError::Temporary | CopyError::Unknown) => {
                    return self.retry(&generation.with_orphan_risk(), time).await;
                }
            }
        }
        let finish = self.finish(ids, time);
        if copied.is_empty() {
            return give_up(generation, FailureCode::OutputUnusable, Bill::Possible, &finish).await;
        }
        // After an error the outputs may be delivered, so they are not deleted.
        match finish.deliver(generation, &copied).await? {
            true => {
                self.wake_thumbnails(generation, &copied).await;
                Ok(CollectOutcome::Delivered)
            }
            false => {
                self.delete(&copied).await;
                Ok(CollectOutcome::Superseded)
            }
        }
    }

    /// Wakes `make-thumbnails` if a picture was delivered. If that fails, the sweep does it.
    async fn wake_thumbnails(&self, generation: &Generation, delivered: &[Output]) {
        if !delivered.iter().any(Output::is_picture) {
            return;
        }
        let message = ThumbnailMessage { account: generation.account, generation: generation.id };
        if let Err(error) = self.thumbnail_queue.send(&message).await {
            tracing::warn!(generation = %generation.id, error = error.why(), "not queued; the sweep will do it");
        }
    }

    async fn copy(
        &self,
        provider: &Provider,
        generation: &Generation,
        n: u32,
        url: &str,
        ends: Instant,
    ) -> Result<Output, CopyError> {
        let Ok(answer) = timeout_at(ends, provider.open_output(url)).await else {
            return Err(CopyError::Temporary);
        };
        let answer = answer.map_err(|reason| match reason {
            NoOutput::Gone | NoOutput::Forbidden => CopyError::Permanent,
            NoOutput::Unreachable => CopyError::Temporary,
        })?;
        let file = OutputFile { account: generation.account, generation: generation.id, n };
        // An output that is cut off here has no end mark, so it is refused as truncated.
        let chunks = answer.into_body().into_chunks().take_until(sleep_until(ends));
        let stored = self.media.put_output(file, chunks, generation.kind.output_limit()).await.map_err(|reason| {
            let why = match &reason {
                NotStored::Refused(error) => error.why(),
                other => other.to_string(),
            };
            tracing::warn!(generation = %generation.id, error = why, "an output was not stored");
            match reason {
                NotStored::Unreadable(_) | NotStored::Truncated => CopyError::Temporary,
                NotStored::Refused(_) => CopyError::Unknown,
                NotStored::WrongType | NotStored::TooLarge { .. } => CopyError::Permanent,
            }
        })?;
        Ok(Output {
            key: stored.key,
            version_id: stored.version_id,
            content_type: stored.content_type.to_owned(),
            bytes: stored.bytes,
            width: stored.width,
            height: stored.height,
            sha256: stored.sha256,
            thumbnail: None,
        })
    }

    /// Deletes copied outputs that are not delivered. A version that cannot be deleted stays
    /// until the sweep or the erasure of the account deletes it.
    async fn delete(&self, copied: &[Output]) {
        for Output { key, version_id, .. } in copied {
            if let Err(error) = self.media.delete_version(key, version_id).await {
                tracing::warn!(error = error.why(), "an output that was not delivered could not be deleted");
            }
        }
    }

    fn finish<'a>(&'a self, ids: &'a Ids, time: RunTime) -> Finish<'a> {
        Finish { generations: &self.generations, credits: &self.credits, ids, now: time.now() }
    }

    /// Leaves the outputs to the next run.
    async fn retry(&self, generation: &Generation, time: RunTime) -> Result<CollectOutcome> {
        self.generations.retry_collection(generation, later(time.now(), schedule::RETRY_AFTER)).await?;
        Ok(CollectOutcome::NotYet)
    }

    async fn not_yet(
        &self,
        generation: &Generation,
        progress: Option<Progress>,
        wait: SignedDuration,
        now: Timestamp,
    ) -> Result<CollectOutcome> {
        self.generations.return_uncollected(generation, progress, later(now, wait)).await?;
        Ok(CollectOutcome::NotYet)
    }
}

async fn give_up(
    generation: &Generation,
    code: FailureCode,
    bill: Bill,
    finish: &Finish<'_>,
) -> Result<CollectOutcome> {
    Ok(match finish.give_up(generation, code, bill).await? {
        GaveUp { is_ours: false, .. } => CollectOutcome::Superseded,
        GaveUp { is_ours: true, model_paused } => CollectOutcome::GivenUp { code, model_paused },
    })
}
