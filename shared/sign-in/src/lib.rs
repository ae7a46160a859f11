//! The shared part of the routes `login` and `link-identity`, which send a browser to the sign-in of a partner.
//!
//! Each begins an attempt. A sealed cookie of its own keeps state, nonce and PKCE verifier until the partner sends the
//! browser back to `login-callback`.

use identity::{AuthorizationEndpoint, IdentityProvider, Purpose, fresh_nonce, fresh_verifier};
use kernel::{Acceptance, Result};
use runtime::{
    Ctx, Init,
    http::{Edge, Request, Response},
};
use session::{CallbackBy, LinkTarget, ReturnTo, Seal, SignInAttempt, cookie};
use transient::{Network, NetworkKeys, NetworkRates, SIGN_INS};

/// The tables, secrets and clients of such a route.
#[derive(Debug)]
pub struct SignInStart {
    google: AuthorizationEndpoint,
    apple: AuthorizationEndpoint,
    facebook: AuthorizationEndpoint,
    seal: Seal,
    edge: Edge,
    rates: NetworkRates,
}

impl SignInStart {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let table = init.table("TRANSIENT_TABLE")?;
        let secrets = init.secrets(&["network-hash-key", "sign-in-sealing-key"]).await?;
        let origin = init.var("PUBLIC_ORIGIN")?;
        let (google, google_url) = (init.var("GOOGLE_CLIENT_ID")?, init.var("GOOGLE_AUTHORIZE_URL")?);
        let (apple, apple_url) = (init.var("APPLE_CLIENT_ID")?, init.var("APPLE_AUTHORIZE_URL")?);
        let (facebook, facebook_url) = (init.var("FACEBOOK_APP_ID")?, init.var("FACEBOOK_AUTHORIZE_URL")?);
        Ok(Self {
            google: AuthorizationEndpoint::google(google, google_url, origin)?,
            apple: AuthorizationEndpoint::apple(apple, apple_url, origin)?,
            facebook: AuthorizationEndpoint::facebook(facebook, facebook_url, origin)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
            edge: init.edge()?,
            rates: NetworkRates::new(table, NetworkKeys::from_key(secrets.get("network-hash-key")?.current())?),
        })
    }

    /// Begins an attempt: 303 to the partner, with the cookie of the attempt. It makes one request, which counts the
    /// attempts of the network.
    ///
    /// The attempt ends at `return_to`. With `link_to` it links the identity to that account instead of signing in.
    /// If it creates an account, the account keeps `acceptance`.
    ///
    /// A partner that answers by a form from its own site gets no cookie of the session with it. So its attempt
    /// carries the browser's refresh token, whose session the sign-in ends. The cookie of such an attempt is the only
    /// one that is sent with a request from another site.
    ///
    /// # Errors
    /// `too_many_requests`, `unavailable`.
    pub async fn begin(
        &self,
        ctx: &Ctx,
        request: &Request,
        provider: IdentityProvider,
        return_to: ReturnTo,
        link_to: Option<LinkTarget>,
        acceptance: Acceptance,
    ) -> Result<Response> {
        let network = Network::of(request.client_address(&self.edge));
        let rate = self.rates.count(SIGN_INS, network, ctx.now).await?;
        let (nonce, verifier) = (fresh_nonce(&ctx.ids), fresh_verifier(&ctx.ids));
        let attempt = SignInAttempt::start(provider, nonce, verifier, return_to, &ctx.ids, ctx.now);
        let attempt = attempt.with_acceptance(acceptance);
        let former = cookie::read(request.cookies(), cookie::REFRESH);
        let purpose = if link_to.is_some() { Purpose::Link } else { Purpose::SignIn };
        let (attempt, by) = match (link_to, provider.answers_by_form()) {
            (Some(target), true) => (attempt.linking(target), CallbackBy::Form),
            (Some(target), false) => (attempt.linking(target), CallbackBy::Redirect),
            (None, true) => (attempt.with_former(former), CallbackBy::Form),
            (None, false) => (attempt, CallbackBy::Redirect),
        };
        let url = self.endpoint(provider).url(purpose, &attempt.state, &attempt.nonce, &attempt.verifier);
        let answer = Response::redirect(&url).rate_limit(&rate).cookie(attempt.cookie(&self.seal, &ctx.ids, by)?);
        Ok(SignInAttempt::clear_surplus(request.cookies()).into_iter().fold(answer, Response::cookie))
    }

    fn endpoint(&self, provider: IdentityProvider) -> &AuthorizationEndpoint {
        match provider {
            IdentityProvider::Google => &self.google,
            IdentityProvider::Apple => &self.apple,
            IdentityProvider::Facebook => &self.facebook,
        }
    }
}
