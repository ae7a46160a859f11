//! A Checkout Session, and the PaymentIntent of its payment.

use super::{
    knobs::{PaymentMode, StripeKnobs},
    submission::SessionRequest,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// One session.
#[derive(Debug)]
pub(super) struct CheckoutSession {
    pub id: String,
    pub order: SessionRequest,
    /// The hosted page.
    url: String,
    created_at: Timestamp,
    state: SessionState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SessionState {
    Open,
    Expired,
    /// Complete; the money arrives or fails at `ends_at`.
    Processing {
        intent: String,
        ends_at: Timestamp,
        succeeds: bool,
    },
    Paid {
        intent: String,
    },
    Failed {
        intent: String,
    },
}

/// An event: its time, its type, and the session at that time.
pub(super) type SessionEvent = (Timestamp, &'static str, Value);

impl CheckoutSession {
    pub fn new(id: String, url: String, order: SessionRequest, now: Timestamp) -> Self {
        Self { id, order, url, created_at: now, state: SessionState::Open }
    }

    /// Moves the session to its status at `now`. Returns the event of the change.
    pub fn advance(&mut self, now: Timestamp) -> Option<SessionEvent> {
        let at = self.next_move().filter(|at| *at <= now)?;
        let (next, kind) = match self.state.clone() {
            SessionState::Processing { intent, succeeds: true, .. } => {
                (SessionState::Paid { intent }, "checkout.session.async_payment_succeeded")
            }
            SessionState::Processing { intent, .. } => {
                (SessionState::Failed { intent }, "checkout.session.async_payment_failed")
            }
            SessionState::Open | SessionState::Expired | SessionState::Paid { .. } | SessionState::Failed { .. } => {
                (SessionState::Expired, "checkout.session.expired")
            }
        };
        self.state = next;
        Some((at, kind, self.to_json()))
    }

    /// The time of its next change of status.
    pub fn next_move(&self) -> Option<Timestamp> {
        match &self.state {
            SessionState::Open => Some(self.order.expires_at),
            SessionState::Processing { ends_at, .. } => Some(*ends_at),
            SessionState::Expired | SessionState::Paid { .. } | SessionState::Failed { .. } => None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state == SessionState::Open
    }

    pub fn is_expired(&self) -> bool {
        self.state == SessionState::Expired
    }

    /// Ends an open session.
    pub fn expire(&mut self, now: Timestamp) -> SessionEvent {
        self.state = SessionState::Expired;
        (now, "checkout.session.expired", self.to_json())
    }

    /// Pays an open session.
    pub fn pay(&mut self, intent: String, knobs: &StripeKnobs, now: Timestamp) -> SessionEvent {
        let later = SignedDuration::from_millis(i64::try_from(knobs.payment_after_ms).unwrap_or(i64::MAX));
        let ends_at = now.saturating_add(later).unwrap_or(Timestamp::MAX);
        self.state = match knobs.payment {
            PaymentMode::AtOnce => SessionState::Paid { intent },
            PaymentMode::Later => SessionState::Processing { intent, ends_at, succeeds: true },
            PaymentMode::LaterFails => SessionState::Processing { intent, ends_at, succeeds: false },
        };
        (now, "checkout.session.completed", self.to_json())
    }

    /// The address for the buyer after the payment.
    pub fn success_url(&self) -> String {
        self.order.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    pub fn intent(&self) -> Option<&str> {
        match &self.state {
            SessionState::Open | SessionState::Expired => None,
            SessionState::Processing { intent, .. }
            | SessionState::Paid { intent }
            | SessionState::Failed { intent } => Some(intent),
        }
    }

    /// `https://docs.stripe.com/api/checkout/sessions/object`
    pub fn to_json(&self) -> Value {
        let order = &self.order;
        let (status, payment_status) = match &self.state {
            SessionState::Open => ("open", "unpaid"),
            SessionState::Expired => ("expired", "unpaid"),
            SessionState::Processing { .. } | SessionState::Failed { .. } => ("complete", "unpaid"),
            SessionState::Paid { .. } => ("complete", "paid"),
        };
        let buyer = self.intent().map(|_| {
            json!({
                "address": { "city": null, "country": "DE", "line1": null, "line2": null, "postal_code": null, "state": null },
                "email": "buyer@example.com", "name": "Buyer", "phone": null, "tax_exempt": "none", "tax_ids": [],
            })
        });
        json!({
            "id": self.id, "object": "checkout.session", "adaptive_pricing": { "enabled": false },
            "allow_promotion_codes": null, "amount_subtotal": order.total(), "amount_total": order.total(),
            "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
            "billing_address_collection": null, "cancel_url": order.cancel_url,
            "client_reference_id": order.client_reference_id, "client_secret": null, "created": self.created_at.as_second(),
            "currency": order.currency, "customer": null, "customer_creation": "if_required",
            "customer_details": buyer, "customer_email": null, "discounts": [],
            "expires_at": order.expires_at.as_second(), "invoice": null, "livemode": false, "locale": null,
            "metadata": order.metadata, "mode": "payment", "payment_intent": self.intent(), "payment_link": null,
            "payment_method_types": ["card"], "payment_status": payment_status, "recovered_from": null,
            "setup_intent": null, "status": status, "submit_type": null, "subscription": null,
            "success_url": order.success_url,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": "hosted_page", "url": self.is_open().then_some(&self.url),
        })
    }

    /// `https://docs.stripe.com/api/payment_intents/object`
    pub fn intent_json(&self) -> Option<Value> {
        let (intent, status, received) = match &self.state {
            SessionState::Open | SessionState::Expired => return None,
            SessionState::Processing { intent, .. } => (intent, "processing", 0),
            SessionState::Paid { intent } => (intent, "succeeded", self.order.total()),
            SessionState::Failed { intent } => (intent, "requires_payment_method", 0),
        };
        Some(json!({
            "id": intent, "object": "payment_intent", "amount": self.order.total(), "amount_capturable": 0,
            "amount_received": received, "canceled_at": null, "capture_method": "automatic_async",
            "confirmation_method": "automatic", "created": self.created_at.as_second(), "currency": self.order.currency,
            "customer": null, "description": null, "livemode": false, "metadata": self.order.intent_metadata,
            "payment_method_types": ["card"], "receipt_email": null, "status": status,
        }))
    }
}
