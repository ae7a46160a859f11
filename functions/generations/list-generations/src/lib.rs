//! `GET /v1/generations`: the gallery, newest first (P05).

use generations::{Store, View};
use kernel::Result;
use media::Store as Media;
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
    generations: Store,
    media: Media,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            generations: Store::new(init.table("GENERATIONS_TABLE")?),
            media: Media::new(init.aws()?, init.var("MEDIA_BUCKET")?),
        })
    }
}

/// Answers one page; the links in it live for five minutes.
///
/// # Errors
/// `unauthenticated`, `invalid` (limit, cursor), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let (limit, cursor) = (request.limit()?, request.cursor()?);
    let page = deps.generations.list(caller.account, limit, cursor.as_ref()).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for generation in &page.items {
        items.push(View::delivered(generation, &deps.media, ctx.signed_at).await?);
    }
    Ok(Response::json(200, &Answer { items, next_cursor: page.next.map(|cursor| cursor.to_string()) }))
}

#[derive(Serialize)]
struct Answer<'a> {
    items: Vec<View<'a>>,
    next_cursor: Option<String>,
}
