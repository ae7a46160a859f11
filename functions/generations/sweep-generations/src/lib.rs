//! Every minute: looks after generations that are due, so that a lost message, a lost webhook
//! or a process that died strands nothing, thumbnails are made and what was deleted goes.
//!
//! What it had to ask for, because no webhook told, is counted as `WebhookRepairs`, with the
//! longest time of a sweep that one had been over as `WebhookLagSeconds`; what was made by its
//! deadline and erased is one of the `LateSuccesses`.

use credits::CreditStore;
use generations::{Delete, GenerationStore, Sweep, Swept};
use kernel::Result;
use media::MediaStore;
use providers::{CallbackKeys, ProviderCredentials, Providers};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    sweep: Sweep,
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
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        let media = MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?);
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            sweep: Sweep {
                delete: Delete { generations: generations.clone(), media },
                generations,
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                providers: Providers::new(&init.vendors()?, &credentials)?,
                callbacks: Arc::new(CallbackKeys::from_keys(secrets.get("webhook-mac-key")?.accepted())?),
                public_origin: init.var("PUBLIC_ORIGIN")?.to_owned(),
                run_queue: init.queue("GENERATION_QUEUE_URL")?,
                collect_queue: init.queue("MEDIA_QUEUE_URL")?,
                thumbnail_queue: init.queue("THUMBNAIL_QUEUE_URL")?,
            },
        })
    }
}

/// One sweep.
///
/// # Errors
/// `unavailable`; the next minute's sweep does what was left.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx) -> Result<Swept> {
    let swept = deps.sweep.sweep(&ctx.ids, ctx.now).await?;
    if swept.repaired > 0 {
        let lag = Metric { name: "WebhookLagSeconds", value: swept.longest_lag_seconds as f64 };
        let repairs = Metric { name: "WebhookRepairs", value: swept.repaired.into() };
        metric::publish(&deps.stage, ctx.now, &[repairs, lag]);
    }
    if swept.made_too_late > 0 {
        let late = Metric { name: "LateSuccesses", value: swept.made_too_late.into() };
        metric::publish(&deps.stage, ctx.now, &[late]);
    }
    Ok(swept)
}
