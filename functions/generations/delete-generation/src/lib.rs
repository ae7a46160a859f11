//! `DELETE /v1/generations/{id}`: deletes a generation that has ended, and every version of
//! what it made (P05).
//!
//! Answers 204, and nobody sees it from then on. What a process that died has left, the sweep
//! deletes.

use accounts::AccountStore;
use generations::{Delete, GenerationStore};
use kernel::Result;
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
    delete: Delete,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            delete: Delete {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
            },
        })
    }
}

/// Deletes one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended in the last ten minutes),
/// `cross_origin`, `not_found` (also another account's), `wrong_state` while it is under
/// way; `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let id = request.path("id")?.parse()?;
    // What is deleted cannot be had again: a session that was ended deletes nothing.
    let caller = deps.accounts.require_fresh(&caller, ctx.now).await?;
    deps.delete.delete(caller.account(), id, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
