//! `GET /v1/generations`: the gallery, newest first (P05).
//!
//! `kind`, `model`, `favourite` (`true` or `false`) and `text` (1 to 200 characters, in the
//! prompt or the title, whatever their case) narrow it. One answer looks at 500 generations
//! at most: it may then have fewer items than asked for, even none, and the list goes on at
//! `next_cursor`. Only where that is `null` is it at its end.

use generations::{Filter, GenerationStore, GenerationView, SoughtText};
use kernel::{Error, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::Serialize;
use session::Verifier;
use std::sync::Arc;

/// What the function may touch. The bucket is only signed for, never asked.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
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
            generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
            media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
        })
    }
}

/// Answers one page; the links in it live for five minutes.
///
/// # Errors
/// `unauthenticated`, `invalid` (limit, cursor, kind, favourite, text), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let (limit, cursor) = (request.limit()?, request.cursor()?);
    let page = deps.generations.list(caller.account, &filter(&request)?, limit, cursor.as_ref()).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for generation in &page.items {
        items.push(GenerationView::delivered(generation, &deps.media, ctx.signed_at).await?);
    }
    Ok(Response::json(200, &Answer { items, next_cursor: page.next.map(|cursor| cursor.to_string()) }))
}

fn filter(request: &Request) -> Result<Filter> {
    Ok(Filter {
        kind: request.query("kind").map(str::parse).transpose()?,
        model: request.query("model").map(str::to_owned),
        favourite: request.query("favourite").map(flag).transpose()?,
        text: request.query("text").map(SoughtText::parse).transpose()?,
    })
}

fn flag(text: &str) -> Result<bool> {
    text.parse().map_err(|_| Error::invalid("favourite", "favourite is true or false."))
}

#[derive(Serialize)]
struct Answer<'a> {
    items: Vec<GenerationView<'a>>,
    next_cursor: Option<String>,
}
