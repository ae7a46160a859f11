//! `GET /v1/deletions/{code}`: the progress of a deletion, and at its end the signed receipt
//! (P15). The code is the only credential, because the user cannot sign in after the erasure. The
//! answer has no personal data.

use kernel::Result;
use privacy::{DeletionStore, DeletionView};
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

/// Answers one deletion.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, _: Ctx, request: Request) -> Result<Response> {
    let code = request.path("code")?.parse()?;
    let deletion = deps.deletions.get(&code).await?;
    Ok(Response::json(200, &DeletionView::new(&deletion)?))
}
