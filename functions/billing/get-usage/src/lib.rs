//! `GET /v1/usage`: generations that cost something and what they cost, by month (UTC) and
//! model, newest month first (P06). That is what was delivered, and what was called off where
//! that costs something.
//!
//! The last 13 months in which anything was made: older ones are in the statement of
//! `GET /v1/credits`, settlement by settlement, as long as the account is there.

use credits::{CreditStore, Usage, UsageTotal};
use kernel::{Credits, Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::Serialize;
use session::Verifier;
use std::{collections::BTreeMap, sync::Arc};

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    credits: CreditStore,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { verifier: init.verifier()?, credits: CreditStore::new(init.table("CREDITS_TABLE")?) })
    }
}

/// Answers the months, in one request for the balance.
///
/// # Errors
/// `unauthenticated`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let balance = deps.credits.read_balance(caller.account).await?;
    // A token outlives its account by minutes.
    let usage = balance.ok_or(Error::Unauthenticated)?.usage;
    Ok(Response::json(200, &Answer::from(&usage)))
}

#[derive(Serialize)]
struct Answer<'a> {
    months: Vec<MonthView<'a>>,
}

#[derive(Serialize)]
struct MonthView<'a> {
    /// As `yyyy-mm`.
    month: &'a str,
    generations: u64,
    credits: Credits,
    by_model: BTreeMap<&'a str, UsedView>,
}

#[derive(Serialize)]
struct UsedView {
    generations: u64,
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
