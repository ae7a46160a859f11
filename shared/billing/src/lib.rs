//! Billing: what can be bought, where it is paid, and the credits that come of it.
//!
//! A purchase is an [`Order`]: an id that carries account and plan and is signed by us.
//! [`Stripe`] opens a hosted page for it; no card detail ever reaches us (P14). Stripe's
//! webhook brings the order back. [`Fulfilment`] judges it, and [`Payments`] grants it once
//! for each PaymentIntent, in the same transaction that remembers the payment.

mod fulfil;
mod order;
mod payments;
mod personal;
mod plan;
mod stripe;

pub use fulfil::{Fulfilled, Fulfilment};
pub use order::{CheckoutKey, NewOrder, Order, OrderKeys};
pub use payments::{Granted, Payment, Payments};
pub use plan::{Plan, PlanKind, Plans};
pub use stripe::{API_VERSION, Checkout, Event, Notice, PaidCheckout, SigningSecrets, Stripe};
