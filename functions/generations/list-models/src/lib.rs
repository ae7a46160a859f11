//! `GET /v1/models`: the models on offer, with prices and settings. Open to everybody (P03).

use generations::{Catalogue, Model, ModelKind, Paused, PriceRule};
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
    paused: Paused,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal` when the catalogue does not read, and with the name of a variable that is
    /// missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let catalogue = Catalogue::built_in()?;
        Ok(Self { paused: Paused::parse(init.var("PAUSED")?, &catalogue)?, catalogue })
    }
}

/// Answers the list, which is the same for everybody and may be kept for a minute.
///
/// # Errors
/// None, as long as the catalogue is sound.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, _: Request) -> Result<Response> {
    let offered = deps.catalogue.on_offer(ctx.now);
    let items = offered.map(|model| Item::new(model, deps.paused.admits(model))).collect::<Result<_>>()?;
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
    kind: ModelKind,
    /// What it costs when nothing is set.
    price: Credits,
    /// What it costs with other settings.
    price_rule: &'a PriceRule,
    /// How much of `price` it costs all the same when it is called off while it is made.
    cancel_price: Credits,
    /// How many pictures it takes; one at least where it takes any.
    inputs: usize,
    /// The last day on which it takes something new.
    retires_on: Option<String>,
    /// Whether it takes something new: `false` while an operator has switched it off.
    available: bool,
    settings: &'a generations::SettingsSchema,
}

impl<'a> Item<'a> {
    fn new(model: &'a Model, available: bool) -> Result<Self> {
        let price = model.default_price()?;
        Ok(Self {
            id: &model.id,
            name: &model.name,
            kind: model.kind,
            price,
            price_rule: &model.price,
            cancel_price: model.cancel_price(price),
            inputs: model.inputs.fields.len(),
            retires_on: model.retires_on.map(|last| last.to_string()),
            available,
            settings: &model.settings,
        })
    }
}
