//! Queue `media`: copies what a provider made and delivers it, or gives the credits back
//! (P05, P12). What was made too late is counted as `LateSuccesses`.

use credits::CreditStore;
use generations::{Collect, CollectMessage, Collected, GenerationStore};
use kernel::Result;
use media::MediaStore;
use providers::{ProviderCredential, ProviderCredentials, Providers};
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
        let secrets = init.secrets(&["bfl-api-key", "fal-api-key", "replicate-api-token"]).await?;
        let token = |name| secrets.get(name).map(|secret| secret.current());
        let accounts = ProviderCredentials {
            bfl: ProviderCredential::new(init.var("BFL_API")?, token("bfl-api-key")?),
            fal: ProviderCredential::new(init.var("FAL_API")?, token("fal-api-key")?),
            fal_platform_api: init.var("FAL_PLATFORM_API")?.to_owned(),
            replicate: ProviderCredential::new(init.var("REPLICATE_API")?, token("replicate-api-token")?),
        };
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            collect: Collect {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers: Providers::new(&init.vendors()?, &accounts)?,
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
