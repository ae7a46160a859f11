//! `DELETE /v1/session`: ends the session, and clears its cookies and the storage of our pages (P08).
//!
//! Only our session cookies expire. `Clear-Site-Data: "storage"` removes the draft of a prompt, so that
//! the next person at this browser does not find it.

use accounts::AccountStore;
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { verifier: init.verifier()?, accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?) })
    }
}

/// Ends the caller's session. Its refresh token is invalid at once, and nothing can be spent, bought,
/// uploaded or deleted in it. A copied access token still reads until its ten minutes end.
///
/// # Errors
/// `unauthenticated`, `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    deps.accounts.end_session(&caller).await?;
    Ok(Response::empty(204).signed_out())
}
