//! `GET /v1/login/{provider}/callback`: the provider sends the browser back (P01, P10, P13). Apple's way back is
//! `POST`, with a form.
//!
//! Verifies the identity, finds or creates the account, records the sign-in and sets the session
//! cookies. One transaction creates an account with its identity, its balance and its welcome lot. An attempt that
//! `link-identity` began links the identity to its account instead, and changes no session.
//!
//! An account has at most 20 sessions: one more ends the session that was used longest ago. If the
//! browser still has a session, which its refresh token proves, the sign-in ends it, also one of another
//! account.
//!
//! An attempt is used up by its first callback, whatever comes of it, unless the partner's keys do not come: they are
//! fetched before. The exchange with the partner takes at most 18 seconds. A network may end 40 sign-ins a
//! minute, and an account 60 an hour. On a day, 40 new accounts of a network may spend their welcome credits at once; those of
//! further accounts wait until the person writes.
//!
//! The picture is not fetched here: `copy-picture` copies it, and is woken if the profile has no copy of this address.
//!
//! Apple's form comes from another site, with no cookie but that of the attempt. The sealed attempt and its `state`
//! prove that this browser began it, so the request needs no other proof of its origin. The answer sets the cookies
//! of the session, which browsers accept because the request opens a page.

mod arrival;
mod deps;
mod link;
mod person;
mod sign_in;

pub use deps::Deps;

use arrival::{Arrival, Parameters};
use contract::Route;
use identity::IdentityProvider;
use kernel::{Error, Result};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use std::sync::Arc;
use transient::{ACCOUNT_SIGN_INS, SIGN_IN_ENDS};

const PATH: &str = "/v1/login/{provider}/callback";

/// The page for a person who has left the partner's page, after the path of the page.
const CANCELED: &str = "?problem=sign_in_canceled";

/// The contracts of the routes.
#[must_use]
pub fn contracts() -> [Route; 2] {
    let about = "Google and Facebook send the browser here. A sign-in works once, whatever comes of it; an answer 429 \
                 does not use it up, nor does a 503 because the provider's keys did not come. If it is refused with \
                 `sign_in_failed` or `too_many_requests`, a browser (`Accept` names `text/html`) is redirected to \
                 `/?problem=<code>` instead, and to `/?problem=sign_in_canceled` if the person has left the \
                 provider's page. Of other problems it gets a page. An attempt that links an identity leads to \
                 `/account` instead of `/`. Parameters beside these are ignored.";
    let by_form = "Apple sends the browser here, by a form from its own site. Everything else is as for `GET`. The \
                   `user` of the form is unverified: its name is kept, and nothing else of it.";
    let provider = "The partner that knows the person.";
    let get = Route::get(PATH, "End a sign-in")
        .about(about)
        .path::<IdentityProvider>("provider", provider)
        .query::<String>("state", "The attempt, as the provider got it.")
        .query::<String>("code", "The code that the provider exchanges for the identity.")
        .query::<String>("error", "The reason why there is no code.");
    let post = Route::post(PATH, "End a sign-in at Apple")
        .named("login-callback-by-form")
        .about(by_form)
        .path::<IdentityProvider>("provider", provider)
        .reads_only_form::<Parameters>();
    [get, post].map(|route| {
        route
            .redirects(
                "to the page that the sign-in began for, with the session's cookies; or to `/account` after a link",
            )
            .may_have_header("set-cookie", "The access token, the refresh token, and the end of the attempt's cookie.")
            .explains_in_pages()
            .limited(SIGN_IN_ENDS)
            .limited(ACCOUNT_SIGN_INS)
            .fails(&["sign_in_failed", "cross_origin", "unauthenticated", "identity_taken", "provider_linked"])
            .never("invalid")
            .never("not_acceptable")
    })
}

/// Ends an attempt. If it failed, a browser is redirected to the page that explains it; other clients
/// get the problem.
///
/// # Errors
/// `sign_in_failed`, `not_found` (unknown provider, or one that answers in the other way), `cross_origin` (not opened
/// by a person), `too_many_requests`, `unavailable`; of an attempt that links, also `identity_taken`,
/// `provider_linked`, `unauthenticated` (its session has ended); of a form, also the errors of a wrong body.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let arrival = Arrival::of(&deps, &ctx, &request);
    let ended = match &arrival {
        Ok(arrival) => end(&deps, &ctx, &request, arrival).await,
        Err(error) => Err(error.clone()),
    };
    match ended {
        Err(error) if request.wants_page() => problem_page(arrival.as_ref().ok(), &error)
            .map(|page| Response::redirect(&page).because(&error))
            .ok_or(error),
        answer => answer,
    }
}

async fn end(deps: &Deps, ctx: &Ctx, request: &Request, arrival: &Arrival) -> Result<Response> {
    let vouched = arrival.identify(deps, ctx).await?;
    match &arrival.attempt.link_to {
        Some(target) => link::link(deps, ctx, request, arrival, target, vouched).await,
        None => sign_in::sign_in(deps, ctx, request, arrival, vouched).await,
    }
}

/// The page of ours that explains the error, if there is one.
fn problem_page(arrival: Option<&Arrival>, error: &Error) -> Option<String> {
    let links = arrival.is_some_and(|arrival| arrival.attempt.link_to.is_some());
    let is_canceled = arrival.is_some_and(|arrival| arrival.parameters.is_canceled());
    match error {
        Error::SignInFailed { .. } if is_canceled => {
            Some(format!("{}{CANCELED}", if links { link::PAGE } else { "/" }))
        }
        _ if links => link::problem_page(error),
        _ => identity::problem_page(error),
    }
}
