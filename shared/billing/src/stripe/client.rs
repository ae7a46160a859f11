use super::answer::{self, Checkout};
use crate::{order::NewOrder, plan::Plan};
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use kernel::{Error, Result};
use net::Http;
use url::form_urlencoded::Serializer;

/// The version of the API that requests use. Pin the webhook endpoint at Stripe to the same
/// version. Events are nevertheless parsed leniently.
pub const API_VERSION: &str = "2026-10-28.endive";

/// The place in the address of the return that Stripe fills with the id of the page.
const PAGE_ID: &str = "{CHECKOUT_SESSION_ID}";

/// The largest answer that is read, in bytes. Every Checkout Session is smaller.
const ANSWER_BYTES: u64 = 256 * 1024;

/// The client of Stripe's API. Cheap to clone.
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
    /// `internal` if the key is not a valid header value.
    pub fn new(http: Http, api: &str, secret_key: &str) -> Result<Self> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {secret_key}")).map_err(|_| Error::internal("no Stripe key"))?;
        authorization.set_sensitive(true);
        Ok(Self { http, api: api.trim_end_matches('/').to_owned(), authorization })
    }

    /// Opens a hosted page for an order. The page leads back to `public_origin`. One request. The
    /// same order gets the same page.
    ///
    /// # Errors
    /// `idempotency_key_reused` if the order's key was used for another plan; `unavailable` if
    /// Stripe does not answer or is too busy (the page may be open; a repetition answers it);
    /// `internal` if Stripe refuses the request.
    pub async fn open_checkout(&self, order: &NewOrder, plan: &Plan, public_origin: &str) -> Result<Checkout> {
        let request = Request::post(format!("{}/v1/checkout/sessions", self.api))
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("stripe-version", API_VERSION)
            .header("idempotency-key", &order.idempotency_key)
            .body(Bytes::from(form(order, plan, public_origin)))
            .map_err(|_| Error::internal("the request to Stripe is not valid"))?;
        answer::checkout(&self.http.fetch(request, ANSWER_BYTES).await?)
    }
}

/// The form of a request. It has the price, so that the plans have one source. Stripe must not
/// convert the currency, because the payment is compared with the price of the plan.
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
        .append_pair("success_url", &format!("{public_origin}/plans?checkout=success&session={PAGE_ID}"))
        .append_pair("cancel_url", &format!("{public_origin}/plans?checkout=canceled"))
        .append_pair("expires_at", &order.expires_at.as_second().to_string())
        .finish()
}

#[cfg(test)]
mod tests;
