//! `GET /v1/credits`: the available credits with their expiry, the frozen credits with the reason, the
//! held credits with their generations, the debt, and the statement, newest first (P06).
//!
//! The sums leave out expired credits at once. The statement shows an expiry from the next change
//! of the balance on.

use contract::Route;
use credits::{Balance, ClawbackCause, CreditStore, Entry, EntryKind, Hold, Lot, LotFreeze, Source};
use kernel::{Credits, Error, GenerationId, Result, Timestamp};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use session::Verifier;
use std::sync::Arc;

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
    Route::get("/v1/credits", "Read the balance and the statement")
        .about(
            "The sums leave out expired credits at once. The statement shows an expiry from the next change of the \
             balance on.",
        )
        .protected()
        .pages()
        .answers::<Answer>(200, "available, frozen, held, owed, lots, and the statement, newest first")
}

/// Answers the balance with one page of the statement.
///
/// # Errors
/// `unauthenticated`, `invalid` (limit, cursor), `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let (limit, cursor) = (request.limit()?, request.cursor()?);
    let statement = deps.credits.read_statement(caller.account, limit, cursor.as_ref()).await?;
    // An access token stays valid for some minutes after the erasure of its account.
    let (balance, entries) = statement.ok_or(Error::Unauthenticated)?;
    let answer = Answer::new(&balance, &entries.items, entries.next.map(|cursor| cursor.to_string()), ctx.now);
    Ok(Response::json(200, &answer))
}

/// The balance of an account, with one page of its statement.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CreditsStatement")]
struct Answer {
    /// The credits that can be spent now; 0 while there is a debt.
    available: Credits,
    /// The credits that cannot be spent because their lots are frozen.
    frozen: Credits,
    /// The credits that are reserved for generations under way.
    held: Credits,
    /// The credits that were clawed back after they were spent.
    debt: Credits,
    /// The lots that have not expired, in spending order, frozen ones included.
    lots: Vec<LotView>,
    /// The reserved credits, by generation.
    holds: Vec<HoldView>,
    /// The statement, newest first.
    items: Vec<EntryView>,
    /// The `cursor` of the next page. Null at the end of the list.
    next_cursor: Option<String>,
}

/// Credits of one origin.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Lot")]
struct LotView {
    /// The origin.
    source: Source,
    /// The credits that are left and not held.
    remaining: Credits,
    /// The time from which the lot cannot be spent any more. Null if it does not expire.
    #[schemars(with = "Option<kernel::schema::Time>")]
    expires_at: Option<Timestamp>,
    /// Why the lot cannot be spent. Null unless it is frozen.
    frozen: Option<FreezeView>,
}

/// The freeze of a lot. The person does not read the actor.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LotFreeze", description = "The freeze of a lot: it cannot be spent until it is thawed.")]
struct FreezeView {
    /// The reason, for people.
    reason: String,
    /// The time of the freeze.
    #[schemars(with = "kernel::schema::Time")]
    at: Timestamp,
}

/// Credits that are reserved for one generation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Hold")]
struct HoldView {
    /// The id of the generation.
    generation: GenerationId,
    /// The reserved credits.
    amount: Credits,
    /// The deadline of the generation.
    #[schemars(with = "kernel::schema::Time")]
    expires_at: Timestamp,
}

/// One item of the statement: a change of the balance.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StatementEntry")]
struct EntryView {
    /// The number of the item, from 1 on, without gaps.
    #[schemars(range(min = 1))]
    version: u64,
    /// The time of the change.
    #[schemars(with = "kernel::schema::Time")]
    at: Timestamp,
    /// The kind of the change.
    kind: EntryKind,
    /// The change of the credits in lots that are not frozen.
    available_change: i64,
    /// The change of the credits in frozen lots.
    frozen_change: i64,
    /// The change of the held credits.
    held_change: i64,
    /// The change of the debt, in credits.
    debt_change: i64,
    /// Of a hold and its end: the id of the generation. Otherwise null.
    generation: Option<GenerationId>,
    /// Of a settlement: the id of the model. Otherwise null.
    model: Option<String>,
    /// Of a grant: the source of the lot. Otherwise null.
    source: Option<Source>,
    /// Of a change by an operator or a rule: why, for people. Otherwise null.
    reason: Option<String>,
    /// Of a clawback: the event that undid the payment. Otherwise null.
    cause: Option<ClawbackCause>,
}

impl Answer {
    fn new(balance: &Balance, entries: &[Entry], next_cursor: Option<String>, now: Timestamp) -> Self {
        Self {
            available: balance.available(now),
            frozen: balance.frozen_credits(now),
            held: balance.held(),
            debt: balance.debt,
            lots: balance.valid_lots(now).map(LotView::from).collect(),
            holds: balance.holds.iter().map(HoldView::from).collect(),
            items: entries.iter().map(EntryView::from).collect(),
            next_cursor,
        }
    }
}

impl From<&Lot> for LotView {
    fn from(lot: &Lot) -> Self {
        let frozen = lot.frozen.as_ref().map(FreezeView::from);
        Self { source: lot.source, remaining: lot.remaining, expires_at: lot.expiry(), frozen }
    }
}

impl From<&LotFreeze> for FreezeView {
    fn from(freeze: &LotFreeze) -> Self {
        Self { reason: freeze.note.reason().to_owned(), at: freeze.at }
    }
}

impl From<&Hold> for HoldView {
    fn from(hold: &Hold) -> Self {
        Self { generation: hold.generation, amount: hold.amount(), expires_at: hold.expires_at }
    }
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            version: entry.version,
            at: entry.at,
            kind: entry.kind,
            available_change: entry.free_delta(),
            frozen_change: entry.frozen_delta(),
            held_change: entry.held_delta(),
            debt_change: entry.debt_delta(),
            generation: entry.generation,
            model: entry.model.clone(),
            source: entry.source(),
            reason: entry.note.as_ref().map(|note| note.reason().to_owned()),
            cause: entry.cause,
        }
    }
}
