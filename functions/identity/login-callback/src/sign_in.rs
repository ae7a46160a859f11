//! The end of an attempt that signs the person in.

use crate::{
    arrival::{Arrival, Vouched},
    deps::Deps,
    person::person,
};
use accounts::{Person, SignIn, SignedIn, rotation::RefreshSecret};
use aws::{Decision, transact};
use credits::Lot;
use kernel::{AccountId, Caller, Result, limits};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use session::{RefreshToken, cookie};
use std::cell::Cell;
use transient::{ACCOUNT_SIGN_INS, Network};

/// Finds or creates the account, records the sign-in, and sets the cookies of the session. If the copy of the picture is
/// not that of the profile, it wakes `copy-picture`; a message that is lost is sent by the next sign-in.
///
/// # Errors
/// `too_many_requests`, `unavailable`.
pub(crate) async fn sign_in(
    deps: &Deps,
    ctx: &Ctx,
    request: &Request,
    arrival: &Arrival,
    vouched: Vouched,
) -> Result<Response> {
    let person = person(deps, ctx, arrival.provider, vouched.identity)?;
    let sign_in = verified_sign_in(ctx, request, arrival);
    let sign_in = sign_in.accepting(arrival.attempt.acceptance.of_age(deps.minimum_age));
    let signed_in = find_or_create(deps, ctx, request, &person, &sign_in, arrival.network()).await?;
    let SignedIn { account, owes_picture } = signed_in;
    if owes_picture {
        deps.pictures.wake(account).await;
    }
    deps.accounts.end_former_of_another(account, &sign_in).await?;
    let caller = Caller { account, session: sign_in.session, issued_at: ctx.now };
    let refresh = RefreshToken { account, session: sign_in.session, secret: sign_in.secret.bytes() };
    let access = deps.signer.issue(&caller)?;
    request.note_account(access.who());
    let answer = Response::redirect(arrival.attempt.return_to.as_str())
        .rate_limit(&vouched.rate)
        .cookie(cookie::session(&access))
        .cookie(cookie::refresh(&refresh, limits::SESSION_IDLE_LIFETIME))
        .cookie(arrival.attempt.clear());
    Ok(answer)
}

/// The sign-in of this request, with the session that the browser still has. A partner's form brings no cookie of
/// it, so the attempt has its refresh token.
fn verified_sign_in(ctx: &Ctx, request: &Request, arrival: &Arrival) -> SignIn {
    let user_agent = request.header("user-agent").unwrap_or_default();
    let sign_in = SignIn::new(&arrival.address.to_string(), user_agent, &ctx.ids, ctx.now);
    let former = cookie::read(request.cookies(), cookie::REFRESH).or(arrival.attempt.former.as_deref());
    match former.and_then(|token| RefreshToken::parse(token).ok()) {
        Some(RefreshToken { account, session, secret }) => {
            sign_in.replacing(account, session, RefreshSecret::new(secret))
        }
        None => sign_in,
    }
}

/// Finds the account of a person. The first sign-in creates it, with a welcome lot unless the
/// person had one in an erased account. The lot waits if the network has had as many on this day as it
/// may have. It also keeps what the page of the sign-in showed; a later sign-in changes nothing of that.
///
/// Four requests: the account; its counter, its sessions, the transaction; or for a new
/// account the welcome marker, the welcome lots of the network, the transaction.
///
/// Apple sends the name once, with the first sign-in of a person. So the transaction that creates the account stores
/// it, and a later failure does not lose it. A failure between the exchange of the code and this transaction loses it.
async fn find_or_create(
    deps: &Deps,
    ctx: &Ctx,
    request: &Request,
    person: &Person,
    sign_in: &SignIn,
    network: Network,
) -> Result<SignedIn> {
    let (new, counted) = (AccountId::new(ctx.ids.uuid_v7(ctx.now)), Cell::new(false));
    let born = SignedIn { account: new, owes_picture: person.picture_url.is_some() };
    transact(deps.accounts.db(), &ctx.ids, async || {
        if let Some(account) = deps.accounts.find_by_identity(person.provider, &person.subject).await? {
            // The line of a sign-in that the account's counter refuses names the account too.
            request.note_account(deps.signer.pseudonym(account, ctx.now));
            if !counted.replace(true) {
                deps.account_rates.count(ACCOUNT_SIGN_INS, account, ctx.now).await?;
            }
            return deps.accounts.decide_sign_in(account, person, sign_in).await;
        }
        let mut changes = deps.accounts.birth_changes(new, person, sign_in)?;
        if deps.welcome_markers.had_welcome(&person.issuer, &person.subject, ctx.now).await? {
            changes.extend(deps.credits.open_changes(new, ctx.now)?);
            return Ok(Decision::Commit(changes, born));
        }
        let counted = deps.welcome_lots.count_change(network, ctx.now).await?;
        let lot = if counted.is_some() { Lot::welcome(ctx.now) } else { Lot::waiting_welcome(ctx.now)? };
        changes.extend(deps.credits.welcome_changes(new, lot, ctx.now)?);
        changes.extend(counted);
        Ok(Decision::Commit(changes, born))
    })
    .await
}
