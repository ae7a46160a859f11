//! `DELETE /v1/session`: ends the session, and clears its cookies and the storage of our pages (P08).
//!
//! Only our session cookies expire. `Clear-Site-Data: "storage"` removes the draft of a prompt, so that
//! the next person at this browser does not find it.

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
    let about = "The refresh token is invalid at once, and nothing can be spent, bought, uploaded or deleted in the \
                 session. A copy of the access token still reads until it expires. An ended session may be ended \
                 again.";
    Route::delete("/v1/session", "Sign out")
        .about(about)
        .protected()
        .answers_nothing(204, "the session ends, its cookies and the storage of our pages are cleared")
        .with_header("clear-site-data", "`\"storage\"`: removes the draft of a prompt.")
        .with_header("set-cookie", "Both cookies of the session expire.")
}

/// Ends the caller's session. Its refresh token is invalid at once, and nothing can be spent, bought,
/// uploaded or deleted in it. A copied access token still reads until its ten minutes end.
///
/// # Errors
/// `unauthenticated`, `cross_origin`, `other_account` (the session of another person stays), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.caller(&request, ctx.now)?;
    deps.accounts().end_session(&caller).await?;
    Ok(Response::empty(204).signed_out())
}
