//! Queue `media`: copies what a provider made and delivers it, or gives the credits back
//! (P05, P12).

use credits::Store as Credits;
use generations::{Catalogue, Collect, CollectMessage, Collected, Store};
use kernel::Result;
use media::Store as Media;
use providers::{Provider, Providers, Settings};
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
        let secrets = init.secrets(&["bfl-api-key", "fal-api-key", "replicate-api-token"]).await?;
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
            collect: Collect {
                catalogue: Catalogue::built_in()?,
                generations: Store::new(init.table("GENERATIONS_TABLE")?),
                credits: Credits::new(init.table("CREDITS_TABLE")?),
                media: Media::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers,
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
