//! `GET /v1/login/{provider}/callback`: the provider sends the browser back (P01, P10, P13).
//!
//! Verifies the identity, finds or creates the account, records the sign-in and sets the session
//! cookies. One transaction creates an account with its identity, its balance and its welcome lot.
//!
//! An account has at most 20 sessions: one more ends the session that was used longest ago. If the
//! browser still has a session, which its refresh token proves, the sign-in ends it, also one of another
//! account.
//!
//! An attempt is used up by its first callback, whatever comes of it. A network may end 40 sign-ins a
//! minute, and an account 60 an hour. On a day, 40 new accounts of a network may spend their welcome credits at once; those of
//! further accounts wait until the person writes.

use accounts::{AccountStore, Person, SignIn, rotation::RefreshSecret};
use aws::{Decision, transact};
use contract::Route;
use credits::{CreditStore, Lot};
use identity::{Google, GoogleSettings, IdentityProfile, IdentityProvider, problem_page};
use kernel::{AccountId, Caller, Error, Result, limits};
use privacy::{HashKeys, WelcomeMarkers};
use runtime::{
    Ctx, Init,
    http::{Edge, Request, Response},
};
use session::{PseudonymKeys, RefreshToken, Seal, SignInAttempt, Signer, cookie};
use std::{cell::Cell, net::IpAddr, sync::Arc};
use transient::{
    ACCOUNT_SIGN_INS, AccountRates, Network, NetworkKeys, NetworkRates, SIGN_IN_ENDS, SignInAttempts, WelcomeLots,
};

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    google: Google,
    seal: Seal,
    signer: Signer,
    accounts: AccountStore,
    credits: CreditStore,
    welcome_markers: WelcomeMarkers,
    edge: Edge,
    rates: NetworkRates,
    account_rates: AccountRates,
    attempts: SignInAttempts,
    welcome_lots: WelcomeLots,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let table = init.table("TRANSIENT_TABLE")?;
        let names = [
            "erasure-hash-key",
            "google-client-secret",
            "network-hash-key",
            "pseudonym-key",
            "session-signing-key",
            "sign-in-sealing-key",
        ];
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
        let network_keys = NetworkKeys::from_key(secrets.get("network-hash-key")?.current())?;
        Ok(Self {
            google: Google::new(init.vendors()?, settings)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
            signer: Signer::from_seed(secrets.get("session-signing-key")?.current(), pseudonyms, public_origin)?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            welcome_markers: WelcomeMarkers::new(init.table("DELETION_RECEIPTS_TABLE")?, keys),
            edge: init.edge()?,
            rates: NetworkRates::new(table.clone(), network_keys.clone()),
            account_rates: AccountRates::new(table.clone()),
            attempts: SignInAttempts::new(table.clone()),
            welcome_lots: WelcomeLots::new(table, network_keys),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "The provider sends the browser here. A sign-in works once, whatever comes of it; an answer 429 does \
                 not use it up. If it is refused with `sign_in_failed` or `too_many_requests`, a browser (`Accept` \
                 names `text/html`) is redirected to `/?problem=<code>` instead. Of other problems it gets a page. The \
                 parameters beside these, such as `error`, are ignored.";
    Route::get("/v1/login/{provider}/callback", "End a sign-in")
        .about(about)
        .path::<IdentityProvider>("provider", "The partner that knows the person.")
        .query::<String>("state", "The attempt, as the provider got it.")
        .query::<String>("code", "The code that the provider exchanges for the identity.")
        .redirects("to the page that the sign-in began for, with the session's cookies")
        .may_have_header("set-cookie", "The access token, the refresh token, and the end of the attempt's cookie.")
        .explains_in_pages()
        .limited(SIGN_IN_ENDS)
        .limited(ACCOUNT_SIGN_INS)
        .fails(&["sign_in_failed", "cross_origin"])
        .never("invalid")
        .never("not_acceptable")
}

/// Ends an attempt. If it failed, a browser is redirected to the page that explains it; other clients
/// get the problem.
///
/// # Errors
/// `sign_in_failed`, `not_found` (unknown provider), `cross_origin` (not opened by a person),
/// `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    match sign_in(&deps, &ctx, &request).await {
        Err(error) if request.wants_page() => {
            problem_page(&error).map(|page| Response::redirect(&page).because(&error)).ok_or(error)
        }
        answer => answer,
    }
}

async fn sign_in(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Response> {
    let provider: IdentityProvider = request.path("provider")?.parse()?;
    // Otherwise a browser that opens the page beforehand would use the attempt up.
    request.opens_a_page()?;
    let state = request.query("state").unwrap_or_default();
    let attempt = SignInAttempt::resume(provider, state, request.cookies(), &deps.seal, ctx.now)?;
    let address = request.client_address(&deps.edge);
    let network = Network::of(address);
    let rate = deps.rates.count(SIGN_IN_ENDS, network, ctx.now).await?;
    deps.attempts.use_up(state, &ctx.ids, ctx.now).await?;
    let refused = Error::SignInFailed { detail: "The sign-in was not completed. Start again." };
    let code = request.query("code").ok_or(refused)?;
    let profile = match provider {
        IdentityProvider::Google => deps.google.exchange_code(code, &attempt.verifier, &attempt.nonce, ctx.now).await?,
    };
    let sign_in = verified_sign_in(ctx, request, address);
    let account = find_or_create(deps, ctx, request, &person(provider, profile), &sign_in, network).await?;
    deps.accounts.end_former_of_another(account, &sign_in).await?;
    let caller = Caller { account, session: sign_in.session, issued_at: ctx.now };
    let refresh = RefreshToken { account, session: sign_in.session, secret: sign_in.secret.bytes() };
    let access = deps.signer.issue(&caller)?;
    request.note_account(access.who());
    let answer = Response::redirect(attempt.return_to.as_str())
        .rate_limit(&rate)
        .cookie(cookie::session(&access))
        .cookie(cookie::refresh(&refresh, limits::SESSION_IDLE_LIFETIME))
        .cookie(attempt.clear());
    Ok(answer)
}

/// The sign-in of this request, with the session that the browser still has.
fn verified_sign_in(ctx: &Ctx, request: &Request, address: IpAddr) -> SignIn {
    let user_agent = request.header("user-agent").unwrap_or_default();
    let sign_in = SignIn::new(&address.to_string(), user_agent, &ctx.ids, ctx.now);
    match cookie::read(request.cookies(), cookie::REFRESH).and_then(|token| RefreshToken::parse(token).ok()) {
        Some(RefreshToken { account, session, secret }) => {
            sign_in.replacing(account, session, RefreshSecret::new(secret))
        }
        None => sign_in,
    }
}

/// Finds the account of a person. The first sign-in creates it, with a welcome lot unless the
/// person had one in an erased account. The lot waits if the network has had as many on this day as it
/// may have. Four requests: the account; its counter, its sessions, the transaction; or for a new
/// account the welcome marker, the welcome lots of the network, the transaction.
async fn find_or_create(
    deps: &Deps,
    ctx: &Ctx,
    request: &Request,
    person: &Person,
    sign_in: &SignIn,
    network: Network,
) -> Result<AccountId> {
    let (new, counted) = (AccountId::new(ctx.ids.uuid_v7(ctx.now)), Cell::new(false));
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
            return Ok(Decision::Commit(changes, new));
        }
        let counted = deps.welcome_lots.count_change(network, ctx.now).await?;
        let lot = if counted.is_some() { Lot::welcome(ctx.now) } else { Lot::waiting_welcome(ctx.now)? };
        changes.extend(deps.credits.welcome_changes(new, lot, ctx.now)?);
        changes.extend(counted);
        Ok(Decision::Commit(changes, new))
    })
    .await
}

fn person(provider: IdentityProvider, profile: IdentityProfile) -> Person {
    let IdentityProfile { issuer, subject, email, email_verified, name, picture_url } = profile;
    Person { provider: provider.as_str(), issuer, subject, email, email_verified, name, picture_url }
}
