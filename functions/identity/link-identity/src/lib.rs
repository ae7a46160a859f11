//! `POST /v1/account/identities/{provider}`: sends a person who is signed in to the sign-in of a further provider,
//! which is then linked to the account (P01, P10, P13).
//!
//! The session must have begun at most 15 minutes ago: with a token that was stolen later, nobody adds a way to sign in
//! that outlasts it.
//!
//! The attempt remembers the account and the session. `login-callback` ends it: it links the identity only if this
//! session is still alive, changes no session, and returns to `/account`. A network may begin 40 sign-ins a minute,
//! these included.

use authentication::Authenticator;
use contract::Route;
use identity::IdentityProvider;
use kernel::{Acceptance, Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::{LinkTarget, ReturnTo};
use sign_in::SignInStart;
use std::sync::Arc;
use transient::SIGN_INS;

/// The page to which the browser returns.
const PAGE: &str = "/account";

/// The page for a person whose sign-in is too long ago.
const SIGN_IN_AGAIN: &str = "/account?problem=sign_in_again";

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    authenticator: Authenticator,
    start: SignInStart,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { authenticator: Authenticator::new(init).await?, start: SignInStart::new(init).await? })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "Send it as a form of the service's own page: the browser follows the redirect to the provider, and \
                 comes back to `/account?linked=<provider>`, or to `/account?problem=<code>`. Nothing is linked if the \
                 session has ended by then. The session itself does not change. An identity that leads to another \
                 account is never moved. The session must have begun at most 15 minutes ago. A browser that sends a \
                 form (`Accept` names `text/html`) is redirected to `/account?problem=sign_in_again` otherwise, and \
                 gets a page instead of another problem.";
    Route::post("/v1/account/identities/{provider}", "Link a further way to sign in")
        .about(about)
        .protected()
        .path::<IdentityProvider>("provider", "The partner that knows the person.")
        .redirects("to the provider's sign-in")
        .may_have_header("set-cookie", "The attempt, for its callback.")
        .explains_in_pages()
        .limited(SIGN_INS)
        .fails(&["sign_in_again"])
}

/// Starts an attempt that links: 303. A browser whose sign-in is too long ago is redirected to the page that says so.
///
/// # Errors
/// `unauthenticated` (also if the session has ended), `sign_in_again`, `cross_origin`, `not_found` (unknown provider),
/// `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    match begin(&deps, &ctx, &request).await {
        Err(error @ Error::SignInAgain) if request.wants_page() => {
            Ok(Response::redirect(SIGN_IN_AGAIN).because(&error))
        }
        answer => answer,
    }
}

async fn begin(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Response> {
    let caller = deps.authenticator.caller(request, ctx.now)?;
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    let caller = deps.authenticator.require_recent(&caller, ctx.now).await?;
    let target = LinkTarget { account: caller.account(), session: caller.caller().session };
    // A link creates no account, so it keeps nothing of what a page showed.
    let nothing = Acceptance::default();
    deps.start.begin(ctx, request, provider, ReturnTo::parse(PAGE), Some(target), nothing).await
}
