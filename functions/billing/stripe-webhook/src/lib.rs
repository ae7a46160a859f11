//! `POST /v1/webhooks/stripe`: Stripe says what became of a payment.
//!
//! What was paid for is granted once for each PaymentIntent, whatever the event and
//! however often it comes. It is acknowledged only once it is granted, or when there is
//! proof that nothing is to be granted; everything else Stripe delivers again.

use billing::{Event, Fulfilment, OrderKeys, Payments, Plans, SigningSecrets};
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    secrets: SigningSecrets,
    fulfilment: Fulfilment,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["order-mac-key", "stripe-webhook-secret"]).await?;
        Ok(Self {
            secrets: SigningSecrets::from_secrets(secrets.get("stripe-webhook-secret")?.accepted())?,
            fulfilment: Fulfilment {
                plans: Plans::built_in()?,
                orders: OrderKeys::from_keys(secrets.get("order-mac-key")?.accepted())?,
                payments: Payments::new(init.table("CREDITS_TABLE")?),
            },
        })
    }
}

/// Takes one webhook: 204 once it is granted, or when there is nothing to grant.
///
/// # Errors
/// `bad_signature` (also for a timestamp more than five minutes off), `malformed`,
/// `unavailable` (also while the account is not active), `internal`: Stripe sends it again.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    deps.secrets.verify(request.header("stripe-signature"), request.body(), ctx.now)?;
    let event = Event::parse(request.body())?;
    deps.fulfilment.take(&event, &ctx.ids, ctx.now).await?;
    Ok(Response::empty(204))
}
