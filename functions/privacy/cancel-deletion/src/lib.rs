//! `DELETE /v1/account/deletion`: a person takes their deletion back before the purge
//! begins (P15). The account is what it was; jobs and sessions that ended stay ended.

use accounts::AccountStore;
use credits::CreditStore;
use kernel::Result;
use privacy::{DeletionStore, Reopen};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    reopen: Reopen,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            reopen: Reopen {
                receipts: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            },
        })
    }
}

/// Takes the caller's deletion back: 204.
///
/// # Errors
/// `wrong_state` when no deletion is under way or the erasure has begun,
/// `unauthenticated`, `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let caller = deps.reopen.accounts.require_fresh(&caller, ctx.now).await?;
    deps.reopen.reopen(&caller, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
