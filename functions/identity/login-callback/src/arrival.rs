//! The browser that comes back from a partner.

use crate::deps::Deps;
use identity::{AttemptSecrets, EXCHANGE_TIMEOUT, IdentityProvider, Returned, VerifiedIdentity, in_time};
use kernel::{Error, RateState, Result};
use runtime::{Ctx, http::Request};
use schemars::JsonSchema;
use serde::Deserialize;
use session::SignInAttempt;
use std::net::IpAddr;
use transient::{Network, SIGN_IN_ENDS};

/// The words with which partners say that the person has left their page: RFC 6749 §4.1.2.1, and Apple's own
/// (<https://developer.apple.com/documentation/signinwithapple/configuring-your-webpage-for-sign-in-with-apple>).
const CANCELED: [&str; 2] = ["access_denied", "user_cancelled_authorize"];

/// The parameters of a callback. A partner may send others, which are left out.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SignInForm")]
pub(crate) struct Parameters {
    /// The attempt, as the provider got it.
    pub(crate) state: Option<String>,
    /// The code that the provider exchanges for the identity.
    code: Option<String>,
    /// Apple's JSON with the name, at the first sign-in of a person. Nothing else of it is used.
    user: Option<String>,
    /// The reason why there is no code.
    error: Option<String>,
}

impl Parameters {
    /// The parameters of the query, or of the form of a partner that answers by one.
    ///
    /// # Errors
    /// Of a form: `unsupported_media_type`, `body_too_large`, `malformed` (also for a field that comes twice).
    pub(crate) fn read(provider: IdentityProvider, request: &Request) -> Result<Self> {
        if provider.answers_by_form() {
            return request.form();
        }
        let read = |name| request.query(name).map(str::to_owned);
        // Only Apple sends `user`. A query is no place for it.
        Ok(Self { state: read("state"), code: read("code"), user: None, error: read("error") })
    }

    /// Whether the person has left the partner's page.
    pub(crate) fn is_canceled(&self) -> bool {
        self.error.as_deref().is_some_and(|error| CANCELED.contains(&error))
    }

    /// The code.
    fn code(&self) -> Result<&str> {
        match (&self.error, &self.code) {
            (None, Some(code)) => Ok(code),
            _ if self.is_canceled() => {
                Err(Error::SignInFailed { detail: "You left the sign-in. You can start again." })
            }
            _ => Err(Error::SignInFailed { detail: "The sign-in was not completed. Start again." }),
        }
    }
}

/// A browser that has come back, with the attempt that it began.
pub(crate) struct Arrival {
    pub(crate) provider: IdentityProvider,
    pub(crate) attempt: SignInAttempt,
    pub(crate) parameters: Parameters,
    pub(crate) address: IpAddr,
}

/// A person whom the partner has vouched for.
pub(crate) struct Vouched {
    pub(crate) identity: VerifiedIdentity,
    pub(crate) rate: RateState,
}

impl Arrival {
    /// Finds the attempt, without I/O. The provider of the path must be the one of the attempt.
    ///
    /// A partner has one way of answering. The other one is `not_found`, and uses nothing up.
    ///
    /// # Errors
    /// `not_found`; `cross_origin` (not opened by a person); `sign_in_failed`; of a form also those of
    /// [`Parameters::read`].
    pub(crate) fn of(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Self> {
        let provider: IdentityProvider = request.path("provider")?.parse()?;
        if provider.answers_by_form() != (request.method() == "POST") {
            return Err(Error::NotFound);
        }
        // Otherwise a browser that opens the page beforehand would use the attempt up.
        request.opens_a_page()?;
        let parameters = Parameters::read(provider, request)?;
        let state = parameters.state.as_deref().unwrap_or_default();
        let attempt = SignInAttempt::resume(provider, state, request.cookies(), &deps.seal, ctx.now)?;
        Ok(Self { provider, attempt, parameters, address: request.client_address(&deps.edge) })
    }

    pub(crate) fn network(&self) -> Network {
        Network::of(self.address)
    }

    /// Uses the attempt up, and asks the partner who the person is. Two requests to AWS, beside those to the partner.
    ///
    /// The partner's keys come first: if they do not come, nothing is used up, and a browser that sends its answer
    /// again signs the person in with the name that Apple sends once.
    ///
    /// # Errors
    /// `sign_in_failed`, `too_many_requests`, `unavailable`.
    pub(crate) async fn identify(&self, deps: &Deps, ctx: &Ctx) -> Result<Vouched> {
        let rate = deps.rates.count(SIGN_IN_ENDS, self.network(), ctx.now).await?;
        let identity = in_time(EXCHANGE_TIMEOUT, self.exchange(deps, ctx)).await?;
        Ok(Vouched { identity, rate })
    }

    async fn exchange(&self, deps: &Deps, ctx: &Ctx) -> Result<VerifiedIdentity> {
        let code = self.parameters.code();
        if code.is_ok() {
            deps.partners.prepare(self.provider, ctx.now).await?;
        }
        deps.attempts.use_up(&self.attempt.state, &ctx.ids, ctx.now).await?;
        let returned = Returned { code: code?, user: self.parameters.user.as_deref() };
        let secrets = AttemptSecrets { verifier: &self.attempt.verifier, nonce: &self.attempt.nonce };
        deps.partners.exchange_code(self.provider, &returned, &secrets, ctx.now).await
    }
}
