//! `DELETE /v1/account/deletion`: takes a deletion back before the purge begins (P15). The
//! account gets its former state; ended jobs and sessions stay ended.

use accounts::AccountStore;
use contract::Route;
use credits::CreditStore;
use kernel::Result;
use privacy::{DeletionStore, ReopenAccount};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    reopen: ReopenAccount,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            reopen: ReopenAccount {
                deletions: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "The account gets its former state. Ended jobs and sessions stay ended. `wrong_state` says that no \
                 deletion is under way, or that the erasure has begun.";
    Route::delete("/v1/account/deletion", "Cancel the deletion of the account")
        .about(about)
        .protected()
        .answers_nothing(204, "the account is active again")
        // The balance may be erased between the read and the write.
        .fails(&["wrong_state", "not_found"])
}

/// Takes the caller's deletion back: 204.
///
/// # Errors
/// `wrong_state` if no deletion is under way or the erasure has begun,
/// `unauthenticated`, `cross_origin`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let caller = deps.reopen.accounts.require_fresh(&caller, ctx.now).await?;
    deps.reopen.reopen(&caller, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
