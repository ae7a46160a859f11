//! `GET /v1/credits`: the available credits with their expiry, the frozen credits with the reason, the
//! held credits with their generations, the debt, and the statement, newest first (P06).
//!
//! The sums leave out expired credits at once. The statement shows an expiry from the next change
//! of the balance on.

use credits::{Balance, ClawbackCause, CreditStore, Entry, EntryKind, Hold, Lot, LotFreeze, Source};
use kernel::{Credits, Error, GenerationId, Result, Timestamp};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
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

#[derive(Serialize)]
struct Answer {
    available: Credits,
    /// The credits that cannot be spent because their lots are frozen.
    frozen: Credits,
    held: Credits,
    debt: Credits,
    lots: Vec<LotView>,
    holds: Vec<HoldView>,
    items: Vec<EntryView>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct LotView {
    source: Source,
    remaining: Credits,
    expires_at: Option<Timestamp>,
    /// Null unless the lot is frozen.
    frozen: Option<FreezeView>,
}

/// The freeze of a lot. The person does not read the actor.
#[derive(Serialize)]
struct FreezeView {
    reason: String,
    at: Timestamp,
}

#[derive(Serialize)]
struct HoldView {
    generation: GenerationId,
    amount: Credits,
    expires_at: Timestamp,
}

#[derive(Serialize)]
struct EntryView {
    version: u64,
    at: Timestamp,
    kind: EntryKind,
    available_change: i64,
    frozen_change: i64,
    held_change: i64,
    debt_change: i64,
    generation: Option<GenerationId>,
    /// Of a settlement: the model.
    model: Option<String>,
    /// Of a grant: the source of the lot.
    source: Option<Source>,
    /// Of an adjustment: the reason, for users.
    reason: Option<String>,
    /// Of a clawback: the event that undid the payment.
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
