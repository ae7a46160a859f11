//! `DELETE /v1/sessions/{id}`: ends one session of the caller's account (P10).
//!
//! Answers 204, also if the session has ended already. Once its item is removed, which the next sign-in
//! does at the latest, the answer is 404, as for an unknown session. Ending the own session also signs
//! the browser out.

use contract::Route;
use kernel::{Result, SessionId};
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
    let about = "The session's refresh token is invalid at once, and nothing can be spent, bought, uploaded or \
                 deleted in it. An ended session answers 204 again. When its item is removed, by the next sign-in at \
                 the latest, the answer is 404.";
    Route::delete("/v1/sessions/{id}", "End one session of the account")
        .about(about)
        .protected()
        .path::<SessionId>("id", "The id of the session.")
        .answers_nothing(204, "one session of the account ends")
        .may_have_header("clear-site-data", "Of the caller's own session: `\"storage\"`.")
        .may_have_header("set-cookie", "Of the caller's own session: both of its cookies expire.")
}

/// Ends one session: 204. Its refresh token is invalid at once, and nothing can be spent, bought,
/// uploaded or deleted in it. A copied access token still reads until its ten minutes end.
///
/// # Errors
/// `unauthenticated` (also if the caller's own session has ended), `cross_origin`, `not_found` (also
/// for another account's session), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.caller(&request, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let caller = deps.require_fresh(&caller, ctx.now).await?;
    deps.accounts().end_one_session(&caller, id, ctx.now).await?;
    let answer = Response::empty(204);
    Ok(if id == caller.caller().session { answer.signed_out() } else { answer })
}
