//! The settings of the fake Stripe.

use crate::fakes::clock::FakeClock;

/// The API version of the fake.
pub const API_VERSION: &str = "2026-10-28.endive";

/// The settings of a fake Stripe.
#[derive(Debug, Clone)]
pub struct FakeStripeSettings {
    /// The address of the fake, without a slash at the end. The paths of the API begin with `/v1`,
    /// those of the hosted pages with `/c/pay`.
    pub public_base: String,
    /// The one secret key that the fake accepts.
    pub secret_key: String,
    /// The secret that signs webhooks, `whsec_…`.
    pub webhook_secret: String,
    /// The address for events.
    pub webhook_url: String,
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeStripeSettings {
    /// Settings with the keys of the local platform, which are valid nowhere else.
    #[must_use]
    pub fn new(public_base: impl Into<String>, webhook_url: impl Into<String>) -> Self {
        Self {
            public_base: public_base.into(),
            secret_key: "sk_test_local".to_owned(),
            webhook_secret: "whsec_local_stripe_secret".to_owned(),
            webhook_url: webhook_url.into(),
            clock: FakeClock::system(),
        }
    }
}
