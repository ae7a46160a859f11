//! `POST /v1/generations/{id}/cancel`: calls a generation off (P04, P06).
//!
//! What was not sent yet is `canceled` at once (200) and its credits are back. What its
//! provider may have is `canceling` (202) until the provider says how it ended: stopped,
//! and the credits come back but for the model's `cancel_price`, or made all the same, and
//! it is delivered. Asking again answers how it stands.

use credits::CreditStore;
use generations::{CallOff, Cancel, GenerationStore, GenerationView};
use kernel::Result;
use providers::{ProviderCredentials, Providers};
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
    accounts: accounts::AccountStore,
    cancel: Cancel,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&ProviderCredentials::SECRETS).await?;
        let token = |name: &str| secrets.get(name).map(|secret| secret.current());
        let credentials = ProviderCredentials::read(|name| init.var(name), token)?;
        Ok(Self {
            verifier: init.verifier()?,
            accounts: accounts::AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            cancel: Cancel {
                call_off: CallOff {
                    generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                    credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                },
                providers: Providers::new(&init.vendors()?, &credentials)?,
                collect_queue: init.queue("MEDIA_QUEUE_URL")?,
            },
        })
    }
}

/// Calls one generation off.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `not_found` (also
/// another account's), `wrong_state` when it was made and is being stored, or ended
/// otherwise; `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let id = request.path("id")?.parse()?;
    // A session that was ended changes nothing any more.
    let caller = deps.accounts.fresh(&caller, ctx.now).await?;
    let generation = deps.cancel.cancel(caller.account(), id, &ctx.ids, ctx.now).await?;
    let status = if generation.status.is_final() { 200 } else { 202 };
    Ok(Response::json(status, &GenerationView::undelivered(&generation)))
}
