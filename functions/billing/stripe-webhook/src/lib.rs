//! `POST /v1/webhooks/stripe`: Stripe reports the progress of a payment.
//!
//! Credits are granted once for each PaymentIntent, regardless of the number of events. An event
//! is acknowledged only after the grant, or if it certainly grants nothing. Stripe delivers every
//! other event again. The metric `UngrantedPayments` counts each paid event that grants nothing.

use billing::{Fulfilment, OrderKeys, PaymentStore, Plans, SigningSecrets, StripeEvent};
use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
    metric::{self, Metric},
};
use std::sync::Arc;

/// The stage, for metrics, and the tables and secrets of this function.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    secrets: SigningSecrets,
    fulfilment: Fulfilment,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["order-mac-key", "stripe-webhook-secret"]).await?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            secrets: SigningSecrets::from_secrets(secrets.get("stripe-webhook-secret")?.accepted())?,
            fulfilment: Fulfilment {
                plans: Plans::built_in()?,
                orders: OrderKeys::from_keys(secrets.get("order-mac-key")?.accepted())?,
                payments: PaymentStore::new(init.table("CREDITS_TABLE")?),
            },
        })
    }
}

/// Accepts one webhook: 204 after the grant, or if there is nothing to grant.
///
/// # Errors
/// `bad_signature` (also for a timestamp more than five minutes off), `malformed`,
/// `unavailable` (also while the account is being deleted or has too many open lots), `internal`.
/// Stripe delivers the event again.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    deps.secrets.verify(request.header("stripe-signature"), request.body(), ctx.now)?;
    let event = StripeEvent::parse(request.body())?;
    let outcome = deps.fulfilment.fulfil(&event, &ctx.ids, ctx.now).await;
    // A fault of ours lasts until somebody removes it, and Stripe stops after three days.
    if outcome.as_ref().map_or_else(|error| matches!(error, Error::Internal(_)), |outcome| outcome.is_ungranted()) {
        metric::publish(&deps.stage, ctx.now, &[Metric { name: "UngrantedPayments", value: 1.0 }]);
    }
    outcome?.acknowledge()?;
    Ok(Response::empty(204))
}
