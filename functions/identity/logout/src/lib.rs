//! `DELETE /v1/session`: ends the session and takes its cookies away (P08).

use accounts::AccountStore;
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::{Verifier, cookie};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { verifier: init.verifier()?, accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?) })
    }
}

/// Ends the caller's session. Its refresh token is dead at once; an access token that was
/// copied elsewhere lives on for its ten minutes.
///
/// # Errors
/// `unauthenticated`, `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    deps.accounts.end_session(&caller).await?;
    Ok(cookie::signed_out().into_iter().fold(Response::empty(204), Response::cookie))
}
