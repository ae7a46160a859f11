//! `DELETE /v1/session`: ends the session, and clears its cookies and the storage of our pages (P08).
//!
//! Only our session cookies expire. `Clear-Site-Data: "storage"` removes the draft of a prompt, so that
//! the next person at this browser does not find it.

use kernel::Result;
use runtime::{
    Ctx,
    http::{Request, Response},
};
use std::sync::Arc;

/// This function needs the authentication of its caller, and the store that comes with it.
pub use authentication::Authenticator as Deps;

/// Ends the caller's session. Its refresh token is invalid at once, and nothing can be spent, bought,
/// uploaded or deleted in it. A copied access token still reads until its ten minutes end.
///
/// # Errors
/// `unauthenticated`, `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.caller(&request, ctx.now)?;
    deps.accounts().end_session(&caller).await?;
    Ok(Response::empty(204).signed_out())
}
