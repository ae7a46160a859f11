//! `POST /v1/quotes`: what a generation would cost. Open to everybody (P03), and changes
//! nothing.
//!
//! The price as `max_cost` of the same request to `POST /v1/generations` binds it.

use generations::{Catalogue, Paused, Per, Settings};
use kernel::{Credits, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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

/// Answers the price, and the settings with their defaults. Makes no request.
///
/// # Errors
/// `unknown_model`, `model_retired`, `invalid`, and what is wrong with the body: as
/// `POST /v1/generations` would refuse them.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let body: Body = request.json()?;
    let model = deps.catalogue.offered(&body.model, ctx.now)?;
    let settings = model.settings.accept(&body.settings.unwrap_or_default())?;
    let made_up = model.price(&settings)?;
    let price = Credits(made_up.total);
    let answer = Answer {
        model: &model.id,
        price,
        unit: Unit { per: made_up.per, price: Credits(made_up.unit), quantity: made_up.quantity },
        cancel_price: model.cancel_price(price),
        settings: &settings,
        available: deps.paused.admits(model),
    };
    Ok(Response::json(200, &answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    #[serde(default)]
    settings: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    model: &'a str,
    price: Credits,
    unit: Unit,
    /// What it costs all the same when it is called off while it is made.
    cancel_price: Credits,
    /// What was set, and the defaults of the rest.
    settings: &'a Settings,
    /// Whether the model takes something new: `false` while an operator has switched it off.
    available: bool,
}

/// How the price is made up: `price` for each of `quantity`.
#[derive(Serialize)]
struct Unit {
    per: Per,
    price: Credits,
    quantity: u32,
}
