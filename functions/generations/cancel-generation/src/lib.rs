//! `POST /v1/generations/{id}/cancel`: cancels a generation (P04, P06).
//!
//! A queued generation is `canceled` at once (200), and its credits are released. A generation
//! that its provider may have is `canceling` (202) until the provider answers. If the provider
//! stopped the job, the credits are released, or the job costs its price when the free cancellations
//! of the day are used up: `cancel_price` says the most that it can cost. If the provider finished it
//! all the same, it is delivered. A repeated request answers the present state.
//!
//! The body may be empty. `{"max_cost": 0}` cancels only if that is free.

use authentication::Authenticator;
use contract::Route;
use credits::CreditStore;
use generations::{Cancel, GenerationStore, GenerationView, RequestCancel, Taken};
use kernel::{Credits, GenerationId, Result};
use providers::{ProviderCredentials, Providers};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The session check, the stores, the providers and the queue of this function.
#[derive(Debug)]
pub struct Deps {
    authenticator: Authenticator,
    cancel: Cancel,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&ProviderCredentials::SECRETS).await?;
        Ok(Self {
            authenticator: Authenticator::new(init).await?,
            cancel: Cancel {
                request: RequestCancel {
                    generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                    credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                },
                providers: Providers::read(&init.vendors()?, |name| init.var(name), |name| secrets.current(name))?,
                collect_queue: init.queue("MEDIA_QUEUE_URL")?,
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::post("/v1/generations/{id}/cancel", "Cancel a generation")
        .about(
            "It is free while the generation waits. Once the provider has the job, it costs at most `cancel_price`; if \
             the provider finishes it all the same, it is delivered. A repeated request answers the present state.",
        )
        .protected()
        .path::<GenerationId>("id", "The id of the generation.")
        .may_read::<Body>()
        .answers::<GenerationView<'_>>(200, "it ended at once")
        .answers::<GenerationView<'_>>(202, "the provider still has the job")
        .fails(&["price_above_max_cost", "wrong_state"])
}

/// Cancels one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `not_found` (also for
/// another account's generation), `price_above_max_cost`, `wrong_state` when its output is being stored, or it has
/// ended otherwise; `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let max_cost = match request.body().is_empty() {
        true => None,
        false => request.json::<Body>()?.max_cost,
    };
    // An ended session may not change anything.
    let caller = deps.authenticator.require_fresh(&caller, ctx.now).await?;
    let taken = deps.cancel.cancel(caller.account(), id, max_cost, &ctx.ids, ctx.now).await?;
    let Taken { generation, cancel_price } = taken;
    let status = if generation.status.is_final() { 200 } else { 202 };
    // A generation with outputs is answered `wrong_state` above.
    Ok(Response::json(status, &GenerationView::without_outputs(&generation).with_cancel_price(cancel_price)))
}

/// The bounds of a cancellation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CancelRequest")]
struct Body {
    /// The most that canceling may cost, in credits: 0 cancels only if it is free. Null or left out: any price.
    #[serde(default, deserialize_with = "kernel::whole::optional")]
    max_cost: Option<Credits>,
}
