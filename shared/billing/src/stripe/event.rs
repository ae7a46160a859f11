//! Events, read as tolerantly as money allows: fields that are not needed may be missing
//! or new, events that are not known mean nothing. Only a paid checkout that cannot be
//! read is an error, because somebody has paid.

use kernel::{Error, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// An event: <https://docs.stripe.com/api/events>. What it holds is a picture of the time
/// when it was made. Events come late, twice and out of order; what is read here does not
/// change after it has become true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stripe's id of the event, for the log. Two events may tell of the same payment.
    pub id: String,
    /// What it tells.
    pub notice: Notice,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A checkout was paid.
    Paid(PaidCheckout),
    /// A checkout is complete, and its payment is not.
    Unpaid,
    /// Nothing that grants anything.
    Other,
}

/// A checkout that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidCheckout {
    /// The order that it was opened for, not yet verified.
    pub order: Option<String>,
    /// The PaymentIntent.
    pub intent: String,
    /// What was paid, in the currency's minor unit.
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

/// An object that Stripe names by its id, or puts there as a whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expandable {
    Id(String),
    Object { id: String },
}

impl Event {
    /// Reads the body of a webhook whose signature was checked.
    ///
    /// # Errors
    /// `malformed` when it is no JSON object; `internal` when a checkout cannot be read, so
    /// that Stripe delivers it again to a version of ours that can.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let malformed = |_| Error::Malformed("The body is not an event.".to_owned());
        let Envelope { id, r#type, data } = serde_json::from_slice(body).map_err(malformed)?;
        let notice = match r#type.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                let object = data.and_then(|data| data.object).map_or("null", RawValue::get);
                serde_json::from_str::<Session>(object).ok().and_then(Session::notice).ok_or_else(|| {
                    Error::internal(format!("the checkout session of event {id} has a shape that is not known"))
                })?
            }
            _ => Notice::Other,
        };
        Ok(Self { id, notice })
    }
}

impl Session {
    /// `None` when it is paid and does not say what was paid.
    fn notice(self) -> Option<Notice> {
        match (self.mode.as_str(), self.payment_status.as_str()) {
            ("payment", "paid") => Some(Notice::Paid(PaidCheckout {
                order: self.metadata.and_then(|mut metadata| metadata.remove("order")),
                intent: match self.payment_intent? {
                    Expandable::Id(id) | Expandable::Object { id } => id,
                },
                amount: self.amount_total?,
                currency: self.currency?,
            })),
            ("payment", "unpaid") => Some(Notice::Unpaid),
            // Subscriptions grant by invoice lines alone; what cost nothing was not sold here.
            _ => Some(Notice::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(kind: &str, object: &Value) -> Result<Event> {
        Event::parse(
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
    fn a_paid_checkout_says_what_was_paid() {
        let paid = PaidCheckout { order: Some("o".into()), intent: "pi_1".into(), amount: 999, currency: "eur".into() };
        for kind in ["checkout.session.completed", "checkout.session.async_payment_succeeded"] {
            assert_eq!(event(kind, &session(|_| {})).unwrap().notice, Notice::Paid(paid.clone()), "{kind}");
        }
        let expanded = session(|it| it["payment_intent"] = json!({"id": "pi_1", "object": "payment_intent"}));
        assert_eq!(event("checkout.session.completed", &expanded).unwrap().notice, Notice::Paid(paid.clone()));
        let stranger = session(|it| it["metadata"] = json!({}));
        let stranger = event("checkout.session.completed", &stranger).unwrap();
        assert_eq!(stranger.notice, Notice::Paid(PaidCheckout { order: None, ..paid }));
    }

    #[test]
    fn what_is_not_a_paid_checkout_grants_nothing() {
        let unpaid = session(|it| it["payment_status"] = json!("unpaid"));
        assert_eq!(event("checkout.session.completed", &unpaid).unwrap().notice, Notice::Unpaid);
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
            assert_eq!(event(kind, &object).unwrap().notice, Notice::Other, "{kind}");
        }
        for body in ["{}", r#"{"id":"evt_1"}"#, r#"{"type":"v2.core.event","data":null}"#] {
            assert_eq!(Event::parse(body.as_bytes()).unwrap().notice, Notice::Other, "{body}");
        }
    }

    #[test]
    fn a_paid_checkout_that_cannot_be_read_is_delivered_again() {
        for name in ["payment_intent", "amount_total", "currency", "mode", "payment_status"] {
            let broken = session(|it| it[name] = json!({}));
            assert_eq!(event("checkout.session.completed", &broken).unwrap_err().code(), "internal", "{name}");
            let missing = session(|it| it[name] = json!(null));
            assert_eq!(event("checkout.session.completed", &missing).unwrap_err().code(), "internal", "{name}");
        }
        for body in ["", "7", "{\"id\":"] {
            assert!(matches!(Event::parse(body.as_bytes()), Err(Error::Malformed(_))), "{body}");
        }
    }
}
