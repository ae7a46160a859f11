//! From a verified event to credits.

use crate::{
    order::OrderKeys,
    payments::{Granted, Payment, Payments},
    plan::Plans,
    stripe::{Event, Notice, PaidCheckout},
};
use jiff::Timestamp;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Error, Ids, Result};
use std::time::Duration;

/// How long Stripe is asked to wait while an account is not active. Stripe keeps to its own
/// growing pauses whatever is asked, for up to three days.
const RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// What became of an event. All of these are acknowledged: delivering it again would
/// change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fulfilled {
    /// The pack is granted, by this event or an earlier one.
    Granted,
    /// The checkout is complete and its payment is still under way. An event of its own
    /// tells when the money has come.
    Waiting,
    /// It is about nothing that we sell here.
    NotOurs,
    /// It is not what we sold: the reason. Nothing was granted.
    Refused(&'static str),
    /// The account does not exist (any more). Nothing was written.
    NoAccount,
}

/// Grants what was paid for.
#[derive(Debug)]
pub struct Fulfilment {
    /// What is sold.
    pub plans: Plans,
    /// What tells our orders from others.
    pub orders: OrderKeys,
    /// Where the payments are kept.
    pub payments: Payments,
}

impl Fulfilment {
    /// Acts on an event whose signature was checked. May be repeated.
    ///
    /// An account that is frozen or being deleted gets nothing now, and yet the money has
    /// been paid: this is not acknowledged, so that Stripe delivers it again for up to three
    /// days. A freeze that was lifted and a deletion that was called off then get their
    /// credits; after an erasure the account is gone and the event is acknowledged.
    ///
    /// # Errors
    /// `unavailable`: also for an account that is not active, or has too many lots open.
    pub async fn take(&self, event: &Event, ids: &Ids, now: Timestamp) -> Result<Fulfilled> {
        let outcome = match &event.notice {
            Notice::Paid(checkout) => self.paid(event, checkout, ids, now).await?,
            Notice::Unpaid => Fulfilled::Waiting,
            Notice::Other => Fulfilled::NotOurs,
        };
        let event = event.id.as_str();
        match outcome {
            Fulfilled::Refused(reason) => tracing::error!(event, reason, "a payment grants nothing"),
            Fulfilled::NoAccount => tracing::warn!(event, "a payment for an account that is gone"),
            Fulfilled::Granted | Fulfilled::Waiting | Fulfilled::NotOurs => {}
        }
        Ok(outcome)
    }

    async fn paid(&self, event: &Event, checkout: &PaidCheckout, ids: &Ids, now: Timestamp) -> Result<Fulfilled> {
        let payment = match self.judge(event, checkout) {
            Ok(payment) => payment,
            Err(outcome) => return Ok(outcome),
        };
        let granted = self.payments.grant(&payment, ids, now).await;
        #[cfg(feature = "planted-faults")]
        if granted.is_err() && planted(Planted::AcknowledgeFirst) {
            return Ok(Fulfilled::Granted);
        }
        match granted {
            Ok(Granted::Yes) => Ok(Fulfilled::Granted),
            Ok(Granted::NoAccount) => Ok(Fulfilled::NoAccount),
            Err(error @ (Error::AccountNotActive | Error::TooManyLots { .. })) => {
                Err(Error::unavailable(RETRY_AFTER, format!("a payment cannot be granted now: {}", error.code())))
            }
            Err(error) => Err(error),
        }
    }

    fn judge(&self, event: &Event, checkout: &PaidCheckout) -> Result<Payment, Fulfilled> {
        let text = checkout.order.as_deref().ok_or(Fulfilled::NotOurs)?;
        let order = self.orders.verify(text).ok_or(Fulfilled::Refused("the order is forged"))?;
        let plan = self.plans.find(&order.plan).ok_or(Fulfilled::Refused("there is no such plan"))?;
        if !checkout.currency.eq_ignore_ascii_case(plan.price.currency.code()) {
            return Err(Fulfilled::Refused("the currency is not the plan's"));
        }
        if checkout.amount != plan.price.amount {
            return Err(Fulfilled::Refused("the amount is not the plan's"));
        }
        Ok(Payment {
            account: order.account,
            intent: checkout.intent.clone(),
            order: order.id.to_string(),
            plan: plan.id.clone(),
            paid: plan.price,
            credits: plan.credits,
            event: event.id.clone(),
        })
    }
}
