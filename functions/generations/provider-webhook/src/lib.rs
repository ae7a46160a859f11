//! `POST /v1/webhooks/providers/{provider}`: a provider reports the state of a job.
//!
//! The webhook is only a hint that a job may be over. The MAC in its URL ties it to one generation,
//! and its signature ties it to the provider. `collect-media` then asks the provider itself.

use aws::Queue;
use generations::CollectMessage;
use kernel::{Error, Result};
use providers::{CallbackKeys, WebhookCall, Webhooks};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// The verification of webhooks, and the queue of `collect-media`.
#[derive(Debug)]
pub struct Deps {
    webhooks: Webhooks,
    queue: Queue,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["replicate-webhook-secret", "webhook-mac-key"]).await?;
        Ok(Self {
            webhooks: Webhooks::new(
                CallbackKeys::from_keys(secrets.get("webhook-mac-key")?.accepted())?,
                secrets.get("replicate-webhook-secret")?.accepted(),
                init.vendors()?,
                init.var("FAL_JWKS_URL")?,
            )?,
            queue: init.queue("MEDIA_QUEUE_URL")?,
        })
    }
}

/// Takes one webhook. Answers 204 once its message is queued, or when there is nothing to do.
///
/// # Errors
/// `bad_signature` (also for a signed time that is off by more than five minutes), `malformed`,
/// `not_found` (an unknown provider), `unavailable`: the provider sends the webhook again.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let provider = request.path("provider")?.parse()?;
    let parameter = |name| request.query(name).ok_or(Error::BadSignature);
    let account = parameter("account")?.parse().map_err(|_| Error::BadSignature)?;
    let generation = parameter("generation")?.parse().map_err(|_| Error::BadSignature)?;
    let call = WebhookCall { provider, account, generation, mac: parameter("mac")? };
    let event = deps.webhooks.verify(&call, request.headers(), request.body(), ctx.now).await?;
    if event.is_final {
        deps.queue.send(&CollectMessage { account, generation, job: event.provider_job }).await?;
    }
    Ok(Response::empty(204))
}
