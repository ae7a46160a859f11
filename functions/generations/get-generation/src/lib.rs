//! `GET /v1/generations/{id}`: one generation, with links to its outputs (P05). While it is under
//! way, `cancel_price` is the most that canceling it costs.

use contract::Route;
use credits::CreditStore;
use generations::{GenerationStore, GenerationView};
use kernel::{GenerationId, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// The stores of this function. It signs links to the bucket and sends it no request.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    generations: GenerationStore,
    credits: CreditStore,
    media: MediaStore,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/generations/{id}", "Read a generation")
        .about(
            "Links to outputs are valid for five minutes. While the generation is under way, `cancel_price` is the \
             most that canceling it costs.",
        )
        .protected()
        .path::<GenerationId>("id", "The id of the generation.")
        .answers::<GenerationView<'_>>(200, "one generation with links to its outputs")
}

/// Answers the generation. Its links are valid for five minutes.
///
/// # Errors
/// `unauthenticated`, `not_found` (also for another account's generation), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let (generation, balance) = deps.generations.get_with_balance(&deps.credits, caller.account, id).await?;
    let view = GenerationView::with_links(&generation, &deps.media, ctx.signed_at)?;
    Ok(Response::json(200, &view.with_cancel_price(generation.cancel_price(&balance, ctx.now))))
}
