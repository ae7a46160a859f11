//! The hosted page, in its plainest form.

use super::{session::CheckoutSession, state::StripeState, submission::OrderLine};
use crate::fakes::response::WebhookFirst;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use jiff::Timestamp;

pub(super) fn answer(state: &mut StripeState, now: Timestamp, method: &Method, id: &str) -> Response<Bytes> {
    let intent = state.new_id("pi_3", 23, now);
    let knobs = state.knobs.clone();
    let Some(session) = state.session(id) else {
        return page(StatusCode::NOT_FOUND, "<h1>There is no such page</h1>");
    };
    if session.is_expired() {
        return page(StatusCode::GONE, "<h1>This page has expired</h1><p>Nothing was paid.</p>");
    }
    match *method {
        Method::GET | Method::HEAD => page(StatusCode::OK, &offer(session)),
        Method::POST if session.is_open() => {
            let back = back(session);
            let (at, kind, object) = session.pay(intent, &knobs, now);
            state.counts.payments += 1;
            state.tell(at, kind, &object);
            back
        }
        // A second press of the button has no effect.
        Method::POST => back(session),
        _ => page(StatusCode::METHOD_NOT_ALLOWED, "<h1>The method is not allowed here</h1>"),
    }
}

fn back(session: &CheckoutSession) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(url) = HeaderValue::try_from(session.success_url()) {
        answer.headers_mut().insert(header::LOCATION, url);
    }
    answer.extensions_mut().insert(WebhookFirst);
    answer
}

fn offer(session: &CheckoutSession) -> String {
    let order = &session.order;
    let line = |line: &OrderLine| format!("<li>{} × {}</li>", line.quantity, escaped(&line.name));
    let lines: String = order.lines.iter().map(line).collect();
    let (total, currency) = (order.total(), order.currency.to_ascii_uppercase());
    let amount = format!("{currency} {}.{:02}", total / 100, total % 100);
    let buttons = match session.is_open() {
        true => "<form method=\"post\"><button id=\"pay\">Pay</button></form>",
        false => "<p id=\"paid\">This has been paid.</p>",
    };
    let cancel =
        order.cancel_url.as_deref().map(|url| format!("<p><a id=\"cancel\" href=\"{}\">Cancel</a></p>", escaped(url)));
    format!(
        "<h1>Pay <span id=\"amount\">{amount}</span></h1><ul>{lines}</ul>{buttons}{}\
         <p>This is a fake of Stripe on this machine. No money moves.</p>",
        cancel.unwrap_or_default()
    )
}

fn page(status: StatusCode, body: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Checkout</title><body>{body}</body></html>\n"
    );
    let mut answer = Response::new(Bytes::from(html));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
