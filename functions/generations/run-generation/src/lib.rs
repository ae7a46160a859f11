//! Queue `generation`: submits a queued generation to its provider, once (P04, P12), and
//! publishes what that provider has cost us today.

use credits::CreditStore;
use generations::{Catalogue, Done, GenerationStore, Ran, Run, RunMessage, Spent};
use kernel::Result;
use media::MediaStore;
use providers::{CallbackKeys, ProviderCredentials, ProviderName, Providers};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    run: Run,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let names = [&ProviderCredentials::SECRETS[..], &["webhook-mac-key"]].concat();
        let secrets = init.secrets(&names).await?;
        let token = |name: &str| secrets.get(name).map(|secret| secret.current());
        let credentials = ProviderCredentials::read(|name| init.var(name), token)?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            run: Run {
                catalogue: Catalogue::built_in()?,
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers: Providers::new(&init.vendors()?, &credentials)?,
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
    let Done { ran, spent } = deps.run.run(&message, &ctx.ids, ctx.now).await?;
    if let Some((provider, spent)) = spent {
        metric::publish(&deps.stage, ctx.now, &[today(provider, spent)]);
    }
    Ok(ran)
}

/// What a provider has cost us today, in dollars.
fn today(provider: ProviderName, spent: Spent) -> Metric {
    let name = match provider {
        ProviderName::Bfl => "BflSpendDollars",
        ProviderName::Fal => "FalSpendDollars",
        ProviderName::Replicate => "ReplicateSpendDollars",
    };
    Metric { name, value: spent.micro_dollars as f64 / 1e6 }
}
