//! Stripe: <https://docs.stripe.com/api>

mod answer;
mod client;
mod event;
mod signature;

pub use answer::Checkout;
pub use client::{API_VERSION, Stripe};
pub use event::{EventKind, PaidCheckout, StripeEvent};
pub use signature::SigningSecrets;
