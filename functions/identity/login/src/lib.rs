//! `GET /v1/login/{provider}`: sends the browser to the sign-in of the provider (P01, P13).
//!
//! A page of another site, or of another host of this one, may not send its visitors here: a partner that knows them would
//! answer at once, and the session of this browser would become one of another account. Nothing stands in the way of a
//! person who types the address, of our own pages, and of clients that do not say where a request comes from.
//!
//! `?return_to=` is the page of ours to which the browser returns. `policy`, `terms` and `age` say what the page with
//! the link showed: an account that the sign-in creates keeps them. A network may begin 40 sign-ins a minute.

use contract::Route;
use identity::{IdentityProvider, problem_page};
use kernel::{Acceptance, Error, Result};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use session::ReturnTo;
use std::sync::Arc;
use transient::SIGN_INS;

/// The page for a person whom another site has sent here, instead of one of our own pages.
const FROM_ANOTHER_SITE: &str = "/?problem=cross_origin";

/// The words of the contract about the version of the privacy policy.
const SHOWN_POLICY: &str = "The version of the privacy policy that the page with this link showed, such as \
                            `2026-12-01`. An account that the sign-in creates keeps it; another account does not. A \
                            text of another form is left out.";

/// This function needs the start of sign-ins, which it shares with `link-identity`.
pub use sign_in::SignInStart as Deps;

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "A page of another site, or of another host of this one, may not open it (`Sec-Fetch-Site` is \
                 `cross-site` or `same-site`). If the sign-in is refused with `too_many_requests`, or for this reason \
                 with `cross_origin`, a browser (`Accept` names `text/html`) is redirected to `/?problem=<code>` \
                 instead. Of other problems it gets a page.";
    Route::get("/v1/login/{provider}", "Begin a sign-in in a browser")
        .about(about)
        .path::<IdentityProvider>("provider", "The partner that knows the person.")
        .query::<String>("return_to", "The page of this service to return to: a path. Any other text leads to `/`.")
        .query::<String>("policy", SHOWN_POLICY)
        .query::<String>("terms", "The version of the terms that the page showed, as `policy`.")
        .query::<String>("age", "The age in years that the person declares to have reached, such as `18`, as `policy`.")
        .redirects("to the provider's sign-in")
        .may_have_header("set-cookie", "The attempt, for its callback.")
        .explains_in_pages()
        .limited(SIGN_INS)
        .fails(&["cross_origin"])
        .never("invalid")
        .never("not_acceptable")
}

/// Starts an attempt. If it was refused, a browser is redirected to the page that explains it; other clients get the
/// problem.
///
/// # Errors
/// `not_found` (unknown provider), `cross_origin` (not opened by a person, or opened by another origin),
/// `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    match start(&deps, &ctx, &request).await {
        Err(error) if request.wants_page() => {
            page_of(&request, &error).map(|page| Response::redirect(&page).because(&error)).ok_or(error)
        }
        answer => answer,
    }
}

async fn start(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Response> {
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    // Otherwise a picture on any page could use up the number of its visitors' network.
    request.opens_a_page()?;
    request.not_opened_by_another_origin()?;
    let return_to = ReturnTo::parse(request.query("return_to").unwrap_or("/"));
    let acceptance = Acceptance::read(|name| request.query(name));
    deps.begin(ctx, request, provider, return_to, None, acceptance).await
}

/// The page of ours that explains the error, if there is one. A part of a page, and a page that is only fetched, get
/// none.
fn page_of(request: &Request, error: &Error) -> Option<String> {
    match error {
        Error::CrossOrigin => request.opens_a_page().is_ok().then(|| FROM_ANOTHER_SITE.to_owned()),
        _ => problem_page(error),
    }
}
