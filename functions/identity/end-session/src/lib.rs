//! `DELETE /v1/sessions/{id}`: ends one session of the caller's account (P10).
//!
//! Answers 204, also if the session has ended already. Once its item is removed, which the next sign-in
//! does at the latest, the answer is 404, as for an unknown session. Ending the own session also signs
//! the browser out.

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

/// Ends one session: 204. Its refresh token is invalid at once, and nothing can be spent, bought,
/// uploaded or deleted in it. A copied access token still reads until its ten minutes end.
///
/// # Errors
/// `unauthenticated` (also if the caller's own session has ended), `cross_origin`, `not_found` (also
/// for another account's session), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let caller = deps.accounts.require_fresh(&caller, ctx.now).await?;
    deps.accounts.end_one_session(&caller, id, ctx.now).await?;
    let answer = Response::empty(204);
    Ok(if id == caller.caller().session { answer.signed_out() } else { answer })
}
