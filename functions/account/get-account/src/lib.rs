//! `GET /v1/account`: the profile and the status of the caller's account, and the reason of a freeze
//! (P01, P10).

use accounts::{AccountStore, Profile};
use contract::Route;
use credits::{Balance, BalanceStatus, CreditStore};
use kernel::{AccountId, Error, Result, Timestamp, schema::Time};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use session::Verifier;
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
    credits: CreditStore,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/account", "Read the account")
        .protected()
        .answers::<Answer>(200, "the person who is signed in, the status, and the reason of a freeze")
}

/// Answers the profile and the status, with one batch read.
///
/// # Errors
/// `unauthenticated`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let account = request.caller(&deps.verifier, ctx.now)?.account.to_string();
    let ((accounts, profile), (credits, balance)) = (deps.accounts.profile_key(), deps.credits.balance_key());
    let db = deps.accounts.db();
    let [profile, balance] = db.batch_get([(accounts, &account, profile), (credits, &account, balance)]).await?;
    // An access token stays valid for some minutes after the erasure of its account.
    let profile: Profile = aws::read(profile.ok_or(Error::Unauthenticated)?)?;
    let balance: Balance = aws::read(balance.ok_or(Error::Unauthenticated)?)?;
    Ok(Response::json(200, &Answer::new(profile, balance)))
}

/// The account, and the person who is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
struct Answer {
    /// The id of the account.
    id: AccountId,
    /// The name of the person. Null if the partner of the sign-in gave none.
    name: Option<String>,
    /// The mail address of the person. Null if the partner of the sign-in gave none.
    email: Option<String>,
    /// The address of a picture of the person. Null if the partner of the sign-in gave none.
    picture_url: Option<String>,
    /// The plan. Null until the person has bought one.
    plan: Option<String>,
    /// The status of the account.
    status: BalanceStatus,
    /// Why the account is frozen; null unless it is.
    status_reason: Option<String>,
    /// When the account was created.
    #[schemars(with = "Time")]
    created_at: Timestamp,
}

impl Answer {
    fn new(profile: Profile, Balance { status, freeze_note, .. }: Balance) -> Self {
        let Profile { account: id, name, email, picture_url, plan, created_at, .. } = profile;
        let freeze = freeze_note.filter(|_| status == BalanceStatus::Frozen);
        let status_reason = freeze.map(|note| note.reason().to_owned());
        Self { id, name, email, picture_url, plan, status, status_reason, created_at }
    }
}
