//! `GET /v1/login/{provider}/callback`: the provider sends the browser back (P01, P10, P13).
//!
//! Verifies the identity, finds or creates the account, records the sign-in and sets the session
//! cookies. One transaction creates an account with its identity, its balance and its welcome lot.
//!
//! An account has at most 20 sessions: one more ends the session that was used longest ago. If the
//! browser still has a session of the account, which its refresh token proves, the sign-in ends it.

use accounts::{AccountStore, Person, SignIn, rotation::RefreshSecret};
use aws::{Decision, transact};
use credits::{CreditStore, Lot};
use identity::{Google, GoogleSettings, IdentityProfile, IdentityProvider};
use kernel::{AccountId, Caller, Error, Result, limits};
use privacy::{HashKeys, WelcomeMarkers};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::{PseudonymKeys, RefreshToken, Seal, SignInAttempt, Signer, cookie};
use std::sync::Arc;

/// The page for a failed sign-in. It shows the problem and offers another attempt.
const FAILED: &str = "/?problem=sign_in_failed";

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    google: Google,
    seal: Seal,
    signer: Signer,
    accounts: AccountStore,
    credits: CreditStore,
    welcome_markers: WelcomeMarkers,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let names =
            ["erasure-hash-key", "google-client-secret", "pseudonym-key", "session-signing-key", "sign-in-sealing-key"];
        let secrets = init.secrets(&names).await?;
        let public_origin = init.var("PUBLIC_ORIGIN")?;
        let settings = GoogleSettings {
            client_id: init.var("GOOGLE_CLIENT_ID")?.to_owned(),
            client_secret: secrets.get("google-client-secret")?.current().to_owned(),
            issuer: init.var("GOOGLE_ISSUER")?.to_owned(),
            token_url: init.var("GOOGLE_TOKEN_URL")?.to_owned(),
            jwks_url: init.var("GOOGLE_JWKS_URL")?.to_owned(),
            public_origin: public_origin.to_owned(),
        };
        let pseudonyms = PseudonymKeys::from_keys(secrets.get("pseudonym-key")?.accepted())?;
        let keys = HashKeys::from_keys(secrets.get("erasure-hash-key")?.accepted())?;
        Ok(Self {
            google: Google::new(init.vendors()?, settings)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
            signer: Signer::from_seed(secrets.get("session-signing-key")?.current(), pseudonyms, public_origin)?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            welcome_markers: WelcomeMarkers::new(init.table("DELETION_RECEIPTS_TABLE")?, keys),
        })
    }
}

/// Ends an attempt. If it failed, a browser is redirected to the page for failed sign-ins; other
/// clients get the problem.
///
/// # Errors
/// `sign_in_failed`, `not_found` (unknown provider), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    match sign_in(&deps, &ctx, &request).await {
        Err(Error::SignInFailed { .. }) if request.wants_page() => Ok(Response::redirect(FAILED)),
        answer => answer,
    }
}

async fn sign_in(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Response> {
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    let state = request.query("state").unwrap_or_default();
    let attempt = SignInAttempt::resume(provider, state, request.cookies(), &deps.seal, ctx.now)?;
    let refused = Error::SignInFailed { detail: "The sign-in was not completed. Start again." };
    let code = request.query("code").ok_or(refused)?;
    let profile = match provider {
        IdentityProvider::Google => deps.google.exchange_code(code, &attempt.verifier, &attempt.nonce, ctx.now).await?,
    };
    let sign_in = verified_sign_in(ctx, request);
    let account = find_or_create(deps, ctx, &person(provider, profile), &sign_in).await?;
    let caller = Caller { account, session: sign_in.session, issued_at: ctx.now };
    let refresh = RefreshToken { account, session: sign_in.session, secret: sign_in.secret.bytes() };
    let access = deps.signer.issue(&caller)?;
    request.note_account(&access);
    let answer = Response::redirect(attempt.return_to.as_str())
        .cookie(cookie::session(&access))
        .cookie(cookie::refresh(&refresh, limits::SESSION_IDLE_LIFETIME))
        .cookie(attempt.clear());
    Ok(answer)
}

/// The sign-in of this request, with the session that the browser still has.
fn verified_sign_in(ctx: &Ctx, request: &Request) -> SignIn {
    let (ip, user_agent) = (request.source_ip().unwrap_or_default(), request.header("user-agent").unwrap_or_default());
    let sign_in = SignIn::new(ip, user_agent, &ctx.ids, ctx.now);
    match cookie::read(request.cookies(), cookie::REFRESH).and_then(|token| RefreshToken::parse(token).ok()) {
        Some(RefreshToken { account, session, secret }) => {
            sign_in.replacing(account, session, RefreshSecret::new(secret))
        }
        None => sign_in,
    }
}

/// Finds the account of a person. The first sign-in creates it, with a welcome lot unless the
/// person had one in an erased account. Three requests: the account; its sessions, or for a new account
/// the welcome marker; the transaction.
async fn find_or_create(deps: &Deps, ctx: &Ctx, person: &Person, sign_in: &SignIn) -> Result<AccountId> {
    let new = AccountId::new(ctx.ids.uuid_v7(ctx.now));
    transact(deps.accounts.db(), &ctx.ids, async || {
        if let Some(account) = deps.accounts.find_by_identity(person.provider, &person.subject).await? {
            return deps.accounts.decide_sign_in(account, person, sign_in).await;
        }
        let mut changes = deps.accounts.birth_changes(new, person, sign_in)?;
        changes.extend(match deps.welcome_markers.had_welcome(&person.issuer, &person.subject, ctx.now).await? {
            true => deps.credits.open_changes(new, ctx.now)?,
            false => deps.credits.welcome_changes(new, Lot::welcome(ctx.now), ctx.now)?,
        });
        Ok(Decision::Commit(changes, new))
    })
    .await
}

fn person(provider: IdentityProvider, profile: IdentityProfile) -> Person {
    let IdentityProfile { issuer, subject, email, email_verified, name, picture_url } = profile;
    Person { provider: provider.as_str(), issuer, subject, email, email_verified, name, picture_url }
}
