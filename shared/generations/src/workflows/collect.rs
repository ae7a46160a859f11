//! Copying what the provider made, and ending the generation by what the provider says.

use crate::{
    CollectMessage, FailureCode, Generation, GenerationStatus, GenerationStore, Output, ThumbnailMessage,
    generation::progress::Standing, generation::sweep_step as plan, store::table::Taken, workflows::erase_copy::erase,
    workflows::finish::Finish,
};
use aws::{Condition, Queue, WriteOutcome, all};
use futures_util::StreamExt;
use jiff::SignedDuration;
use kernel::{Ids, Result, Timestamp};
use media::{MediaStore, NotStored, OutputFile};
use providers::{JobStatus, NoOutput, Provider, ProviderJob, Providers};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Collects generations whose provider may be done.
#[derive(Debug, Clone)]
pub struct Collect {
    /// What is stored.
    pub generations: GenerationStore,
    /// What is settled or released.
    pub credits: credits::CreditStore,
    /// Where outputs go.
    pub media: MediaStore,
    /// Who is asked, over the authenticated API: a webhook is only a hint.
    pub providers: Providers,
    /// What wakes `make-thumbnails`.
    pub thumbnail_queue: Queue,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collected {
    /// Somebody else collects it, or it is final.
    NothingToDo,
    /// The provider is not done, or could not be asked; the sweep looks again.
    NotYet,
    /// Delivered and charged.
    Delivered,
    /// Not delivered, credits released.
    GivenUp(FailureCode),
    /// Another ended it meanwhile, or the account is gone: what was copied was deleted.
    Superseded,
    /// The provider made it after it had ended without a delivery. It is neither delivered
    /// nor charged, and the provider bills us.
    MadeTooLate,
}

/// The time of a round. Copying takes minutes, so that it does not end when it began.
#[derive(Debug, Clone, Copy)]
struct Round {
    began_at: Timestamp,
    began: Instant,
    /// From then on nothing is copied: there is just time left to say so.
    ends: Instant,
}

impl Round {
    fn now(&self) -> Timestamp {
        self.began_at.saturating_add(self.began.elapsed()).unwrap_or(Timestamp::MAX)
    }
}

/// Why outputs were not copied.
enum NotCopied {
    /// Nothing of it is in the bucket; another round may copy it.
    ForNow,
    /// Nobody knows whether it is in the bucket; another round may copy it again.
    Unknown,
    /// It cannot be had.
    ForGood,
}

impl Collect {
    /// Asks the provider, copies its outputs to S3, then delivers in one transaction.
    /// Three requests, one for each output, one for the message about thumbnails, and the
    /// provider's; then the provider's copy is erased where it can be. May be repeated: the
    /// step into collecting is taken by one at a time. What is not copied shortly before the
    /// time is up is left to another round.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; the sweep heals what was left, and clears
    /// away what was copied and is not delivered.
    pub async fn collect(
        &self,
        message: &CollectMessage,
        ids: &Ids,
        now: Timestamp,
        time_left: Duration,
    ) -> Result<Collected> {
        let began = Instant::now();
        let ends = began + time_left.saturating_sub(plan::COLLECT_RESERVE.unsigned_abs());
        let round = Round { began_at: now, began, ends };
        let CollectMessage { account, generation, job } = message;
        let claim = ids.uuid_v7(now).to_string();
        let generation = match self.generations.collecting(*account, *generation, job, &claim, now).await? {
            Taken::Ours(generation) => generation,
            Taken::Over(generation) => return self.over(&generation, job, &claim).await,
            Taken::No => return Ok(Collected::NothingToDo),
        };
        let provider = self.providers.get(generation.provider)?;
        let collected = self.by_status(provider, &generation, job, ids, round).await?;
        if collected != Collected::NotYet {
            erase(provider, &generation, job).await;
        }
        Ok(collected)
    }

    async fn by_status(
        &self,
        provider: &Provider,
        generation: &Generation,
        job: &ProviderJob,
        ids: &Ids,
        round: Round,
    ) -> Result<Collected> {
        let finish = self.finish(ids, round);
        let failure = match provider.status(&generation.provider_model, job).await {
            JobStatus::Succeeded { outputs } => return self.deliver(provider, generation, &outputs, ids, round).await,
            status @ (JobStatus::Waiting { .. } | JobStatus::Running { .. }) => {
                return self.not_yet(generation, Standing::of(&status), plan::ASK_AFTER, finish.now).await;
            }
            JobStatus::Unreachable { retry_after } => {
                let asked = retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
                return self.not_yet(generation, None, asked.unwrap_or(plan::RETRY_AFTER), finish.now).await;
            }
            JobStatus::Failed { code } => {
                tracing::warn!(generation = %generation.id, code, "the provider gave up");
                FailureCode::ProviderFailed
            }
            JobStatus::Moderated => FailureCode::Moderated,
            JobStatus::Canceled if generation.cancel_requested.is_some() => {
                let done = finish.give_up_for(generation, FailureCode::Canceled, generation.cancel_price).await?;
                return Ok(given_up(done, FailureCode::Canceled));
            }
            JobStatus::Canceled => FailureCode::ProviderCanceled,
            JobStatus::Lost => FailureCode::ProviderLost,
        };
        give_up(generation, failure, &finish).await
    }

    /// What was given up by us may be made all the same: one request to the provider tells.
    /// Whatever the provider has of what is over is erased where it can be, also when it ended
    /// well and who collected it died before that.
    async fn over(&self, generation: &Generation, job: &ProviderJob, claim: &str) -> Result<Collected> {
        let provider = self.providers.get(generation.provider)?;
        let mut collected = Collected::NothingToDo;
        if matches!(generation.status, GenerationStatus::TimedOut | GenerationStatus::Canceled) {
            let status = provider.status(&generation.provider_model, job).await;
            let is_made = matches!(status, JobStatus::Succeeded { .. });
            if is_made && self.generations.first_made_too_late(generation, claim).await? {
                collected = Collected::MadeTooLate;
            } else if !status.is_final() {
                return Ok(collected);
            }
        }
        erase(provider, generation, job).await;
        Ok(collected)
    }

    async fn deliver(
        &self,
        provider: &Provider,
        generation: &Generation,
        urls: &[String],
        ids: &Ids,
        round: Round,
    ) -> Result<Collected> {
        let mut copied = Vec::new();
        for (n, url) in (0..generation.batch).zip(urls) {
            match self.copy(provider, generation, n, url, round.ends).await {
                Ok(output) => copied.push(output),
                // What is missing is not charged, and the others are worth having.
                Err(NotCopied::ForGood) => {}
                Err(NotCopied::ForNow) if copied.is_empty() => return self.again(generation, round).await,
                // The next round writes them anew, and what is then not named is cleared away.
                Err(NotCopied::ForNow | NotCopied::Unknown) => {
                    return self.again(&generation.with_loose_round(), round).await;
                }
            }
        }
        let finish = self.finish(ids, round);
        if copied.is_empty() {
            return give_up(generation, FailureCode::OutputUnusable, &finish).await;
        }
        // After an error the objects stay: deleting them could take away what was delivered.
        match finish.deliver(generation, &copied).await? {
            true => {
                self.wants_thumbnails(generation, &copied).await;
                Ok(Collected::Delivered)
            }
            false => {
                self.delete(&copied).await;
                Ok(Collected::Superseded)
            }
        }
    }

    /// Wakes `make-thumbnails` where there are pictures. Whatever comes of it: the sweep wakes
    /// it too.
    async fn wants_thumbnails(&self, generation: &Generation, delivered: &[Output]) {
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
    ) -> Result<Output, NotCopied> {
        let Ok(answer) = timeout_at(ends, provider.open_output(url)).await else { return Err(NotCopied::ForNow) };
        let answer = answer.map_err(|reason| match reason {
            NoOutput::Gone | NoOutput::Forbidden => NotCopied::ForGood,
            NoOutput::Unreachable => NotCopied::ForNow,
        })?;
        let place = OutputFile { account: generation.account, generation: generation.id, n };
        // What is cut off here lacks its end mark, as what the provider cuts off.
        let chunks = answer.into_body().into_chunks().take_until(sleep_until(ends));
        let stored = self.media.put_output(place, chunks, generation.kind.output_limit()).await.map_err(|reason| {
            let why = match &reason {
                NotStored::Refused(error) => error.why(),
                other => other.to_string(),
            };
            tracing::warn!(generation = %generation.id, error = why, "an output was not stored");
            match reason {
                NotStored::Unreadable(_) | NotStored::Truncated => NotCopied::ForNow,
                NotStored::Refused(_) => NotCopied::Unknown,
                NotStored::WrongType | NotStored::TooLarge { .. } => NotCopied::ForGood,
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

    /// Takes back what was copied for what is gone. A version that cannot be deleted goes with
    /// the erasure of the account, which is why it is gone.
    async fn delete(&self, copied: &[Output]) {
        for Output { key, version_id, .. } in copied {
            if let Err(error) = self.media.delete_version(key, version_id).await {
                tracing::warn!(error = error.why(), "an output that was not delivered could not be deleted");
            }
        }
    }

    fn finish<'a>(&'a self, ids: &'a Ids, round: Round) -> Finish<'a> {
        Finish { generations: &self.generations, credits: &self.credits, ids, now: round.now() }
    }

    /// Leaves what the provider has made to the next round.
    async fn again(&self, generation: &Generation, round: Round) -> Result<Collected> {
        self.generations.collect_again(generation, plan::later(round.now(), plan::RETRY_AFTER)).await?;
        Ok(Collected::NotYet)
    }

    async fn not_yet(
        &self,
        generation: &Generation,
        standing: Option<Standing>,
        wait: SignedDuration,
        now: Timestamp,
    ) -> Result<Collected> {
        self.generations.not_yet(generation, standing, plan::later(now, wait)).await?;
        Ok(Collected::NotYet)
    }
}

async fn give_up(generation: &Generation, code: FailureCode, finish: &Finish<'_>) -> Result<Collected> {
    Ok(given_up(finish.give_up(generation, code).await?, code))
}

/// The mark of who was the first to learn that it was made too late.
const MADE_TOO_LATE: &str = "made_too_late";

#[derive(Deserialize)]
struct MadeTooLate {
    made_too_late: Option<String>,
}

impl GenerationStore {
    /// Whether this is the first to learn that a generation was made too late: webhooks come
    /// again, and each job is billed once.
    async fn first_made_too_late(&self, generation: &Generation, claim: &str) -> Result<bool> {
        let unknown = [Condition::Exists, Condition::Missing(MADE_TOO_LATE)];
        let write = self.table().update(&generation.account.to_string(), &generation.id.to_string());
        Ok(match write.set(MADE_TOO_LATE, claim).when(all(unknown)).apply().await? {
            WriteOutcome::Applied(_) => true,
            WriteOutcome::ConditionFailed(None) => false,
            // A condition that failed on our own mark means that the answer was lost.
            WriteOutcome::ConditionFailed(Some(stored)) => {
                aws::read::<MadeTooLate>(stored)?.made_too_late.as_deref() == Some(claim)
            }
        })
    }
}

fn given_up(done: bool, code: FailureCode) -> Collected {
    if done { Collected::GivenUp(code) } else { Collected::Superseded }
}
