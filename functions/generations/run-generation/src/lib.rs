//! Queue `generation`: submits a queued generation to its provider, once (P04, P12), and publishes
//! the spend of today at that provider.

use credits::CreditStore;
use generations::{Catalogue, DailySpend, GenerationStore, Run, RunMessage, RunOutcome, RunReport};
use kernel::Result;
use media::MediaStore;
use providers::{CallbackKeys, ProviderCredentials, ProviderName, Providers};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// The stage, for metrics, and the submission with its stores and providers.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    run: Run,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let names = [&ProviderCredentials::SECRETS[..], &["webhook-mac-key"]].concat();
        let secrets = init.secrets(&names).await?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            run: Run {
                catalogue: Catalogue::built_in()?,
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                providers: Providers::read(&init.vendors()?, |name| init.var(name), |name| secrets.current(name))?,
                callbacks: Arc::new(CallbackKeys::from_keys(secrets.get("webhook-mac-key")?.accepted())?),
                public_origin: init.var("PUBLIC_ORIGIN")?.to_owned(),
            },
        })
    }
}

/// Submits one generation.
///
/// # Errors
/// `unavailable`. The message is delivered again, and the sweep checks the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: RunMessage) -> Result<RunOutcome> {
    let RunReport { outcome, spent } = deps.run.run(&message, &ctx.ids, ctx.now).await?;
    if let Some((provider, spent)) = spent {
        metric::publish(&deps.stage, ctx.now, &[spend_metric(provider, spent)]);
    }
    Ok(outcome)
}

/// The spend of today at a provider, in dollars.
fn spend_metric(provider: ProviderName, spent: DailySpend) -> Metric {
    let name = match provider {
        ProviderName::Bfl => "BflSpendDollars",
        ProviderName::Fal => "FalSpendDollars",
        ProviderName::Replicate => "ReplicateSpendDollars",
    };
    Metric { name, value: spent.micro_dollars as f64 / 1e6 }
}
