//! Parses a request to create a session.

use super::{form::FormParameters, problem::StripeProblem};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use url::Url;

/// How long after its creation a session may expire.
const LIFETIME: (SignedDuration, SignedDuration) = (SignedDuration::from_mins(30), SignedDuration::from_hours(24));

/// Smallest total, in the minor unit: `https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts`.
const CURRENCIES: &[(&str, u64)] = &[("eur", 50), ("gbp", 30), ("usd", 50)];

/// A valid request for a session.
#[derive(Debug, Clone)]
pub(super) struct SessionRequest {
    pub lines: Vec<OrderLine>,
    pub currency: String,
    pub client_reference_id: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub intent_metadata: BTreeMap<String, String>,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct OrderLine {
    pub name: String,
    pub unit_amount: u64,
    pub quantity: u64,
}

impl SessionRequest {
    pub fn total(&self) -> u64 {
        self.lines.iter().map(|line| line.unit_amount.saturating_mul(line.quantity)).fold(0, u64::saturating_add)
    }
}

pub(super) fn order(now: Timestamp, mut form: FormParameters) -> Result<SessionRequest, StripeProblem> {
    let mode = form.require("mode")?;
    if mode != "payment" {
        return Err(StripeProblem::invalid(
            "mode",
            None,
            format!("Invalid mode: this fake sells in mode payment, not {mode}."),
        ));
    }
    let (lines, currency) = lines(&mut form)?;
    let order = SessionRequest {
        lines,
        currency,
        client_reference_id: limited(&mut form, "client_reference_id", 200)?,
        metadata: metadata(&mut form, "metadata")?,
        intent_metadata: metadata(&mut form, "payment_intent_data[metadata]")?,
        success_url: web_address(&mut form, "success_url")?.ok_or_else(|| StripeProblem::missing("success_url"))?,
        cancel_url: web_address(&mut form, "cancel_url")?,
        expires_at: expires_at(now, &mut form)?,
    };
    boolean(&mut form, "adaptive_pricing[enabled]")?;
    form.finish()?;
    let least = CURRENCIES.iter().find(|(code, _)| *code == order.currency).map_or(0, |(_, least)| *least);
    if order.total() < least {
        let message = "The Checkout Session's total amount due must add up to at least the minimum charge amount.";
        return Err(StripeProblem::invalid("line_items", Some("amount_too_small"), message));
    }
    Ok(order)
}

fn lines(form: &mut FormParameters) -> Result<(Vec<OrderLine>, String), StripeProblem> {
    let (mut lines, mut currency) = (Vec::new(), None);
    while form.has(&format!("line_items[{}]", lines.len())) {
        let at = format!("line_items[{}]", lines.len());
        let price = format!("{at}[price_data]");
        let name = format!("{price}[currency]");
        let of_line = form.require(&name)?.to_ascii_lowercase();
        if !CURRENCIES.iter().any(|(code, _)| *code == of_line) {
            return Err(StripeProblem::invalid(&name, None, format!("Invalid currency: {of_line}.")));
        }
        if currency.get_or_insert_with(|| of_line.clone()) != &of_line {
            return Err(StripeProblem::invalid(
                "line_items",
                None,
                "All prices on a Checkout Session must have the same currency.",
            ));
        }
        let (amount, quantity) = (format!("{price}[unit_amount]"), format!("{at}[quantity]"));
        let quantity = match form.integer(&quantity)? {
            None => return Err(StripeProblem::missing(&quantity)),
            Some(0) => {
                return Err(StripeProblem::invalid(
                    &quantity,
                    Some("parameter_invalid_integer"),
                    "This value must be greater than or equal to 1.",
                ));
            }
            Some(quantity) => quantity,
        };
        let unit_amount = form.integer(&amount)?.ok_or_else(|| StripeProblem::missing(&amount))?;
        let name = form.require(&format!("{price}[product_data][name]"))?;
        lines.push(OrderLine { name, unit_amount, quantity });
    }
    let currency = currency.ok_or_else(|| StripeProblem::missing("line_items"))?;
    Ok((lines, currency))
}

fn limited(form: &mut FormParameters, name: &str, most: usize) -> Result<Option<String>, StripeProblem> {
    match form.take(name) {
        Some(text) if text.chars().count() > most => {
            Err(StripeProblem::invalid(name, None, format!("Invalid string: must be at most {most} characters")))
        }
        text => Ok(text),
    }
}

fn boolean(form: &mut FormParameters, name: &str) -> Result<(), StripeProblem> {
    match form.take(name).as_deref() {
        None | Some("true" | "false") => Ok(()),
        Some(text) => Err(StripeProblem::invalid(name, None, format!("Invalid boolean: {text}"))),
    }
}

/// `https://docs.stripe.com/api/metadata`
fn metadata(form: &mut FormParameters, name: &str) -> Result<BTreeMap<String, String>, StripeProblem> {
    let metadata = form.map(name)?;
    let too_long = |(key, value): (&String, &String)| key.chars().count() > 40 || value.chars().count() > 500;
    if metadata.len() > 50 || metadata.iter().any(too_long) {
        let message = "Metadata has up to 50 keys of up to 40 characters, and values of up to 500 characters.";
        return Err(StripeProblem::invalid(name, None, message));
    }
    Ok(metadata)
}

fn web_address(form: &mut FormParameters, name: &str) -> Result<Option<String>, StripeProblem> {
    let Some(text) = form.take(name) else { return Ok(None) };
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(text)),
        _ => Err(StripeProblem::invalid(name, Some("url_invalid"), "Not a valid URL")),
    }
}

fn expires_at(now: Timestamp, form: &mut FormParameters) -> Result<Timestamp, StripeProblem> {
    let after = |lifetime: SignedDuration| now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    let Some(second) = form.integer("expires_at")? else { return Ok(after(LIFETIME.1)) };
    let problem = |message| StripeProblem::invalid("expires_at", None, message);
    let expires_at = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
    let expires_at = expires_at.ok_or_else(|| problem("Invalid timestamp"))?;
    if expires_at.as_second() < after(LIFETIME.0).as_second() {
        return Err(problem("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."));
    }
    if expires_at > after(LIFETIME.1) {
        return Err(problem("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."));
    }
    Ok(expires_at)
}
