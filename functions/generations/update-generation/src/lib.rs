//! `PATCH /v1/generations/{id}`: changes the favourite mark and the title of a generation (P05).
//!
//! Answers the generation. A field that the body does not have stays; `null` removes the title.

use authentication::Authenticator;
use generations::{GenerationStore, GenerationView, Notes, Title};
use kernel::{Error, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// The stores of this function. It signs links to the bucket and sends it no request.
#[derive(Debug)]
pub struct Deps {
    authenticator: Authenticator,
    generations: GenerationStore,
    media: MediaStore,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            authenticator: Authenticator::new(init).await?,
            generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
            media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
        })
    }
}

/// Changes one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `not_found` (also for
/// another account's generation), `invalid` and the other errors of the body, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let body: Body = request.json()?;
    let notes = body.parse()?;
    // An ended session may not change anything.
    let caller = deps.authenticator.require_fresh(&caller, ctx.now).await?;
    let generation = deps.generations.update_notes(caller.account(), id, &notes).await?;
    Ok(Response::json(200, &GenerationView::with_links(&generation, &deps.media, ctx.signed_at)?))
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

/// Reads a field that is present, also as `null`. A missing field is not deserialised.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}
