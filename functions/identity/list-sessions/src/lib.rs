//! `GET /v1/sessions`: the sessions of the caller's account, last used first (P10).
//!
//! `ip` is the address of the sign-in. It is `null` once the sign-in log no longer has it. The answer
//! has all sessions, at most the 100 that were used last, so it has no pages.

use accounts::ActiveSession;
use kernel::{Result, SessionId, Timestamp};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use serde::Serialize;
use std::sync::Arc;

/// This function needs the authentication of its caller, and the store that comes with it.
pub use authentication::Authenticator as Deps;

/// Answers the list. The caller's own session must be alive: the answer has IP addresses, and the
/// access token of an ended session stays valid for up to ten minutes.
///
/// # Errors
/// `unauthenticated`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.caller(&request, ctx.now)?;
    let caller = deps.require_fresh(&caller, ctx.now).await?;
    let sessions = deps.accounts().list_sessions(&caller, ctx.now).await?;
    let current = caller.caller().session;
    let items = sessions.into_iter().map(|session| SessionView::new(session, current)).collect();
    Ok(Response::json(200, &Answer { items, next_cursor: None }))
}

#[derive(Serialize)]
struct Answer {
    items: Vec<SessionView>,
    /// Always `null`: the list has one page.
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct SessionView {
    id: SessionId,
    device: String,
    ip: Option<String>,
    created_at: Timestamp,
    last_used_at: Timestamp,
    /// Whether this session sent the request.
    current: bool,
}

impl SessionView {
    fn new(session: ActiveSession, current: SessionId) -> Self {
        let ActiveSession { id, device, ip, created_at, last_used_at } = session;
        Self { id, device, ip, created_at, last_used_at, current: id == current }
    }
}
