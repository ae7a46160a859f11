//! `GET /v1/login/{provider}`: sends the browser to the sign-in of the provider (P01, P13).
//!
//! `?return_to=` is the page of ours to which the browser returns. A network may begin 40 sign-ins a
//! minute.

use contract::Route;
use identity::{AuthorizationEndpoint, IdentityProvider, fresh_nonce, fresh_verifier, problem_page};
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Edge, Request, Response},
};
use session::{ReturnTo, Seal, SignInAttempt};
use std::sync::Arc;
use transient::{Network, NetworkKeys, NetworkRates, SIGN_INS};

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    google: AuthorizationEndpoint,
    seal: Seal,
    edge: Edge,
    rates: NetworkRates,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let table = init.table("TRANSIENT_TABLE")?;
        let secrets = init.secrets(&["network-hash-key", "sign-in-sealing-key"]).await?;
        let (client_id, origin) = (init.var("GOOGLE_CLIENT_ID")?, init.var("PUBLIC_ORIGIN")?);
        Ok(Self {
            google: AuthorizationEndpoint::google(client_id, init.var("GOOGLE_AUTHORIZE_URL")?, origin)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
            edge: init.edge()?,
            rates: NetworkRates::new(table, NetworkKeys::from_key(secrets.get("network-hash-key")?.current())?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "If the sign-in is refused with `too_many_requests`, a browser (`Accept` names `text/html`) is \
                 redirected to `/?problem=too_many_requests` instead. Of other problems it gets a page.";
    Route::get("/v1/login/{provider}", "Begin a sign-in in a browser")
        .about(about)
        .path::<IdentityProvider>("provider", "The partner that knows the person.")
        .query::<String>("return_to", "The page of this service to return to: a path. Any other text leads to `/`.")
        .redirects("to the provider's sign-in")
        .may_have_header("set-cookie", "The attempt, for its callback.")
        .explains_in_pages()
        .limited(SIGN_INS)
        .fails(&["cross_origin"])
        .never("invalid")
        .never("not_acceptable")
}

/// Starts an attempt. A sealed cookie of its own keeps state, nonce and PKCE verifier. If it was refused,
/// a browser is redirected to the page that explains it; other clients get the problem.
///
/// # Errors
/// `not_found` (unknown provider), `cross_origin` (not opened by a person), `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    match start(&deps, &ctx, &request).await {
        Err(error) if request.wants_page() => {
            problem_page(&error).map(|page| Response::redirect(&page).because(&error)).ok_or(error)
        }
        answer => answer,
    }
}

async fn start(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Response> {
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    // Otherwise a picture on any page could use up the number of its visitors' network.
    request.opens_a_page()?;
    let network = Network::of(request.client_address(&deps.edge));
    let rate = deps.rates.count(SIGN_INS, network, ctx.now).await?;
    let return_to = ReturnTo::parse(request.query("return_to").unwrap_or("/"));
    let (nonce, verifier) = (fresh_nonce(&ctx.ids), fresh_verifier(&ctx.ids));
    let attempt = SignInAttempt::start(provider, nonce, verifier, return_to, &ctx.ids, ctx.now);
    let url = match provider {
        IdentityProvider::Google => deps.google.url(&attempt.state, &attempt.nonce, &attempt.verifier),
    };
    let answer = Response::redirect(&url).rate_limit(&rate).cookie(attempt.cookie(&deps.seal, &ctx.ids)?);
    Ok(SignInAttempt::clear_surplus(request.cookies()).into_iter().fold(answer, Response::cookie))
}
