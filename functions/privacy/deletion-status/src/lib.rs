//! `GET /v1/deletions/{code}`: how far a deletion is, and its signed receipt in the end
//! (P15). Whoever has the code may ask: after the erasure nobody can sign in. The answer
//! holds no personal data.

use kernel::Result;
use privacy::{DeletionStore, DeletionView};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    receipts: DeletionStore,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { receipts: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?) })
    }
}

/// Answers one deletion.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, _: Ctx, request: Request) -> Result<Response> {
    let code = request.path("code")?.parse()?;
    let deletion = deps.receipts.get(&code).await?;
    Ok(Response::json(200, &DeletionView::new(&deletion)?))
}
