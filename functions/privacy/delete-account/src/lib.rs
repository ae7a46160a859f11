//! `POST /v1/account/deletion`: a person asks for everything of theirs to be deleted (P15).
//!
//! Answers 202 with the deletion and signs out. From then on nothing new can be started;
//! signing in again still shows and downloads everything until the grace period ends.
//! Asking again answers the same deletion.

use accounts::AccountStore;
use credits::CreditStore;
use generations::{GenerationStore, RequestCancel};
use kernel::{Error, Result};
use privacy::{Close, DeletionStore, DeletionView};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::Deserialize;
use session::{Verifier, cookie};
use std::sync::Arc;

/// What a person must type: nobody deletes an account by a slip.
const CONFIRMATION: &str = "delete my account";

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    close: Close,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        Ok(Self {
            verifier: init.verifier()?,
            close: Close {
                receipts: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                cancel: RequestCancel { generations, credits: credits.clone() },
                credits,
            },
        })
    }
}

/// Takes one request for deletion.
///
/// # Errors
/// `unauthenticated` (also when the session was ended in the last ten minutes),
/// `cross_origin`, `invalid` (another confirmation) and what is wrong with the body,
/// `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let body: Body = request.json()?;
    if body.confirm != CONFIRMATION {
        return Err(Error::invalid("confirm", format!("Send exactly \"{CONFIRMATION}\".")));
    }
    let caller = deps.close.accounts.require_fresh(&caller, ctx.now).await?;
    let deletion = deps.close.request(&caller, &ctx.ids, ctx.now).await?;
    let answer = Response::json(202, &DeletionView::new(&deletion)?);
    let answer = answer.header("location", &format!("/v1/deletions/{}", deletion.code));
    Ok(cookie::signed_out().into_iter().fold(answer, Response::cookie))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    confirm: String,
}
