//! `GET /v1/models`: the models on offer, with prices and settings. Open to everybody (P03).

use generations::{Catalogue, Kind, Model};
use kernel::{Credits, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::Serialize;
use std::sync::Arc;

/// What the function may touch: nothing but what is built in.
#[derive(Debug)]
pub struct Deps {
    catalogue: Catalogue,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal` when the catalogue does not read.
    pub async fn new(_: &Init) -> Result<Self> {
        Ok(Self { catalogue: Catalogue::built_in()? })
    }
}

/// Answers the list, which is the same for everybody and may be kept for a minute.
///
/// # Errors
/// None.
pub async fn handle(deps: Arc<Deps>, _: Ctx, _: Request) -> Result<Response> {
    let items = deps.catalogue.models().iter().map(Item::from).collect();
    Ok(Response::json(200, &Answer { items, next_cursor: None }).header("cache-control", "public, max-age=60"))
}

#[derive(Serialize)]
struct Answer<'a> {
    items: Vec<Item<'a>>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    name: &'a str,
    kind: Kind,
    price: Credits,
    /// What it costs all the same when it is called off while it is made.
    cancel_price: Credits,
    /// How many pictures it takes; one at least where it takes any.
    inputs: usize,
    settings: &'a generations::SettingsSchema,
}

impl<'a> From<&'a Model> for Item<'a> {
    fn from(model: &'a Model) -> Self {
        let Model { id, name, kind, price, cancel_price, inputs, settings, .. } = model;
        let inputs = inputs.fields.len();
        Self { id, name, kind: *kind, price: *price, cancel_price: *cancel_price, inputs, settings }
    }
}
