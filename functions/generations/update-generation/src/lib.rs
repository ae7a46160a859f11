//! `PATCH /v1/generations/{id}`: changes the favourite mark and the title of a generation (P05).
//!
//! Answers the generation, without `cancel_price`. A field that the body does not have stays; `null` removes the title.

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
    Route::patch("/v1/generations/{id}", "Change the favourite mark and the title of a generation")
        .about(
            "A field that is left out stays. A `title` of `null` removes the title. `cancel_price` of the answer is \
             always null: `GET /v1/generations/{id}` has it.",
        )
        .protected()
        .path::<GenerationId>("id", "The id of the generation.")
        .reads::<Body>()
        .answers::<GenerationView<'_>>(200, "the generation, with `favourite` or `title` changed")
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

/// A change of a person's notes on a generation: a favourite mark that is not null, a title, or both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GenerationChange", extend(
    "minProperties" = 1,
    "not" = { "properties": { "favourite": { "type": "null" } }, "required": ["favourite"], "maxProperties": 1 },
))]
struct Body {
    /// Whether it becomes a favourite. Left out, or null, the mark stays.
    #[serde(default)]
    favourite: Option<bool>,
    /// The new title: 1 to 200 Unicode scalar values, one of them visible. White space at both ends is removed after
    /// they are counted. Null removes the title; left out, it stays.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Title>")]
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
