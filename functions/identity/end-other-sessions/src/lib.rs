//! `DELETE /v1/sessions`: ends every session of the caller's account but the caller's own (P10).
//!
//! Answers 204, also if there was no other. A session that begins meanwhile continues.

use contract::Route;
use kernel::Result;
use runtime::{
    Ctx,
    http::{Request, Response},
};
use std::sync::Arc;

/// This function needs the authentication of its caller, and the store that comes with it.
pub use authentication::Authenticator as Deps;

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::delete("/v1/sessions", "End all sessions of the account but the caller's")
        .about("The answer is the same if there was no other session. A session that begins meanwhile continues.")
        .protected()
        .answers_nothing(204, "all sessions but the caller's end")
}

/// Ends the other sessions in one transaction: 204. Their refresh tokens are invalid at once, and
/// nothing can be spent, bought, uploaded or deleted in them.
///
/// # Errors
/// `unauthenticated` (also if the caller's own session has ended), `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.caller(&request, ctx.now)?;
    // One query reads the caller's session and the others.
    deps.accounts().end_other_sessions(&caller, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
