//! `GET /v1/account/sign-ins`: the sign-ins of the last 90 days, newest first (P10).
//!
//! `session` is the id of the session that the sign-in began, and `current` says whether it is the
//! caller's. The list is paged by `limit` and `cursor`.

use accounts::LoggedSignIn;
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
    Route::get("/v1/account/sign-ins", "List the sign-ins of the account")
        .about("An access token whose session has ended is refused here.")
        .protected()
        .pages()
        .answers::<Answer>(200, "the sign-ins of 90 days, newest first")
}

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

/// A page of the sign-ins of the account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignIns")]
struct Answer {
    /// The sign-ins, newest first.
    items: Vec<SignInView>,
    /// The `cursor` of the next page. Null at the end of the list.
    next_cursor: Option<String>,
}

/// A sign-in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignIn")]
struct SignInView {
    /// When the person signed in.
    #[schemars(with = "Time")]
    at: Timestamp,
    /// The IP address. Null where the person has objected to its storage.
    ip: Option<String>,
    /// The family of the browser and of the operating system.
    device: String,
    /// The partner that knows the person, such as `google`.
    provider: String,
    /// The id of the session that began. It may have ended by now.
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
