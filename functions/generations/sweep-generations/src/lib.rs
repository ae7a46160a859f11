//! Every minute: continues the generations that are due. So a lost message, a lost webhook or a
//! function that died strands nothing, missing thumbnails are made, and deletions are finished.
//!
//! Metrics: `WebhookRepairs` counts the jobs that were over without a webhook, and
//! `WebhookLagSeconds` is the longest time for which one of them may have been over.
//! `LateSuccesses` counts the jobs that the provider had finished when their time was up.
//! `ModelPauses` counts the models that paused themselves.

use credits::CreditStore;
use generations::{Delete, GenerationStore, Sweep, SweepReport};
use kernel::Result;
use media::MediaStore;
use providers::{CallbackKeys, ProviderCredentials, Providers};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// The stage, for metrics, and the sweep with its stores, providers and queues.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    sweep: Sweep,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let names = [&ProviderCredentials::SECRETS[..], &["webhook-mac-key"]].concat();
        let secrets = init.secrets(&names).await?;
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        let media = MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?);
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            sweep: Sweep {
                delete: Delete { generations: generations.clone(), media },
                generations,
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                providers: Providers::read(&init.vendors()?, |name| init.var(name), |name| secrets.current(name))?,
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
/// `unavailable`. The sweep of the next minute does the rest.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx) -> Result<SweepReport> {
    let report = deps.sweep.sweep(&ctx.ids, ctx.now).await?;
    if report.repaired > 0 {
        let lag = Metric { name: "WebhookLagSeconds", value: report.longest_lag_seconds as f64 };
        let repairs = Metric { name: "WebhookRepairs", value: report.repaired.into() };
        metric::publish(&deps.stage, ctx.now, &[repairs, lag]);
    }
    if report.made_too_late > 0 {
        let late = Metric { name: "LateSuccesses", value: report.made_too_late.into() };
        metric::publish(&deps.stage, ctx.now, &[late]);
    }
    if report.models_paused > 0 {
        let paused = Metric { name: "ModelPauses", value: report.models_paused.into() };
        metric::publish(&deps.stage, ctx.now, &[paused]);
    }
    Ok(report)
}
