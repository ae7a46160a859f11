//! `POST /v1/checkouts`: opens a page at Stripe on which a plan is paid (P14: no card data ever
//! reaches us). Nothing is stored: Stripe keeps the signed order and returns it.
//!
//! The `Idempotency-Key` header is required. The same request with the same key answers the same
//! page within the hour. An account may open ten pages in ten minutes.

use accounts::{AccountStore, FreshCaller};
use billing::{Checkout, CheckoutKey, OrderKeys, Plans, Stripe};
use contract::Route;
use credits::{Balance, CreditStore};
use kernel::{Error, Result, Timestamp};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session::Verifier;
use std::sync::Arc;
use transient::{AccountRates, CHECKOUTS};

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
    credits: CreditStore,
    plans: Plans,
    orders: OrderKeys,
    stripe: Stripe,
    public_origin: String,
    rates: AccountRates,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["order-mac-key", "stripe-secret-key"]).await?;
        let stripe_key = secrets.get("stripe-secret-key")?.current();
        Ok(Self {
            verifier: init.verifier()?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            plans: Plans::built_in()?,
            orders: OrderKeys::from_keys(secrets.get("order-mac-key")?.accepted())?,
            stripe: Stripe::new(init.vendors()?, init.var("STRIPE_API")?, stripe_key)?,
            public_origin: init.var("PUBLIC_ORIGIN")?.to_owned(),
            rates: AccountRates::new(init.table("TRANSIENT_TABLE")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::post("/v1/checkouts", "Open a page on which a plan is paid")
        .about(
            "The credits arrive when Stripe has reported the payment. A repeated request answers the same page until \
             the next full hour.",
        )
        .protected()
        .needs_key()
        .reads::<Body>()
        .answers::<Answer>(201, "the URL of a hosted page at Stripe")
        .limited(CHECKOUTS)
        .fails(&["account_not_active", "too_many_lots"])
}

/// Opens one page: 201.
///
/// # Errors
/// `unauthenticated` (also if the session was ended), `cross_origin`,
/// `idempotency_key_required`, `idempotency_key_reused` (for another plan), `invalid`,
/// `account_not_active`, `too_many_lots`, `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let key = CheckoutKey::parse(request.idempotency_key()?)?;
    let Body { plan } = request.json()?;
    let plan = deps.plans.require(&plan)?;
    let caller = deps.accounts.require_fresh(&caller, ctx.now).await?;
    let balance = deps.credits.read_balance(caller.account()).await?;
    may_buy(&caller, balance.as_ref(), ctx.now)?;
    let rate = deps.rates.count(CHECKOUTS, caller.account(), ctx.now).await?;
    let order = deps.orders.new_order(caller.account(), plan, &key, ctx.now)?;
    let checkout = deps.stripe.open_checkout(&order, plan, &deps.public_origin).await?;
    Ok(Response::json(201, &Answer::from(checkout)).rate_limit(&rate))
}

/// Refuses a purchase whose credits could not be granted.
fn may_buy(caller: &FreshCaller, balance: Option<&Balance>, now: Timestamp) -> Result<()> {
    let is_valid = |balance: &&Balance| balance.valid_from <= caller.caller().issued_at;
    balance.filter(is_valid).ok_or(Error::Unauthenticated)?.can_take_a_lot(now)
}

/// A request for a page on which a plan is paid.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CheckoutRequest")]
struct Body {
    /// The id of a plan of `GET /v1/plans`.
    plan: String,
}

/// A page on which a plan is paid.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Checkout")]
struct Answer {
    /// The id of the page at Stripe.
    id: String,
    /// The page, to be opened in the person's browser.
    #[schemars(url)]
    url: String,
    /// The time until which the page can be paid.
    #[schemars(with = "kernel::schema::Time")]
    expires_at: Timestamp,
}

impl From<Checkout> for Answer {
    fn from(Checkout { id, url, expires_at }: Checkout) -> Self {
        Self { id, url, expires_at }
    }
}
