//! `GET /v1/usage`: the paid generations and their cost, by month (UTC) and model, newest month
//! first (P06). It includes cancelled generations if the cancellation has a cost.
//!
//! The answer has the last 13 months with paid generations. The settlements of older months are in
//! the statement of `GET /v1/credits`.

use credits::{CreditStore, Usage, UsageTotal};
use kernel::{Credits, Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
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
