//! Submitting to the provider, once.

use crate::{
    Catalogue, FailureCode, Generation, GenerationStatus, GenerationStore, Model, RunMessage, Spent,
    generation::progress::Standing,
    generation::sweep_step as plan,
    uploads::resolve::{NoPicture, fields},
    workflows::finish::Finish,
};
use futures_util::future::join;
use jiff::SignedDuration;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Error, Ids, Result, Timestamp};
use media::MediaStore;
use providers::{CallbackKeys, Job, ProviderName, Providers, Refusal, RefusalKind, Submitted};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Submits generations that are queued.
#[derive(Debug, Clone)]
pub struct Run {
    /// The models on offer.
    pub catalogue: Catalogue,
    /// What is stored.
    pub generations: GenerationStore,
    /// What is released when the provider refuses for good.
    pub credits: credits::CreditStore,
    /// Where pictures are that go in.
    pub media: MediaStore,
    /// Who makes it.
    pub providers: Providers,
    /// The keys of our webhook URLs.
    pub callbacks: Arc<CallbackKeys>,
    /// Where the provider reaches us.
    pub public_origin: String,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It was not queued (any more).
    NothingToDo,
    /// The provider has it.
    Submitted,
    /// The provider may have it: wait for its webhook, look for it, give up at the deadline.
    Unanswered,
    /// The provider refused for now; the sweep queues it again.
    Later,
    /// The provider refused for good, or the time was up.
    GivenUp,
    /// It was called off while it was being submitted: the provider was asked to stop, or
    /// does not have it.
    CalledOff,
}

/// What came of a message, and what it costs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// What came of it.
    pub ran: Ran,
    /// What a provider has cost us today with this job, if it took it or may have taken it
    /// and that could be counted.
    pub spent: Option<(ProviderName, Spent)>,
}

impl From<Ran> for Done {
    fn from(ran: Ran) -> Self {
        Self { ran, spent: None }
    }
}

impl Run {
    /// Takes a queued generation, submits it, and counts what it costs us while its state is
    /// written. Three requests, one for each picture
    /// that goes in, and the provider's. May be repeated: only one caller gets it
    /// out of queued, and so it is counted once at most; who dies on the way counts nothing.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; the sweep heals what was left.
    pub async fn run(&self, message: &RunMessage, ids: &Ids, now: Timestamp) -> Result<Done> {
        let claim = ids.uuid_v7(now).to_string();
        let taken = self.generations.submitting(message.account, message.generation, &claim, now).await?;
        let Some(generation) = taken else { return Ok(Ran::NothingToDo.into()) };
        let finish = Finish { generations: &self.generations, credits: &self.credits, ids, now };
        let left = generation.deadline.duration_since(now);
        if left < plan::SUBMIT_MARGIN {
            return self.give_up(&generation, FailureCode::TimedOut, &finish).await.map(Done::from);
        }
        let Ok(model) = self.catalogue.model(&generation.model) else {
            return self.give_up(&generation, FailureCode::ModelRetired, &finish).await.map(Done::from);
        };
        let mut job = self.job(&generation, model, left);
        match fields(&self.media, &generation, &model.inputs).await {
            Ok(fields) => job.input.extend(fields),
            Err(no_picture) => return self.without(&generation, no_picture, &finish).await.map(Done::from),
        }
        let provider = self.providers.get(generation.provider)?;
        match provider.submit(&job).await {
            Submitted::Accepted { provider_job, queue_position } => {
                let standing = Standing { queue_position, progress: None };
                let running = self.generations.running(&generation, &provider_job, standing, now);
                let (running, spent) = join(running, self.count(&generation, now)).await;
                if running? {
                    return Ok(Done { ran: Ran::Submitted, spent });
                }
                // Best effort: what is being called off is asked for again by the sweep, and what
                // is over is neither delivered nor charged.
                let _ = timeout(plan::PATIENCE, provider.cancel(&job.model, &provider_job)).await;
                Ok(Done { ran: Ran::CalledOff, spent })
            }
            #[cfg(feature = "planted-faults")]
            Submitted::Ambiguous if planted(Planted::SubmitAgain) => {
                self.generations.requeued(&generation, now).await?;
                Ok(Ran::Later.into())
            }
            Submitted::Ambiguous => {
                tracing::warn!(generation = %generation.id, "the provider did not answer the submission");
                Ok(Done { ran: Ran::Unanswered, spent: self.count(&generation, now).await })
            }
            Submitted::Refused(refusal) => self.refused(&generation, &refusal, &finish).await.map(Done::from),
        }
    }

    /// Counts what the provider may bill. A job that is missing in the count is no reason to
    /// leave it undone.
    async fn count(&self, generation: &Generation, now: Timestamp) -> Option<(ProviderName, Spent)> {
        let counted = match self.catalogue.model(&generation.model) {
            Ok(model) => self.generations.count(model, &generation.settings, now).await,
            Err(error) => Err(error),
        };
        match counted {
            Ok(spent) => Some((generation.provider, spent)),
            Err(error) => {
                tracing::warn!(generation = %generation.id, error = error.why(), "what it costs us was not counted");
                None
            }
        }
    }

    /// What comes of a generation whose picture cannot be handed on.
    async fn without(&self, generation: &Generation, no_picture: NoPicture, finish: &Finish<'_>) -> Result<Ran> {
        match no_picture {
            NoPicture::Unusable(why) => {
                tracing::warn!(generation = %generation.id, why, "a picture cannot be used");
                self.give_up(generation, FailureCode::InputUnusable, finish).await
            }
            NoPicture::Unreadable(error) => {
                tracing::warn!(generation = %generation.id, error = error.why(), "a picture could not be read");
                self.later(generation, plan::RETRY_AFTER, finish).await
            }
        }
    }

    /// Back to queued, for a while.
    async fn later(&self, generation: &Generation, wait: SignedDuration, finish: &Finish<'_>) -> Result<Ran> {
        match self.generations.requeued(generation, plan::later(finish.now, wait)).await? {
            true => Ok(Ran::Later),
            false => self.called_off(generation, finish).await,
        }
    }

    async fn refused(&self, generation: &Generation, refusal: &Refusal, finish: &Finish<'_>) -> Result<Ran> {
        tracing::warn!(generation = %generation.id, refusal = refusal.detail_code, "the provider refused");
        let code = match refusal.kind {
            RefusalKind::RateLimited | RefusalKind::OutOfCredit | RefusalKind::Unavailable => {
                let asked = refusal.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
                let wait = asked.unwrap_or(plan::RETRY_AFTER).max(plan::RETRY_AFTER);
                return self.later(generation, wait, finish).await;
            }
            RefusalKind::Retired => FailureCode::ModelRetired,
            RefusalKind::InvalidInput => FailureCode::InputRefused,
            RefusalKind::Moderated => FailureCode::Moderated,
        };
        self.give_up(generation, code, finish).await
    }

    /// Gives up what the provider certainly does not have.
    async fn give_up(&self, generation: &Generation, code: FailureCode, finish: &Finish<'_>) -> Result<Ran> {
        match finish.give_up(generation, code).await? {
            true => Ok(Ran::GivenUp),
            false => self.called_off(generation, finish).await,
        }
    }

    /// Ends what the provider certainly does not have and somebody called off meanwhile:
    /// nobody else can know that there is nothing to wait for.
    async fn called_off(&self, generation: &Generation, finish: &Finish<'_>) -> Result<Ran> {
        let stored = match self.generations.get(generation.account, generation.id).await {
            Err(Error::NotFound) => return Ok(Ran::CalledOff),
            stored => stored?,
        };
        if stored.status == GenerationStatus::Canceling && stored.claim == generation.claim {
            finish.give_up(&stored, FailureCode::Canceled).await?;
        }
        Ok(Ran::CalledOff)
    }

    fn job(&self, generation: &Generation, model: &Model, left: SignedDuration) -> Job {
        Job {
            model: generation.provider_model.clone(),
            input: model.input(&generation.prompt, &generation.settings),
            webhook_url: self.callbacks.webhook_url(
                &self.public_origin,
                generation.provider,
                generation.account,
                generation.id,
            ),
            webhook_secret: self.callbacks.webhook_secret(generation.provider, generation.account, generation.id),
            time_limit: Duration::try_from(left.saturating_add(plan::PROVIDER_MARGIN)).unwrap_or_default(),
        }
    }
}
