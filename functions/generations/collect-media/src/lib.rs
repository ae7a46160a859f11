//! Queue `media`: copies what a provider made and delivers it, or gives the credits back
//! (P05, P12).

use credits::Store as Credits;
use generations::{Collect, CollectMessage, Collected, Store};
use kernel::Result;
use media::Store as Media;
use providers::{Provider, Settings};
use runtime::{Ctx, Init};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
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
    deps.collect.collect(&message, &ctx.ids, ctx.now).await
}
