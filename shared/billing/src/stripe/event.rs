//! Events are parsed leniently: fields that we do not use may be missing or new, and unknown
//! events are ignored. Only a paid checkout that does not parse is an error, because its credits
//! are missing.

use kernel::{Error, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// An event: <https://docs.stripe.com/api/events>. Its data is a snapshot of the time
/// of the event. Events arrive late, twice and out of order. The fields that we read do not change
/// after a checkout was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeEvent {
    /// Stripe's id of the event, for the log. Two events may report the same payment.
    pub id: String,
    /// The meaning of the event.
    pub kind: EventKind,
}

/// The meaning of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A checkout was paid.
    Paid(PaidCheckout),
    /// A checkout is complete, and its payment is still open.
    Unpaid,
    /// Another event, which grants nothing.
    Other,
}

/// A checkout that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidCheckout {
    /// The order id of the checkout, not yet verified.
    pub order: Option<String>,
    /// The PaymentIntent.
    pub intent: String,
    /// The paid amount, in the minor unit of the currency.
    pub amount: u64,
    /// The currency's code, in lower case.
    pub currency: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    id: String,
    #[serde(default)]
    r#type: String,
    #[serde(default, borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(default, borrow)]
    object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Session {
    mode: String,
    payment_status: String,
    #[serde(default)]
    payment_intent: Option<Expandable>,
    #[serde(default)]
    amount_total: Option<u64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

/// An object that Stripe sends as its id or as a whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expandable {
    Id(String),
    Object { id: String },
}

impl StripeEvent {
    /// Parses the body of a webhook with a verified signature.
    ///
    /// # Errors
    /// `malformed` if the body is no JSON object. `internal` if a checkout does not parse: Stripe
    /// delivers the event again, to a version of ours that can parse it.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let malformed = |_| Error::Malformed("The body is not an event.".to_owned());
        let Envelope { id, r#type, data } = serde_json::from_slice(body).map_err(malformed)?;
        let kind = match r#type.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                let object = data.and_then(|data| data.object).map_or("null", RawValue::get);
                serde_json::from_str::<Session>(object).ok().and_then(Session::kind).ok_or_else(|| {
                    Error::internal(format!("the checkout session of event {id} has an unknown shape"))
                })?
            }
            _ => EventKind::Other,
        };
        Ok(Self { id, kind })
    }
}

impl Session {
    /// `None` if the session is paid and a field of the payment is missing.
    fn kind(self) -> Option<EventKind> {
        match (self.mode.as_str(), self.payment_status.as_str()) {
            ("payment", "paid") => Some(EventKind::Paid(PaidCheckout {
                order: self.metadata.and_then(|mut metadata| metadata.remove("order")),
                intent: match self.payment_intent? {
                    Expandable::Id(id) | Expandable::Object { id } => id,
                },
                amount: self.amount_total?,
                currency: self.currency?,
            })),
            ("payment", "unpaid") => Some(EventKind::Unpaid),
            // Subscriptions grant credits by their invoice lines. We sell nothing that is free.
            _ => Some(EventKind::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(kind: &str, object: &Value) -> Result<StripeEvent> {
        StripeEvent::parse(
            json!({"id": "evt_1", "object": "event", "type": kind, "data": {"object": object}}).to_string().as_bytes(),
        )
    }

    fn session(change: impl FnOnce(&mut Value)) -> Value {
        let mut session = json!({
            "id": "cs_1", "object": "checkout.session", "mode": "payment", "payment_status": "paid",
            "payment_intent": "pi_1", "amount_total": 999, "currency": "eur", "metadata": {"order": "o"},
            "a_new_field": {"of": ["any", "shape"]},
        });
        change(&mut session);
        session
    }

    #[test]
    fn a_paid_checkout_has_order_amount_and_currency() {
        let paid = PaidCheckout { order: Some("o".into()), intent: "pi_1".into(), amount: 999, currency: "eur".into() };
        for kind in ["checkout.session.completed", "checkout.session.async_payment_succeeded"] {
            assert_eq!(event(kind, &session(|_| {})).unwrap().kind, EventKind::Paid(paid.clone()), "{kind}");
        }
        let expanded = session(|it| it["payment_intent"] = json!({"id": "pi_1", "object": "payment_intent"}));
        assert_eq!(event("checkout.session.completed", &expanded).unwrap().kind, EventKind::Paid(paid.clone()));
        let stranger = session(|it| it["metadata"] = json!({}));
        let stranger = event("checkout.session.completed", &stranger).unwrap();
        assert_eq!(stranger.kind, EventKind::Paid(PaidCheckout { order: None, ..paid }));
    }

    #[test]
    fn other_events_grant_nothing() {
        let unpaid = session(|it| it["payment_status"] = json!("unpaid"));
        assert_eq!(event("checkout.session.completed", &unpaid).unwrap().kind, EventKind::Unpaid);
        let free = session(|it| it["payment_status"] = json!("no_payment_required"));
        let subscription = session(|it| it["mode"] = json!("subscription"));
        for (kind, object) in [
            ("checkout.session.completed", free),
            ("checkout.session.completed", subscription),
            ("checkout.session.expired", session(|_| {})),
            ("checkout.session.async_payment_failed", session(|_| {})),
            ("charge.succeeded", json!({"id": "ch_1", "amount": 999})),
            ("a.new.event", json!(null)),
        ] {
            assert_eq!(event(kind, &object).unwrap().kind, EventKind::Other, "{kind}");
        }
        for body in ["{}", r#"{"id":"evt_1"}"#, r#"{"type":"v2.core.event","data":null}"#] {
            assert_eq!(StripeEvent::parse(body.as_bytes()).unwrap().kind, EventKind::Other, "{body}");
        }
    }

    #[test]
    fn a_paid_checkout_that_does_not_parse_is_delivered_again() {
        for name in ["payment_intent", "amount_total", "currency", "mode", "payment_status"] {
            let broken = session(|it| it[name] = json!({}));
            assert_eq!(event("checkout.session.completed", &broken).unwrap_err().code(), "internal", "{name}");
            let missing = session(|it| it[name] = json!(null));
            assert_eq!(event("checkout.session.completed", &missing).unwrap_err().code(), "internal", "{name}");
        }
        for body in ["", "7", "{\"id\":"] {
            assert!(matches!(StripeEvent::parse(body.as_bytes()), Err(Error::Malformed(_))), "{body}");
        }
    }
}
