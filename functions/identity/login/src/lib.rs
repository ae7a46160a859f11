//! `GET /v1/login/{provider}`: sends the browser to the sign-in of the provider (P01, P13).
//!
//! `?return_to=` is the page of ours to which the browser returns.

use identity::{AuthorizationEndpoint, IdentityProvider, fresh_nonce, fresh_verifier};
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::{ReturnTo, Seal, SignInAttempt};
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    google: AuthorizationEndpoint,
    seal: Seal,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["sign-in-sealing-key"]).await?;
        let (client_id, origin) = (init.var("GOOGLE_CLIENT_ID")?, init.var("PUBLIC_ORIGIN")?);
        Ok(Self {
            google: AuthorizationEndpoint::google(client_id, init.var("GOOGLE_AUTHORIZE_URL")?, origin)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
        })
    }
}

/// Starts an attempt. A sealed cookie of its own keeps state, nonce and PKCE verifier.
///
/// # Errors
/// `not_found` (unknown provider).
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    let return_to = ReturnTo::parse(request.query("return_to").unwrap_or("/"));
    let (nonce, verifier) = (fresh_nonce(&ctx.ids), fresh_verifier(&ctx.ids));
    let attempt = SignInAttempt::start(provider, nonce, verifier, return_to, &ctx.ids, ctx.now);
    let url = match provider {
        IdentityProvider::Google => deps.google.url(&attempt.state, &attempt.nonce, &attempt.verifier),
    };
    let answer = Response::redirect(&url).cookie(attempt.cookie(&deps.seal, &ctx.ids)?);
    Ok(SignInAttempt::clear_surplus(request.cookies()).into_iter().fold(answer, Response::cookie))
}
