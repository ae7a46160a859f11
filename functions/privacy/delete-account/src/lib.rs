//! `POST /v1/account/deletion`: a user requests the deletion of the account (P15).
//!
//! Answers 202 with the deletion and signs out. From then on the account starts nothing new.
//! Until the grace period ends, the user can sign in and download everything. A repeated
//! request answers the same deletion. It needs no recent sign-in: a person must be able to
//! erase easily.

use accounts::AccountStore;
use contract::Route;
use credits::CreditStore;
use generations::{GenerationStore, RequestCancel};
use kernel::{Error, Result};
use privacy::{CloseAccount, DeletionStore, DeletionView};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use session::Verifier;
use std::sync::Arc;

/// The text that the user must type, so that no account is deleted by mistake.
const CONFIRMATION: &str = "delete my account";

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    close: CloseAccount,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        Ok(Self {
            verifier: init.verifier()?,
            close: CloseAccount {
                deletions: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                cancel: RequestCancel { generations, credits: credits.clone() },
                credits,
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "From then on the account starts nothing new. After a new sign-in the person can still see and \
                 download all works. For 7 days the deletion can be canceled. Then all data is erased. A day later a \
                 second check searches for remaining data. A repeated request answers the same deletion.";
    Route::post("/v1/account/deletion", "Ask for the deletion of the account")
        .about(about)
        .protected()
        .reads::<Body>()
        .answers::<DeletionView<'_>>(202, "the deletion; the caller is signed out")
        .with_header("location", "The address of the deletion.")
        .with_header("clear-site-data", "`\"storage\"`: removes the draft of a prompt.")
        .with_header("set-cookie", "Both cookies of the session expire.")
        .leads_to("deletion-status", "code", "$response.body#/code")
}

/// Accepts one request for deletion: 202.
///
/// # Errors
/// `unauthenticated` (also if the session was ended in the last ten minutes),
/// `cross_origin`, `invalid` (another confirmation), the errors of a wrong body,
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
    Ok(answer.header("location", &format!("/v1/deletions/{}", deletion.code)).signed_out())
}

/// The confirmation of a deletion.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeletionRequest")]
struct Body {
    /// The text that the person types, so that no account is deleted by mistake.
    #[schemars(extend("const" = CONFIRMATION))]
    confirm: String,
}
