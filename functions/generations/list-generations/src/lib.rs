//! `GET /v1/generations`: the gallery, newest first (P05).
//!
//! Filters are `kind`, `model`, `favourite` (`true` or `false`) and `text` (1 to 200 characters, in
//! the prompt or the title, without regard to case). A filtered answer reads at most 500
//! generations, so it may have fewer items than requested, even none. The list continues at
//! `next_cursor` and ends where that is `null`.

use contract::Route;
use generations::{Filter, GenerationStore, GenerationView, ModelKind, SearchText};
use kernel::{Error, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use session::Verifier;
use std::sync::Arc;

/// The stores of this function. It signs links to the bucket and sends it no request.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
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
            verifier: init.verifier()?,
            generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
            media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/generations", "List the generations")
        .about(
            "A page of a filtered list searches at most 500 generations, so it may have fewer items than requested, \
             even none. The list goes on at `next_cursor`. Links to outputs are valid for five minutes.",
        )
        .protected()
        .pages()
        .query::<ModelKind>("kind", "The kind of the model.")
        .query::<String>("model", "The id of the model. It may have retired.")
        .query::<bool>("favourite", "Whether it is a favourite.")
        .query::<SearchText>(
            "text",
            "A text in the prompt or the title, without regard to case: 1 to 200 Unicode scalar values, one visible.",
        )
        .answers::<Answer<'_>>(200, "the gallery, newest first")
        .leads_to("get-generation", "id", "$response.body#/items/0/id")
        .leads_to("update-generation", "id", "$response.body#/items/0/id")
        .leads_to("delete-generation", "id", "$response.body#/items/0/id")
        .leads_to("cancel-generation", "id", "$response.body#/items/0/id")
}

/// Answers one page. Its links are valid for five minutes.
///
/// # Errors
/// `unauthenticated`, `invalid` (limit, cursor, kind, favourite, text), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let (limit, cursor) = (request.limit()?, request.cursor()?);
    let page = deps.generations.list(caller.account, &filter(&request)?, limit, cursor.as_ref()).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for generation in &page.items {
        items.push(GenerationView::with_links(generation, &deps.media, ctx.signed_at)?);
    }
    Ok(Response::json(200, &Answer { items, next_cursor: page.next.map(|cursor| cursor.to_string()) }))
}

fn filter(request: &Request) -> Result<Filter> {
    Ok(Filter {
        kind: request.query("kind").map(str::parse).transpose()?,
        model: request.query("model").map(str::to_owned),
        favourite: request.query("favourite").map(flag).transpose()?,
        text: request.query("text").map(SearchText::parse).transpose()?,
    })
}

fn flag(text: &str) -> Result<bool> {
    text.parse().map_err(|_| Error::invalid("favourite", "favourite is true or false."))
}

/// One page of the gallery.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Generations")]
struct Answer<'a> {
    /// The generations, newest first. A filtered page may have fewer than `limit`, even none.
    items: Vec<GenerationView<'a>>,
    /// The `cursor` of the next page. Null at the end of the list.
    next_cursor: Option<String>,
}
