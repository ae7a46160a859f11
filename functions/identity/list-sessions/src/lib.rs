//! `GET /v1/sessions`: the sessions of the caller's account, last used first (P10).
//!
//! `ip` is the address of the sign-in. It is `null` once the sign-in log no longer has it. The answer
//! has all sessions, at most the 100 that were used last, so it has no pages.

use accounts::{AccountStore, ActiveSession};
use kernel::{Result, SessionId, Timestamp};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::Serialize;
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

/// Answers the list. The caller's own session must be alive: the answer has IP addresses, and the
/// access token of an ended session stays valid for up to ten minutes.
///
/// # Errors
/// `unauthenticated`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let caller = deps.accounts.require_fresh(&caller, ctx.now).await?;
    let sessions = deps.accounts.list_sessions(&caller, ctx.now).await?;
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
