//! `GET /v1/account`: the profile and the status of the caller's account, and the reason of a freeze
//! (P01, P10).

use accounts::{AccountStore, Profile};
use credits::{Balance, BalanceStatus, CreditStore};
use kernel::{AccountId, Error, Result, Timestamp};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
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

#[derive(Serialize)]
struct Answer {
    id: AccountId,
    name: Option<String>,
    email: Option<String>,
    picture_url: Option<String>,
    plan: Option<String>,
    status: BalanceStatus,
    /// Why the account is frozen; null unless it is.
    status_reason: Option<String>,
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
