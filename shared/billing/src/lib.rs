//! Billing: the plans on sale, the checkout pages, and the credits that payments grant.
//!
//! A purchase is an [`Order`]: a signed id that contains account and plan. [`Stripe`] opens a
//! hosted page for it, so no card data ever reaches us (P14). The webhook of Stripe returns the
//! order. [`Fulfilment`] compares the payment with the order. [`PaymentStore`] grants the credits
//! once for each PaymentIntent, in the transaction that records the payment.

mod fulfilment;
mod order;
mod payments;
mod personal;
mod plan;
mod stripe;

pub use fulfilment::{Fulfilled, Fulfilment};
pub use order::{CheckoutKey, NewOrder, Order, OrderKeys};
pub use payments::{GrantOutcome, Payment, PaymentStore};
pub use plan::{Plan, PlanKind, Plans};
pub use stripe::{API_VERSION, Checkout, EventKind, PaidCheckout, SigningSecrets, Stripe, StripeEvent};
