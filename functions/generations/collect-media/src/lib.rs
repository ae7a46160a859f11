//! Queue `media`: copies what a provider made and delivers it, or gives the credits back
//! (P05, P12). What was made too late is counted as `LateSuccesses`.

use credits::CreditStore;
use generations::{Collect, CollectMessage, Collected, GenerationStore};
use kernel::Result;
use media::MediaStore;
use providers::{ProviderCredentials, Providers};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    collect: Collect,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&ProviderCredentials::SECRETS).await?;
        let token = |name: &str| secrets.get(name).map(|secret| secret.current());
        let credentials = ProviderCredentials::read(|name| init.var(name), token)?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            collect: Collect {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers: Providers::new(&init.vendors()?, &credentials)?,
                thumbnail_queue: init.queue("THUMBNAIL_QUEUE_URL")?,
            },
        })
    }
}

/// Collects one generation.
///
/// # Errors
/// `unavailable`; the message comes again, and the sweep looks after the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: CollectMessage) -> Result<Collected> {
    let collected = deps.collect.collect(&message, &ctx.ids, ctx.now, ctx.time_left()).await?;
    if collected == Collected::MadeTooLate {
        metric::publish(&deps.stage, ctx.now, &[Metric { name: "LateSuccesses", value: 1.0 }]);
    }
    Ok(collected)
}
