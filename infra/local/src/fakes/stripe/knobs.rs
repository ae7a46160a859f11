//! The knobs of the fake Stripe, and its counts.

use serde::{Deserialize, Serialize};

/// How the fake behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripeKnobs {
    /// How buyers pay from now on.
    pub payment: PaymentMode,
    /// Milliseconds from a delayed payment to its end.
    pub payment_after_ms: u64,
    /// How the webhooks of new events are delivered.
    pub webhook: StripeWebhookMode,
    /// The delay of a late webhook, in milliseconds.
    pub late_ms: u64,
}

impl Default for StripeKnobs {
    fn default() -> Self {
        Self {
            payment: PaymentMode::default(),
            payment_after_ms: 2_000,
            webhook: StripeWebhookMode::default(),
            late_ms: 10_000,
        }
    }
}

/// How buyers pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMode {
    /// At once, as by card.
    #[default]
    AtOnce,
    /// The checkout is complete, and the money comes later, as by bank transfer.
    Later,
    /// The checkout is complete, and the money never comes.
    LaterFails,
}

/// How webhooks are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StripeWebhookMode {
    /// Each event once, and again only after an answer that is not a 2xx.
    #[default]
    Once,
    /// No event at all.
    Never,
    /// Each event twice, with the same id.
    Twice,
    /// Each event once, after the buyer is back.
    Late,
    /// Signed with another secret.
    BadSignature,
    /// With a timestamp of ten minutes ago, correctly signed.
    Stale,
}

/// The events so far, for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StripeCounts {
    /// Requests to the API, refused ones included.
    pub requests: u64,
    /// Opened sessions. A replay opens none.
    pub sessions: u64,
    /// Payments: each is money.
    pub payments: u64,
    /// Events, undelivered ones included.
    pub events: u64,
}
