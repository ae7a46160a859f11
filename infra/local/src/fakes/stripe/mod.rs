//! Stripe: Checkout Sessions in payment mode with their hosted page, PaymentIntents, and
//! signed webhooks.
//!
//! Source of the protocol: `https://docs.stripe.com/api`, and the answers that its users
//! publish. The fake refuses every parameter that it does not know, even if Stripe knows
//! it. So it never ignores a parameter.
//!
//! [`FakeStripe::handle`] answers one request, and [`FakeStripe::take_webhooks`] returns
//! the deliveries that are due. Both get the time as an argument and do no I/O.
//! [`StripeKnobs`] make the fake fail as the real service fails. The caller delivers the
//! webhooks that are due before it returns an answer with the extension [`WebhookFirst`]:
//! as at Stripe, the buyer comes back after we know of the payment.

mod api;
mod control;
mod deliveries;
mod fake;
mod form;
mod idempotency;
mod knobs;
mod page;
mod problem;
mod session;
mod settings;
mod state;
mod submission;
#[cfg(test)]
mod tests;

pub use super::{deliveries::Webhook, response::WebhookFirst, server::serve};
pub use fake::{FakeStripe, StripeProtocol};
pub use knobs::{PaymentMode, StripeCounts, StripeKnobs, StripeWebhookMode};
pub use settings::{API_VERSION, FakeStripeSettings};
