//! `POST /v1/webhooks/providers/{provider}`: a provider says how a job stands.
//!
//! Nothing is believed but that there may be something to collect: the MAC in the URL ties
//! the webhook to one generation, the provider's signature to the provider, and
//! `collect-media` then asks the provider itself.

use aws::Queue;
use generations::CollectMessage;
use kernel::{Error, Result};
use providers::{CallbackKeys, WebhookCall, Webhooks};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    webhooks: Webhooks,
    queue: Queue,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
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

/// Takes one webhook: 204 once it is queued, or when there is nothing to do.
///
/// # Errors
/// `bad_signature` (also for a signed time more than five minutes off), `malformed`,
/// `not_found` (no such provider), `unavailable`: the provider sends it again.
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
