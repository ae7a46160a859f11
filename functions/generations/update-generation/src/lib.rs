//! `PATCH /v1/generations/{id}`: changes the favourite mark and the title of a generation (P05), and brings
//! one back that was deleted with `?undo=true`.
//!
//! Answers the generation, without `cancel_price`. A field that the body does not have stays; `null` removes the title.
//! `{"deleted": false}` undoes a deletion until its `undo_until`; later the answer is 404, and so it is for a deletion
//! without undo.

use authentication::Authenticator;
use contract::Route;
use generations::{GenerationStore, GenerationView, Notes, Title};
use kernel::{Error, GenerationId, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
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

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::patch("/v1/generations/{id}", "Change the favourite mark and the title of a generation, or bring it back")
        .about(
            "A field that is left out stays. A `title` of `null` removes the title. `deleted` of `false` brings back a \
             generation that was deleted with `undo=true`, until its `undo_until`; one that is not deleted stays as \
             it is. `cancel_price` of the answer is always null: `GET /v1/generations/{id}` has it.",
        )
        .protected()
        .path::<GenerationId>("id", "The id of the generation.")
        .reads::<Body>()
        .answers::<GenerationView<'_>>(200, "the generation, with `favourite` or `title` changed, or brought back")
}

/// Changes one generation.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `not_found` (also for
/// another account's generation, and for a deletion that cannot be undone any more), `invalid` and the
/// other errors of the body, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let id = request.path("id")?.parse()?;
    let body: Body = request.json()?;
    let Change { notes, undoes_deletion } = body.parse()?;
    // An ended session may not change anything.
    let caller = deps.authenticator.require_fresh(&caller, ctx.now).await?;
    let (account, generations) = (caller.account(), &deps.generations);
    let generation = match undoes_deletion {
        true => generations.undo_deletion(account, id, &notes, ctx.now).await?,
        false => generations.update_notes(account, id, &notes).await?,
    };
    Ok(Response::json(200, &GenerationView::with_links(&generation, &deps.media, ctx.signed_at)?))
}

/// A change of a generation, in one write.
struct Change {
    notes: Notes,
    /// Whether it brings a deleted generation back.
    undoes_deletion: bool,
}

/// A change of a generation: a favourite mark or `deleted` that is not null, a title, or several of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GenerationChange", extend("anyOf" = [
    { "required": ["title"] },
    { "required": ["favourite"], "properties": { "favourite": { "type": "boolean" } } },
    { "required": ["deleted"], "properties": { "deleted": { "const": false } } },
]))]
struct Body {
    /// Whether it becomes a favourite. Left out, or null, the mark stays.
    #[serde(default)]
    favourite: Option<bool>,
    /// The new title: 1 to 200 Unicode scalar values, one of them visible. White space at both ends is removed after
    /// they are counted. Null removes the title; left out, it stays.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Title>")]
    title: Option<Option<String>>,
    /// `false` brings a generation back while its deletion can be undone. Left out, or null, nothing comes back.
    /// `true` is refused: `DELETE` deletes.
    #[serde(default)]
    #[schemars(extend("enum" = [false, null]))]
    deleted: Option<bool>,
}

impl Body {
    fn parse(self) -> Result<Change> {
        let title = self.title.map(|title| title.map(|title| Title::parse(&title)).transpose()).transpose()?;
        let notes = Notes { favourite: self.favourite, title };
        match self.deleted {
            Some(true) => Err(Error::invalid("deleted", "deleted is false. Send DELETE to delete a generation.")),
            None if notes.is_empty() => {
                Err(Error::invalid("body", "Send favourite, title, deleted or several of them."))
            }
            deleted => Ok(Change { notes, undoes_deletion: deleted == Some(false) }),
        }
    }
}

/// Reads a field that is present, also as `null`. A missing field is not deserialised.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}
