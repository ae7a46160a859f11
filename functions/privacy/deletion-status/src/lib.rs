//! `GET /v1/deletions/{code}`: the progress of a deletion, and at its end the signed receipt
//! (P15). The code is the only credential, because the user cannot sign in after the erasure. The
//! answer has no personal data.

use contract::Route;
use kernel::Result;
use privacy::{DeletionCode, DeletionStore, DeletionView};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    deletions: DeletionStore,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { deletions: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?) })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/deletions/{code}", "Read the state of a deletion")
        .about(
            "The code is the only credential: after the erasure nobody can sign in. The answer has no personal data.",
        )
        .path::<DeletionCode>("code", "The code that the request for the deletion was answered with.")
        .answers::<DeletionView<'_>>(200, "the state of a deletion, and at the end its signed receipt")
}

/// Answers one deletion.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, _: Ctx, request: Request) -> Result<Response> {
    let code = request.path("code")?.parse()?;
    let deletion = deps.deletions.get(&code).await?;
    Ok(Response::json(200, &DeletionView::new(&deletion)?))
}
