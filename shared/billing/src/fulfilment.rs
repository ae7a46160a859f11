//! Turns verified events into granted credits.

use crate::{
    order::OrderKeys,
    payments::{GrantOutcome, Payment, PaymentStore},
    plan::Plans,
    stripe::{EventKind, PaidCheckout, StripeEvent},
};
use jiff::Timestamp;
use kernel::{Error, Ids, Result};
use std::time::Duration;

/// The wait that Stripe is told while credits cannot be granted. Stripe ignores it: it retries for
/// up to three days with growing pauses.
const RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fulfilled {
    /// The credits are granted, by this event or by an earlier one.
    Granted,
    /// The checkout is complete and its payment is still open. Another event follows when the
    /// money has arrived.
    Waiting,
    /// The event is not about an order of ours.
    NotOurs,
    /// The payment does not match an order, for this reason. Nothing was granted.
    Refused(&'static str),
    /// The account does not exist or was erased. Nothing was written.
    NoAccount,
    /// The credits cannot be granted now, for the reason with this code: the account is being
    /// deleted, or has too many open lots. Nothing was written.
    NotNow(&'static str),
}

impl Fulfilled {
    /// Whether money was paid, and nothing was granted for it.
    #[must_use]
    pub fn is_ungranted(self) -> bool {
        matches!(self, Self::Refused(_) | Self::NoAccount | Self::NotNow(_))
    }

    /// Acknowledges the event, unless another delivery may still grant the credits.
    ///
    /// # Errors
    /// `unavailable` for [`Self::NotNow`], so that Stripe delivers the event again.
    pub fn acknowledge(self) -> Result<()> {
        match self {
            Self::NotNow(code) => {
                Err(Error::unavailable(RETRY_AFTER, format!("a payment cannot be granted now: {code}")))
            }
            Self::Granted | Self::Waiting | Self::NotOurs | Self::Refused(_) | Self::NoAccount => Ok(()),
        }
    }
}

/// Grants the credits of paid orders.
#[derive(Debug)]
pub struct Fulfilment {
    /// The plans on sale.
    pub plans: Plans,
    /// The keys that verify our order ids.
    pub orders: OrderKeys,
    /// The stored payments.
    pub payments: PaymentStore,
}

impl Fulfilment {
    /// Acts on an event with a verified signature. Safe to repeat.
    ///
    /// A frozen account gets its credits, and cannot spend them. An account under deletion, and one
    /// with too many open lots, gets none now, although the money was paid. Its event is not
    /// acknowledged ([`Fulfilled::acknowledge`]), so Stripe delivers it again for up to three days. If
    /// the deletion is canceled or a lot is spent in that time, the account gets its credits. If the
    /// account is erased, the event is acknowledged.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn fulfil(&self, event: &StripeEvent, ids: &Ids, now: Timestamp) -> Result<Fulfilled> {
        let outcome = match &event.kind {
            EventKind::Paid(checkout) => self.grant(event, checkout, ids, now).await?,
            EventKind::Unpaid => Fulfilled::Waiting,
            EventKind::Other => Fulfilled::NotOurs,
        };
        let event = event.id.as_str();
        match outcome {
            Fulfilled::Refused(reason) => tracing::error!(event, reason, "a payment grants nothing"),
            Fulfilled::NoAccount => tracing::warn!(event, "a payment for an account that is gone"),
            Fulfilled::NotNow(reason) => tracing::warn!(event, reason, "a payment grants nothing now"),
            Fulfilled::Granted | Fulfilled::Waiting | Fulfilled::NotOurs => {}
        }
        Ok(outcome)
    }

    async fn grant(
        &self,
        event: &StripeEvent,
        checkout: &PaidCheckout,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Fulfilled> {
        let payment = match self.payment(event, checkout) {
            Ok(payment) => payment,
            Err(outcome) => return Ok(outcome),
        };
        match self.payments.grant(&payment, ids, now).await {
            Ok(GrantOutcome::Granted) => Ok(Fulfilled::Granted),
            Ok(GrantOutcome::NoAccount) => Ok(Fulfilled::NoAccount),
            Err(error @ (Error::AccountNotActive | Error::TooManyLots { .. })) => Ok(Fulfilled::NotNow(error.code())),
            Err(error) => Err(error),
        }
    }

    fn payment(&self, event: &StripeEvent, checkout: &PaidCheckout) -> Result<Payment, Fulfilled> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_that_may_still_grant_is_delivered_again() {
        for (outcome, ungranted, done) in [
            (Fulfilled::Granted, false, true),
            (Fulfilled::Waiting, false, true),
            (Fulfilled::NotOurs, false, true),
            (Fulfilled::Refused("the order is forged"), true, true),
            (Fulfilled::NoAccount, true, true),
            (Fulfilled::NotNow("too_many_lots"), true, false),
        ] {
            assert_eq!((outcome.is_ungranted(), outcome.acknowledge().is_ok()), (ungranted, done), "{outcome:?}");
        }
        let again = Fulfilled::NotNow("too_many_lots").acknowledge().unwrap_err();
        assert_eq!(again.code(), "unavailable");
        assert!(again.why().contains("too_many_lots"), "{again:?}");
    }
}
