//! Stripe: <https://docs.stripe.com/api>

mod answer;
mod event;
mod signature;
#[cfg(test)]
mod tests;

pub use event::{Event, Notice, PaidCheckout};
pub use signature::SigningSecrets;

use crate::{order::NewOrder, plan::Plan};
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use kernel::{Error, Result};
use net::Http;
use url::form_urlencoded::Serializer;

/// The version of the API that is spoken here. The webhook endpoint at Stripe is to be
/// pinned to the same one; what its events hold is read tolerantly all the same.
pub const API_VERSION: &str = "2026-10-28.endive";

/// Larger than any Checkout Session.
const ANSWER_BYTES: u64 = 256 * 1024;

/// A hosted page on which something can be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Stripe's id of it.
    pub id: String,
    /// Where to send the person.
    pub url: String,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
}

/// Stripe's API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stripe {
    http: Http,
    /// Without a slash at the end.
    api: String,
    authorization: HeaderValue,
}

impl Stripe {
    /// Stripe at `api`, such as `https://api.stripe.com`, with our secret key.
    ///
    /// # Errors
    /// `internal` when the key cannot stand in a header.
    pub fn new(http: Http, api: &str, secret_key: &str) -> Result<Self> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {secret_key}")).map_err(|_| Error::internal("no Stripe key"))?;
        authorization.set_sensitive(true);
        Ok(Self { http, api: api.trim_end_matches('/').to_owned(), authorization })
    }

    /// Opens a hosted page for an order, which leads back to `public_origin`. One request;
    /// the same order yields the same page.
    ///
    /// # Errors
    /// `idempotency_key_reused` when the order's key was used for another plan;
    /// `unavailable` when Stripe does not answer or is too busy (the page may have been
    /// opened: asking again yields it); `internal` when Stripe refuses what we sent.
    pub async fn open(&self, order: &NewOrder, plan: &Plan, public_origin: &str) -> Result<Checkout> {
        let request = Request::post(format!("{}/v1/checkout/sessions", self.api))
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("stripe-version", API_VERSION)
            .header("idempotency-key", &order.idempotency_key)
            .body(Bytes::from(form(order, plan, public_origin)))
            .map_err(|_| Error::internal("the request to Stripe cannot be spelt"))?;
        answer::checkout(&self.http.fetch(request, ANSWER_BYTES).await?)
    }
}

/// The price stands in the request and not at Stripe, so that the plans have one source.
/// It is charged as it stands: were it converted to the buyer's currency, the payment
/// would not equal the plan's price.
fn form(order: &NewOrder, plan: &Plan, public_origin: &str) -> String {
    Serializer::new(String::new())
        .append_pair("mode", "payment")
        .append_pair("line_items[0][quantity]", "1")
        .append_pair("line_items[0][price_data][currency]", &plan.price.currency.code().to_ascii_lowercase())
        .append_pair("line_items[0][price_data][unit_amount]", &plan.price.amount.to_string())
        .append_pair("line_items[0][price_data][product_data][name]", &plan.name)
        .append_pair("adaptive_pricing[enabled]", "false")
        .append_pair("client_reference_id", &order.id)
        .append_pair("metadata[order]", &order.id)
        .append_pair("payment_intent_data[metadata][order]", &order.id)
        .append_pair("success_url", &format!("{public_origin}/?checkout=success"))
        .append_pair("cancel_url", &format!("{public_origin}/?checkout=canceled"))
        .append_pair("expires_at", &order.expires_at.as_second().to_string())
        .finish()
}
