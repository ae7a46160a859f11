//! `GET /v1/account`: the profile with its preferences and identities, the status of the caller's account with the
//! reason of a freeze, and its deletion under way (P01, P10).

use accounts::AccountStore;
use contract::Route;
use credits::CreditStore;
use kernel::Result;
use media::MediaStore;
use profile::{AccountReader, AccountView};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::Verifier;
use std::sync::Arc;

/// The verifier of access tokens, and the account with its balance. The link to the picture is signed, and the bucket gets
/// no request.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    reader: AccountReader,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let accounts = AccountStore::new(init.table("ACCOUNTS_TABLE")?);
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let media = MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?);
        Ok(Self { verifier: init.verifier()?, reader: AccountReader::new(accounts, credits, media) })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/account", "Read the account").protected().answers::<AccountView>(
        200,
        "the person who is signed in with preferences and identities, the status, the reason of a freeze, and a \
         deletion under way",
    )
}

/// Answers the account, with one batch read.
///
/// # Errors
/// `unauthenticated` (also when the account was erased), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let account = deps.reader.read(&caller).await?;
    Ok(Response::json(200, &deps.reader.view(account, ctx.signed_at)?))
}
