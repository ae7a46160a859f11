//! Queue `media`: copies what a provider made and delivers it, or gives the credits back
//! (P05, P12). What was made too late is counted as `LateSuccesses`.

use credits::Store as Credits;
use generations::{Collect, CollectMessage, Collected, Store};
use kernel::Result;
use media::Store as Media;
use providers::{Provider, Settings};
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
        let secrets = init.secrets(&["replicate-api-token"]).await?;
        let api = init.var("REPLICATE_API")?.to_owned();
        let token = secrets.get("replicate-api-token")?.current().to_owned();
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            collect: Collect {
                generations: Store::new(init.table("GENERATIONS_TABLE")?),
                credits: Credits::new(init.table("CREDITS_TABLE")?),
                media: Media::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                provider: Provider::replicate(init.vendors()?, &Settings { api, token })?,
            },
        })
    }
}

/// Collects one generation.
///
/// # Errors
/// `unavailable`; the message comes again, and the sweep looks after the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: CollectMessage) -> Result<Collected> {
    let collected = deps.collect.collect(&message, &ctx.ids, ctx.now).await?;
    if collected == Collected::MadeTooLate {
        metric::publish(&deps.stage, ctx.now, &[Metric { name: "LateSuccesses", value: 1.0 }]);
    }
    Ok(collected)
}
