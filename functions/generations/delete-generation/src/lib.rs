//! `DELETE /v1/generations/{id}`: deletes a generation that has ended, and every version of its
//! outputs (P05).
//!
//! Answers 204. From then on the generation is hidden. If the function dies before it has deleted
//! everything, the sweep deletes the rest.

use authentication::Authenticator;
use contract::Route;
use generations::{Delete, GenerationStore};
use kernel::{GenerationId, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// The session check and the stores of this function.
#[derive(Debug)]
pub struct Deps {
    authenticator: Authenticator,
    delete: Delete,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            authenticator: Authenticator::new(init).await?,
            delete: Delete {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::delete("/v1/generations/{id}", "Delete a generation and its outputs")
        .about("It must have ended. The deletion cannot be undone.")
        .protected()
        .path::<GenerationId>("id", "The id of the generation.")
        .answers_nothing(204, "every version of its outputs is deleted")
        .fails(&["wrong_state"])
}

/// Deletes one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended in the last ten minutes),
/// `cross_origin`, `not_found` (also for another account's generation), `wrong_state` while it is
/// under way; `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let id = request.path("id")?.parse()?;
    // A deletion cannot be undone, so an ended session may not delete anything.
    let caller = deps.authenticator.require_fresh(&caller, ctx.now).await?;
    deps.delete.delete(caller.account(), id, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
