//! `GET /v1/plans`: the plans on sale, with prices and credits. Public (P03).

use billing::{Plan, PlanKind, Plans};
use credits::Money;
use kernel::{Credits, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
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

/// Answers the list. It is the same for all users, and caches may keep it for a minute.
///
/// # Errors
/// None.
pub async fn handle(deps: Arc<Deps>, _: Ctx, _: Request) -> Result<Response> {
    let items = deps.plans.all().iter().map(Item::from).collect();
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
    kind: PlanKind,
    price: Money,
    credits: Credits,
    /// The interval of payments; `None` for a single payment.
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
