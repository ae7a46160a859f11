//! `GET /v1/login/{provider}`: sends the browser to the provider's sign-in (P01, P13).
//!
//! `?return_to=` names the page of ours to come back to.

use identity::{Authorize, Provider, fresh_nonce, fresh_verifier};
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::{ReturnTo, Seal, SignInAttempt};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    google: Authorize,
    seal: Seal,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["sign-in-sealing-key"]).await?;
        let (client_id, origin) = (init.var("GOOGLE_CLIENT_ID")?, init.var("PUBLIC_ORIGIN")?);
        Ok(Self {
            google: Authorize::google(client_id, init.var("GOOGLE_AUTHORIZE_URL")?, origin)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
        })
    }
}

/// Starts an attempt: state, nonce and PKCE verifier go into a sealed cookie of their own.
///
/// # Errors
/// `not_found` (no such provider).
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let provider: Provider = request.path("provider")?.parse()?;
    let return_to = ReturnTo::parse(request.query("return_to").unwrap_or("/"));
    let (nonce, verifier) = (fresh_nonce(&ctx.ids), fresh_verifier(&ctx.ids));
    let attempt = SignInAttempt::start(provider, nonce, verifier, return_to, &ctx.ids, ctx.now);
    let url = match provider {
        Provider::Google => deps.google.url(&attempt.state, &attempt.nonce, &attempt.verifier),
    };
    let answer = Response::redirect(&url).cookie(attempt.cookie(&deps.seal, &ctx.ids)?);
    Ok(SignInAttempt::clear_surplus(&request.cookies()).into_iter().fold(answer, Response::cookie))
}
