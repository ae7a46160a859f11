//! `DELETE /v1/sessions`: ends every session of the caller's account but the caller's own (P10).
//!
//! Answers 204, also if there was no other. A session that begins meanwhile continues.

use accounts::AccountStore;
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// The session check and the store of this function.
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

/// Ends the other sessions in one transaction: 204. Their refresh tokens are invalid at once, and
/// nothing can be spent, bought, uploaded or deleted in them.
///
/// # Errors
/// `unauthenticated` (also if the caller's own session has ended), `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    // One query reads the caller's session and the others.
    deps.accounts.end_other_sessions(&caller, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
