//! Queue `generation`: submits a queued generation to its provider, once (P04, P12).

use credits::Store as Credits;
use generations::{Catalogue, Ran, Run, RunMessage, Store};
use kernel::Result;
use media::Store as Media;
use providers::{Accounts, CallbackKeys, Providers, Settings};
use runtime::{Ctx, Init};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    run: Run,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["bfl-api-key", "fal-api-key", "replicate-api-token", "webhook-mac-key"]).await?;
        let token = |name| secrets.get(name).map(|secret| secret.current());
        let accounts = Accounts {
            bfl: Settings::new(init.var("BFL_API")?, token("bfl-api-key")?),
            fal: Settings::new(init.var("FAL_API")?, token("fal-api-key")?),
            fal_platform_api: init.var("FAL_PLATFORM_API")?.to_owned(),
            replicate: Settings::new(init.var("REPLICATE_API")?, token("replicate-api-token")?),
        };
        Ok(Self {
            run: Run {
                catalogue: Catalogue::built_in()?,
                generations: Store::new(init.table("GENERATIONS_TABLE")?),
                credits: Credits::new(init.table("CREDITS_TABLE")?),
                media: Media::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers: Providers::new(&init.vendors()?, &accounts)?,
                callbacks: Arc::new(CallbackKeys::from_keys(secrets.get("webhook-mac-key")?.accepted())?),
                public_origin: init.var("PUBLIC_ORIGIN")?.to_owned(),
            },
        })
    }
}

/// Submits one generation.
///
/// # Errors
/// `unavailable`; the message comes again, and the sweep looks after the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: RunMessage) -> Result<Ran> {
    deps.run.run(&message, &ctx.ids, ctx.now).await
}
