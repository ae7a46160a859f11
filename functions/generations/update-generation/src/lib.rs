//! `PATCH /v1/generations/{id}`: makes a generation a favourite, and gives it a title (P05).
//!
//! Answers the generation. What the body leaves out stays; a title that is `null` goes.

use accounts::AccountStore;
use generations::{GenerationStore, GenerationView, Notes, Title};
use kernel::{Error, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::{Deserialize, Deserializer};
use session::Verifier;
use std::sync::Arc;

/// What the function may touch. The bucket is only signed for, never asked.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
    generations: GenerationStore,
    media: MediaStore,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
            media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
        })
    }
}

/// Changes one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `not_found` (also
/// another account's), `invalid` and what else is wrong with the body, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let body: Body = request.json()?;
    let notes = body.parse()?;
    // A session that was ended changes nothing any more.
    let caller = deps.accounts.require_fresh(&caller, ctx.now).await?;
    let generation = deps.generations.note(caller.account(), id, &notes).await?;
    Ok(Response::json(200, &GenerationView::delivered(&generation, &deps.media, ctx.signed_at).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    favourite: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    title: Option<Option<String>>,
}

impl Body {
    fn parse(self) -> Result<Notes> {
        let title = self.title.map(|title| title.map(|title| Title::parse(&title)).transpose()).transpose()?;
        let notes = Notes { favourite: self.favourite, title };
        match notes.is_empty() {
            true => Err(Error::invalid("body", "Send favourite, title or both.")),
            false => Ok(notes),
        }
    }
}

/// A field that is there, `null` included; one that is left out is never read.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}
