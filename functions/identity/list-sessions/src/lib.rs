//! `GET /v1/sessions`: the sessions of the caller's account, last used first (P10).
//!
//! `ip` is the address of the sign-in. It is `null` once the sign-in log no longer has it. The answer
//! has all sessions, at most the 100 that were used last, so it has no pages.

use accounts::ActiveSession;
use contract::Route;
use kernel::{Result, SessionId, Timestamp, schema::Time};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// This function needs the authentication of its caller, and the store that comes with it.
pub use authentication::Authenticator as Deps;

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/sessions", "List the sessions of the account")
        .about("An access token whose session has ended is refused here. The list has one page.")
        .protected()
        .answers::<Answer>(
            200,
            "the account's sessions, last used first: device, IP address of the sign-in, times, and which one is the \
             caller's",
        )
        .leads_to("end-session", "id", "$response.body#/items/0/id")
}

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

/// The sessions of the account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Sessions")]
struct Answer {
    /// The sessions, last used first.
    items: Vec<SessionView>,
    /// Always null: the list has one page.
    next_cursor: Option<String>,
}

/// A signed-in browser or client.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
struct SessionView {
    /// The id of the session.
    id: SessionId,
    /// The family of the browser and of the operating system.
    device: String,
    /// The IP address of the sign-in. Null once the log of sign-ins no longer has it.
    ip: Option<String>,
    /// When the person signed in.
    #[schemars(with = "Time")]
    created_at: Timestamp,
    /// When the session was last refreshed, or began.
    #[schemars(with = "Time")]
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
