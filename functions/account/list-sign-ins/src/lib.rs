//! `GET /v1/account/sign-ins`: the sign-ins of the last 90 days, newest first (P10).
//!
//! `session` is the id of the session that the sign-in began, and `current` says whether it is the
//! caller's. The list is paged by `limit` and `cursor`.

use accounts::LoggedSignIn;
use kernel::{Result, SessionId, Timestamp};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use serde::Serialize;
use std::sync::Arc;

/// This function needs the authentication of its caller, and the store that comes with it.
pub use authentication::Authenticator as Deps;

/// Answers one page, with one request for the session and one for the page. The caller's own session
/// must be alive: the answer has IP addresses, and the access token of an ended session stays valid for
/// up to ten minutes.
///
/// # Errors
/// `unauthenticated` (also if the session has ended), `invalid` (`limit`, `cursor`), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.caller(&request, ctx.now)?;
    let (limit, cursor) = (request.limit()?, request.cursor()?);
    let caller = deps.require_fresh(&caller, ctx.now).await?;
    let page = deps.accounts().list_sign_ins(&caller, limit, cursor.as_ref(), ctx.now).await?;
    let current = caller.caller().session;
    let items = page.items.into_iter().map(|sign_in| SignInView::new(sign_in, current)).collect();
    Ok(Response::json(200, &Answer { items, next_cursor: page.next.map(|cursor| cursor.to_string()) }))
}

#[derive(Serialize)]
struct Answer {
    items: Vec<SignInView>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct SignInView {
    at: Timestamp,
    /// Null where the person has objected to its storage.
    ip: Option<String>,
    device: String,
    provider: String,
    session: SessionId,
    /// Whether the request was sent in the session that this sign-in began.
    current: bool,
}

impl SignInView {
    fn new(sign_in: LoggedSignIn, current: SessionId) -> Self {
        let LoggedSignIn { at, ip, device, provider, session } = sign_in;
        Self { at, ip, device, provider, session, current: session == current }
    }
}
