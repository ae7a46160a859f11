//! `DELETE /v1/account/identities/{provider}`: removes a way to sign in from the account (P10).
//!
//! Removes the identity, and what came from it in the profile. It ends every other session of the account, so whoever
//! came in by the identity goes out with it. The caller's session must have begun at most 15 minutes ago: with a token
//! that was stolen later, nobody takes the person's ways to sign in away.
//!
//! Apple is asked to revoke the token that it gave us before the identity goes with the only copy of it. If a sign-in
//! brings another token meanwhile, Apple is asked about that one before. If the run dies in between, the identity is
//! still there, and the person removes it again. The identity goes whatever Apple answers, and the answer says what came
//! of the last request.
//!
//! The copy of a picture that came from the identity is shown no more from its removal on, and `copy-picture` deletes it.
//! A keyed hash of the identity is kept for 90 days, only to refuse a second welcome. The last identity stays: without
//! one, nobody could sign in to the account.

use accounts::{PictureQueue, RecentCaller, Removal, SealedToken, Subject, Unlinked};
use authentication::Authenticator;
use contract::Route;
use identity::{AppleSettings, IdentityProvider, PartnerTokens, TokenSeal};
use kernel::{Error, Result};
use privacy::{HashKeys, WelcomeMarkers};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// The most tokens about which Apple is asked for one removal. Each sign-in of the meantime brings another.
const TOKENS: usize = 2;

/// How long a person should wait whose identity gets one token after another.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The way for a person whose connection at Apple could not be revoked
/// (<https://support.apple.com/en-us/102571>).
const BY_HAND: &str = "Apple could not be asked to end the connection. You can end it yourself: in the settings of your \
                       Apple Account, under Sign in with Apple, stop using it with Cinemaxsai.";

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    authenticator: Authenticator,
    partner_tokens: PartnerTokens,
    welcome_markers: WelcomeMarkers,
    pictures: PictureQueue,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let authenticator = Authenticator::new(init).await?;
        let secrets = init.secrets(&["apple-private-key", "erasure-hash-key", "partner-token-key"]).await?;
        let keys = HashKeys::from_keys(secrets.get("erasure-hash-key")?.accepted())?;
        let apple = AppleSettings::read(|name| init.var(name), |name| secrets.current(name))?;
        let seal = TokenSeal::from_keys(secrets.get("partner-token-key")?.accepted())?;
        Ok(Self {
            authenticator,
            partner_tokens: PartnerTokens::new(init.vendors()?, apple, seal)?,
            welcome_markers: WelcomeMarkers::new(init.table("DELETION_RECEIPTS_TABLE")?, keys),
            pictures: PictureQueue::new(init.queue("PICTURE_QUEUE_URL")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "What came from this identity is removed from the profile, unless another identity says the same. All \
                 sessions of the account but the caller's end. The caller's must have begun at most 15 minutes ago. The \
                 identity is gone also if Apple could not be asked to revoke its token. The same request again is \
                 answered 404.";
    Route::delete("/v1/account/identities/{provider}", "Remove a way to sign in")
        .about(about)
        .protected()
        .path::<IdentityProvider>("provider", "The partner that knows the person.")
        .answers::<Answer>(200, "the identity is removed, with the outcome of the revocation at Apple")
        .fails(&["last_identity", "sign_in_again"])
}

/// Removes an identity: 200. A line of the log tells the operators.
///
/// # Errors
/// `unauthenticated` (also if the session has ended), `sign_in_again`, `cross_origin`, `not_found` (unknown provider, or
/// no identity of it), `last_identity`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    let caller = deps.authenticator.require_recent(&caller, ctx.now).await?;
    let (unlinked, revocation) = remove(&deps, &ctx, &caller, provider).await?;
    tracing::info!(
        request_id = ctx.request_id,
        who = request.pseudonym(),
        provider = provider.as_str(),
        "an identity was removed"
    );
    if unlinked.owes_picture {
        deps.pictures.wake(caller.account()).await;
    }
    Ok(Response::json(200, &Answer::new(provider, revocation)))
}

/// Removes the identity, after its partner was asked to revoke the token that it has by then.
async fn remove(
    deps: &Deps,
    ctx: &Ctx,
    caller: &RecentCaller,
    provider: IdentityProvider,
) -> Result<(Unlinked, Revocation)> {
    let accounts = deps.authenticator.accounts();
    let mark = |person: &Subject| deps.welcome_markers.mark_change(person, ctx.now).map(|change| vec![change]);
    let mut revocation = Revocation::without_token(provider);
    let mut asked: Option<SealedToken> = None;
    for round in 0..=TOKENS {
        let removal = accounts.unlink(caller, provider.as_str(), asked.as_ref(), &ctx.ids, ctx.now, mark).await?;
        match removal {
            Removal::Removed(unlinked) => return Ok((unlinked, revocation)),
            Removal::HasToken(_) if round == TOKENS => break,
            Removal::HasToken(token) => {
                revocation = revoke(deps, ctx, &token).await;
                asked = Some(token);
            }
        }
    }
    Err(Error::unavailable(RETRY_AFTER, "the identity gets one token after another"))
}

/// Asks the partner to revoke a token. A failure stands in the answer, and in a line of the log without the token.
async fn revoke(deps: &Deps, ctx: &Ctx, token: &SealedToken) -> Revocation {
    match ask_partner(deps, ctx, token).await {
        Ok(()) => Revocation::Requested,
        Err(error) => {
            tracing::warn!(
                request_id = ctx.request_id,
                error = error.why(),
                "Apple could not be asked to revoke a token"
            );
            Revocation::Failed
        }
    }
}

async fn ask_partner(deps: &Deps, ctx: &Ctx, SealedToken { provider, subject, sealed }: &SealedToken) -> Result<()> {
    deps.partner_tokens.revoke(provider.parse()?, subject, sealed, ctx.now).await
}

/// The outcome of the revocation at the partner. Apple answers the same to every token, so nobody knows more than that
/// it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Revocation {
    /// Apple was asked to revoke the token.
    Requested,
    /// Apple could not be asked, or no token was stored.
    Failed,
    /// We keep no token of this partner.
    NotNeeded,
}

impl Revocation {
    /// The outcome for an identity that has no token.
    fn without_token(provider: IdentityProvider) -> Self {
        match provider {
            IdentityProvider::Apple => Self::Failed,
            IdentityProvider::Google | IdentityProvider::Facebook => Self::NotNeeded,
        }
    }
}

/// A removed identity.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RemovedIdentity")]
struct Answer {
    /// The partner that knew the person.
    #[schemars(with = "IdentityProvider")]
    provider: &'static str,
    /// The outcome of the revocation.
    revocation: Revocation,
    /// Advice for the person, if the revocation has failed. Null otherwise.
    advice: Option<&'static str>,
}

impl Answer {
    fn new(provider: IdentityProvider, revocation: Revocation) -> Self {
        let advice = (revocation == Revocation::Failed).then_some(BY_HAND);
        Self { provider: provider.as_str(), revocation, advice }
    }
}
