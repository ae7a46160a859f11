//! `DELETE /v1/generations/{id}`: deletes a generation that has ended, and every version of its
//! outputs (P05).
//!
//! Answers 204. From then on the generation is hidden. If the function dies before it has deleted
//! everything, the sweep deletes the rest.
//!
//! With `?undo=true` it answers 202. The generation is hidden at once, and `PATCH` with `{"deleted": false}`
//! brings it back until `undo_until`. Then the sweep deletes it.

use authentication::Authenticator;
use contract::Route;
use generations::{Delete, GenerationStore, UndoableDeletion};
use kernel::{Error, GenerationId, Result, Timestamp};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
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
        .about(
            "It must have ended, and is hidden at once. Without `undo` the deletion cannot be undone, and makes an \
             earlier one final. With `undo=true`, `PATCH` of the generation with `{\"deleted\": false}` brings it back \
             until `undo_until`; its files are deleted within about a minute after that. A repetition answers the \
             first deletion.",
        )
        .protected()
        .path::<GenerationId>("id", "The id of the generation.")
        .query::<bool>("undo", "Whether the deletion can be undone for 30 seconds. Left out, it cannot.")
        .answers_nothing(204, "every version of its outputs is deleted")
        .answers::<Answer>(202, "it is hidden, and can be brought back until `undo_until`")
        .fails(&["wrong_state"])
}

/// Deletes one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended in the last ten minutes),
/// `cross_origin`, `invalid` (undo), `not_found` (also for another account's generation, and for a deletion that
/// cannot be undone any more), `wrong_state` while it is under way; `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let can_be_undone = request.query("undo").map(flag).transpose()?.unwrap_or(false);
    // A deletion cannot be undone for long, so an ended session may not delete anything.
    let caller = deps.authenticator.require_fresh(&caller, ctx.now).await?;
    if can_be_undone {
        let deletion = deps.delete.delete_with_undo(caller.account(), id, &ctx.ids, ctx.now).await?;
        return Ok(Response::json(202, &Answer::new(deletion)));
    }
    deps.delete.delete(caller.account(), id, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}

fn flag(text: &str) -> Result<bool> {
    text.parse().map_err(|_| Error::invalid("undo", "undo is true or false."))
}

/// A deletion that can be undone.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UndoableDeletion")]
struct Answer {
    /// The time of the deletion.
    #[schemars(with = "kernel::schema::Time")]
    deleted_at: Timestamp,
    /// The time from which it cannot be undone any more.
    #[schemars(with = "kernel::schema::Time")]
    undo_until: Timestamp,
}

impl Answer {
    fn new(UndoableDeletion { deleted_at, undo_until }: UndoableDeletion) -> Self {
        Self { deleted_at, undo_until }
    }
}
