//! `GET /v1/usage`: the paid generations and their cost, by month (UTC) and model, newest month
//! first (P06). It includes cancelled generations if the cancellation has a cost.
//!
//! The answer has the last 13 months with paid generations. The settlements of older months are in
//! the statement of `GET /v1/credits`.

use contract::Route;
use credits::{CreditStore, Usage, UsageTotal};
use kernel::{Credits, Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use session::Verifier;
use std::{collections::BTreeMap, sync::Arc};

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    credits: CreditStore,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { verifier: init.verifier()?, credits: CreditStore::new(init.table("CREDITS_TABLE")?) })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/usage", "Read the use by month and model")
        .about(
            "It counts the generations that were delivered, and those that were canceled at a cost. The answer has \
             the last 13 months with any; older settlements are in the statement of `GET /v1/credits`.",
        )
        .protected()
        .answers::<Answer<'_>>(200, "generations and credits by month and model")
}

/// Answers the months, with one read of the balance.
///
/// # Errors
/// `unauthenticated`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let balance = deps.credits.read_balance(caller.account).await?;
    // An access token stays valid for some minutes after the erasure of its account.
    let usage = balance.ok_or(Error::Unauthenticated)?.usage;
    Ok(Response::json(200, &Answer::from(&usage)))
}

/// The use of models, by month.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Usage")]
struct Answer<'a> {
    /// The last 13 months with paid generations, newest first.
    months: Vec<MonthView<'a>>,
}

/// The use of one month (UTC).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UsageMonth")]
struct MonthView<'a> {
    /// The month, as `yyyy-mm`.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}$"))]
    month: &'a str,
    /// The number of paid generations.
    generations: u64,
    /// The credits that they cost.
    credits: Credits,
    /// The same by the id of the model.
    by_model: BTreeMap<&'a str, UsedView>,
}

/// The use of one model in a month.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UsageTotal")]
struct UsedView {
    /// The number of paid generations.
    generations: u64,
    /// The credits that they cost.
    credits: Credits,
}

impl<'a> From<&'a Usage> for Answer<'a> {
    fn from(usage: &'a Usage) -> Self {
        let months = usage.months().map(|(month, models)| {
            let UsageTotal { generations, credits } = usage.month_total(month);
            let by_model = models.iter().map(|(model, used)| (model.as_str(), UsedView::from(*used))).collect();
            MonthView { month, generations, credits, by_model }
        });
        Self { months: months.collect() }
    }
}

impl From<UsageTotal> for UsedView {
    fn from(UsageTotal { generations, credits }: UsageTotal) -> Self {
        Self { generations, credits }
    }
}
