//! The end of an attempt that links an identity to an account.

use crate::{
    arrival::{Arrival, Vouched},
    deps::Deps,
    person::person,
};
use aws::transact;
use kernel::{Error, Result};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use session::LinkTarget;

/// The page to which an attempt that links returns.
pub(crate) const PAGE: &str = "/account";

/// The problems of links that the page explains, beside those of sign-ins.
const EXPLAINED: [&str; 3] = ["identity_taken", "provider_linked", "unauthenticated"];

/// Links the identity, if the session that began the attempt is still alive. No session changes, and none begins. A line
/// of the log tells the operators.
///
/// The age of the session is not checked again: `link-identity` has found it recent when the attempt began, and an
/// attempt lasts ten minutes.
///
/// If it is refused, Apple is not asked to revoke the token of the exchange. That would end all that the person has
/// allowed us, also for the account to which the identity leads.
///
/// # Errors
/// `identity_taken`, `provider_linked`, `unauthenticated` (the session has ended), `unavailable`.
pub(crate) async fn link(
    deps: &Deps,
    ctx: &Ctx,
    request: &Request,
    arrival: &Arrival,
    target: &LinkTarget,
    vouched: Vouched,
) -> Result<Response> {
    request.note_account(deps.signer.pseudonym(target.account, ctx.now));
    let person = person(deps, ctx, arrival.provider, vouched.identity)?;
    transact(deps.accounts.db(), &ctx.ids, async || {
        deps.accounts.decide_link(target.account, target.session, &person, ctx.now).await
    })
    .await?;
    tracing::info!(
        request_id = ctx.request_id,
        who = request.pseudonym(),
        provider = arrival.provider.as_str(),
        "an identity was linked"
    );
    // The profile has the picture if it had none.
    if person.picture_url.is_some() {
        deps.pictures.wake(target.account).await;
    }
    let page = format!("{PAGE}?linked={}", arrival.provider);
    Ok(Response::redirect(&page).rate_limit(&vouched.rate).cookie(arrival.attempt.clear()))
}

/// The page of ours for a browser whose link ended with this error. `None` for an error that it does not explain.
pub(crate) fn problem_page(error: &Error) -> Option<String> {
    if EXPLAINED.contains(&error.code()) {
        return Some(format!("{PAGE}?problem={}", error.code()));
    }
    let page = identity::problem_page(error)?;
    Some(format!("{PAGE}{}", page.trim_start_matches('/')))
}
