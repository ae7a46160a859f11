//! Queue `media`: copies a provider's outputs and delivers them, or releases the credits
//! (P05, P12). Outputs that were made too late are counted as `LateSuccesses`, and
//! models that paused themselves because a job failed as `ModelPauses`.

use credits::CreditStore;
use generations::{Collect, CollectMessage, CollectOutcome, GenerationStore};
use kernel::Result;
use media::MediaStore;
use providers::{ProviderCredentials, Providers};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// The stage, for metrics, and the collection with its stores, providers and queue.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    collect: Collect,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&ProviderCredentials::SECRETS).await?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            collect: Collect {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers: Providers::read(&init.vendors()?, |name| init.var(name), |name| secrets.current(name))?,
                thumbnail_queue: init.queue("THUMBNAIL_QUEUE_URL")?,
            },
        })
    }
}

/// Collects one generation.
///
/// # Errors
/// `unavailable`. The message is delivered again, and the sweep checks the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: CollectMessage) -> Result<CollectOutcome> {
    let outcome = deps.collect.collect(&message, &ctx.ids, ctx.now, ctx.time_left()).await?;
    let metric = match outcome {
        CollectOutcome::MadeTooLate => Some("LateSuccesses"),
        CollectOutcome::GivenUp { model_paused: true, .. } => Some("ModelPauses"),
        _ => None,
    };
    if let Some(name) = metric {
        metric::publish(&deps.stage, ctx.now, &[Metric { name, value: 1.0 }]);
    }
    Ok(outcome)
}
