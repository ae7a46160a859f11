//! `GET /v1/plans`: what can be bought, with prices and credits. Open to everybody (P03).

use billing::{Plan, PlanKind, Plans};
use credits::Money;
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
    plans: Plans,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal` when the plans do not read.
    pub async fn new(_: &Init) -> Result<Self> {
        Ok(Self { plans: Plans::built_in()? })
    }
}

/// Answers the list, which is the same for everybody and may be kept for a minute.
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
    /// How often it is paid; never for what is paid once.
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
