//! `GET /v1/plans`: the plans on sale, with prices and credits. Public (P03).

use billing::{Plan, PlanKind, Plans};
use contract::Route;
use credits::Money;
use kernel::{Credits, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// The built-in plans. This function has no table, secret or client.
#[derive(Debug)]
pub struct Deps {
    plans: Plans,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal` if the plans do not parse.
    pub async fn new(_: &Init) -> Result<Self> {
        Ok(Self { plans: Plans::built_in()? })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/plans", "List the plans on sale")
        .cached()
        .answers::<Answer<'_>>(200, "plans with prices and credits")
        .never("unavailable")
}

/// Answers the list. It is the same for all users, and caches may keep it for a minute.
///
/// # Errors
/// None.
pub async fn handle(deps: Arc<Deps>, _: Ctx, _: Request) -> Result<Response> {
    let items = deps.plans.all().iter().map(Item::from).collect();
    Ok(Response::json(200, &Answer { items, next_cursor: None }).header("cache-control", "public, max-age=60"))
}

/// The plans on sale.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plans")]
struct Answer<'a> {
    /// All plans, in display order.
    items: Vec<Item<'a>>,
    /// Always null: the list has one page.
    next_cursor: Option<String>,
}

/// A plan on sale. Price and credits of an id never change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
struct Item<'a> {
    /// The id.
    id: &'a str,
    /// The name that people read.
    name: &'a str,
    /// The way of paying.
    kind: PlanKind,
    /// The price.
    price: Money,
    /// The credits that a payment grants.
    credits: Credits,
    /// The interval of payments. Null for a single payment.
    interval: Option<&'static str>,
}

impl<'a> From<&'a Plan> for Item<'a> {
    fn from(plan: &'a Plan) -> Self {
        let Plan { id, name, kind, price, credits } = plan;
        let interval = match kind {
            PlanKind::Pack => None,
        };
        Self { id, name, kind: *kind, price: *price, credits: *credits, interval }
    }
}
