use serde::{Deserialize, Serialize};

/// How the fake behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// How people pay from now on.
    pub payment: Payment,
    /// Milliseconds from a payment that takes its time to its end.
    pub payment_after_ms: u64,
    /// How the webhooks of new events are delivered.
    pub webhook: WebhookMode,
    /// Milliseconds that a late webhook is late.
    pub late_ms: u64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { payment: Payment::default(), payment_after_ms: 2_000, webhook: WebhookMode::default(), late_ms: 10_000 }
    }
}

/// How people pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// At once, as by card.
    #[default]
    AtOnce,
    /// The checkout is complete, the money comes later, as by bank transfer.
    Later,
    /// The checkout is complete, the money never comes.
    LaterFails,
}

/// How webhooks are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookMode {
    /// Each event once, and again only when it is not answered with a 2xx.
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
