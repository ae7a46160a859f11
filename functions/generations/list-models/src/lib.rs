//! `GET /v1/models`: the models on offer, with prices and settings. Open to everybody (P03).

use contract::Route;
use generations::{Catalogue, Model, ModelKind, Paused, PriceRule, SettingsSchema, TrainingVendors};
use kernel::{Credits, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The catalogue, which is compiled into the function, without the models that are withheld, and its switch.
#[derive(Debug)]
pub struct Deps {
    catalogue: Catalogue,
    paused: Paused,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal` when the catalogue does not parse, or with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let training = TrainingVendors::parse(init.var("ALLOW_TRAINING_VENDORS")?)?;
        let catalogue = Catalogue::for_new_generations(training)?;
        Ok(Self { paused: Paused::parse(init.var("PAUSED")?, &catalogue)?, catalogue })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/models", "List the models on offer")
        .about(
            "`settings` is the JSON Schema of the settings that `POST /v1/generations` and `POST /v1/quotes` take. The \
             list has no model whose vendor may train models with inputs, unless the operator has allowed it. It may \
             be empty.",
        )
        .cached()
        .answers::<Answer<'_>>(200, "models with prices and settings")
        .never("unavailable")
}

/// Answers the list. It is the same for everybody and may be cached for a minute.
///
/// # Errors
/// `internal` when the catalogue is inconsistent. A test of the catalogue excludes that.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, _: Request) -> Result<Response> {
    let offered = deps.catalogue.on_offer(ctx.now);
    let items = offered.map(|model| Item::new(model, deps.paused.admits(model))).collect::<Result<_>>()?;
    Ok(Response::json(200, &Answer { items, next_cursor: None }).header("cache-control", "public, max-age=60"))
}

/// The models on offer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Models")]
struct Answer<'a> {
    /// All models, in display order.
    items: Vec<Item<'a>>,
    /// Always null: the list has one page.
    next_cursor: Option<String>,
}

/// A model on offer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Model")]
struct Item<'a> {
    /// The id.
    id: &'a str,
    /// The name that people read.
    name: &'a str,
    /// The kind: what goes in, and what comes out.
    kind: ModelKind,
    /// The price with the default settings, in credits.
    price: Credits,
    /// The rule for the price with other settings, in credits.
    price_rule: &'a PriceRule,
    /// The greatest number of input pictures. A model that takes pictures needs at least one.
    inputs: usize,
    /// The last day (UTC) on which it takes new generations. Null where none is known.
    #[schemars(extend("format" = "date"))]
    retires_on: Option<String>,
    /// Whether it takes new generations: `false` while an operator has paused it.
    available: bool,
    /// The seconds from the request to the finished work that half of the works took. Null where it is not known.
    #[schemars(range(min = 1))]
    typical_seconds: Option<u64>,
    /// The allowed settings of a generation, as JSON Schema.
    #[schemars(with = "Map<String, Value>")]
    settings: &'a SettingsSchema,
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
            inputs: model.inputs.fields.len(),
            retires_on: model.retires_on.map(|last| last.to_string()),
            available,
            typical_seconds: model.typical_seconds,
            settings: &model.settings,
        })
    }
}
