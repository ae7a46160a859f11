//! Queue `generation`: submits a queued generation to its provider, once (P04, P12).

use credits::Store as Credits;
use generations::{Catalogue, Ran, Run, RunMessage, Store};
use kernel::Result;
use providers::{CallbackKeys, Provider, Providers, Settings};
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
        let settings = |api: &str, secret: &str| -> Result<Settings> {
            Ok(Settings { api: api.to_owned(), token: secrets.get(secret)?.current().to_owned() })
        };
        let http = init.vendors()?;
        let providers = Providers::new([
            Provider::bfl(http.clone(), &settings(init.var("BFL_API")?, "bfl-api-key")?)?,
            Provider::fal(
                http.clone(),
                &settings(init.var("FAL_API")?, "fal-api-key")?,
                init.var("FAL_PLATFORM_API")?,
            )?,
            Provider::replicate(http, &settings(init.var("REPLICATE_API")?, "replicate-api-token")?)?,
        ]);
        Ok(Self {
            run: Run {
                catalogue: Catalogue::built_in()?,
                generations: Store::new(init.table("GENERATIONS_TABLE")?),
                credits: Credits::new(init.table("CREDITS_TABLE")?),
                providers,
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
