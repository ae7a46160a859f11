//! `POST /v1/quotes`: the price of a generation. Open to everybody (P03); it changes nothing.
//!
//! For a person who is signed in, `cancel_price` is the most that canceling the generation would cost
//! once its provider has the job. For others it is null.
//!
//! A client that sends the price as `max_cost` to `POST /v1/generations` pays at most that price.

use contract::Route;
use credits::CreditStore;
use generations::{Catalogue, Paused, Per, Settings, TrainingVendors};
use kernel::{Credits, MicroDollars, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use session::Verifier;
use std::sync::Arc;

/// The catalogue, which is compiled into the function, and its switch.
#[derive(Debug)]
pub struct Deps {
    catalogue: Catalogue,
    paused: Paused,
    verifier: Verifier,
    credits: CreditStore,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal` when the catalogue does not parse, or with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let training = TrainingVendors::parse(init.var("ALLOW_TRAINING_VENDORS")?)?;
        let catalogue = Catalogue::for_new_generations(training)?;
        Ok(Self {
            paused: Paused::parse(init.var("PAUSED")?, &catalogue)?,
            catalogue,
            verifier: init.verifier()?,
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::post("/v1/quotes", "Ask for the price of a generation")
        .about(
            "It changes nothing. A client that sends the price as `max_cost` to `POST /v1/generations` pays at most \
             that price. For a person who is signed in, `cancel_price` is the most that canceling would cost.",
        )
        .optional_token()
        .reads::<Body>()
        .answers::<Answer<'_>>(200, "the price of a generation")
        .fails(&["unknown_model", "model_retired", "model_not_offered"])
}

/// Answers the price, and the settings with their defaults. Makes no request, and one for a person
/// who is signed in.
///
/// # Errors
/// `unauthenticated` and `cross_origin` for a token that is not valid or comes from elsewhere;
/// `unknown_model`, `model_retired`, `model_not_offered`, `invalid`, and the errors of the body, as for
/// `POST /v1/generations`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let body: Body = request.json()?;
    let model = deps.catalogue.offered(&body.model, ctx.now)?;
    let settings = model.settings.accept(&body.settings.unwrap_or_default())?;
    let breakdown = model.breakdown(&settings)?;
    let price = Credits(breakdown.total);
    let provider_cost = MicroDollars(model.provider_cost.breakdown(&settings)?.total);
    let balance = match request.optional_caller(&deps.verifier, ctx.now)? {
        Some(caller) => deps.credits.read_balance(caller.account).await?,
        None => None,
    };
    let answer = Answer {
        model: &model.id,
        price,
        unit: Unit { per: breakdown.per, price: Credits(breakdown.unit), quantity: breakdown.quantity },
        cancel_price: balance.map(|balance| balance.cancel_price(None, price, provider_cost, ctx.now)),
        settings: &settings,
        available: deps.paused.admits(model),
    };
    Ok(Response::json(200, &answer))
}

/// A request for a price.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QuoteRequest")]
struct Body {
    /// The id of a model of `GET /v1/models`.
    model: String,
    /// The settings. Those that are left out, or null, get their defaults. `GET /v1/models` has the schema of
    /// each model's settings.
    #[serde(default)]
    settings: Option<Map<String, Value>>,
}

/// The price of a generation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Quote")]
struct Answer<'a> {
    /// The id of the model.
    model: &'a str,
    /// The price, in credits.
    price: Credits,
    /// The parts of the price.
    unit: Unit,
    /// The most that canceling would cost once the provider has the job, in credits. Null for a client that
    /// is not signed in.
    cancel_price: Option<Credits>,
    /// The settings of the request, complete with the defaults.
    settings: &'a Settings,
    /// Whether the model takes new generations: `false` while an operator has paused it.
    available: bool,
}

/// The parts of the price: `price` for each of `quantity` units.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnitPrice")]
struct Unit {
    /// The unit.
    per: Per,
    /// The price of one unit, in credits.
    price: Credits,
    /// The number of units.
    quantity: u32,
}
