//! The meaning of Stripe's answers. Pure.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use jiff::Timestamp;
use kernel::{Error, Result};
use serde::Deserialize;
use std::time::Duration;

/// The wait that a client is told if Stripe names none.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The longest wait that a client is told. A wrong answer of Stripe must not keep buyers away.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

/// A hosted page on which an order is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Stripe's id of the Checkout Session.
    pub id: String,
    /// The URL of the page.
    pub url: String,
    /// The time until which the order can be paid.
    pub expires_at: Timestamp,
}

/// An error of Stripe: <https://docs.stripe.com/api/errors>. The message may repeat the request,
/// so it is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    r#type: String,
    code: Option<String>,
    param: Option<String>,
}

pub(super) fn checkout(answer: &Response<Bytes>) -> Result<Checkout> {
    #[derive(Deserialize)]
    struct Session {
        id: String,
        url: String,
        expires_at: i64,
    }
    if answer.status() != StatusCode::OK {
        return Err(refused(answer));
    }
    let unreadable = |_| Error::internal("Stripe's answer is no checkout session with a page");
    let Session { id, url, expires_at } = serde_json::from_slice(answer.body()).map_err(unreadable)?;
    Ok(Checkout { id, url, expires_at: Timestamp::from_second(expires_at).map_err(Error::internal)? })
}

fn refused(answer: &Response<Bytes>) -> Error {
    #[derive(Deserialize)]
    struct Envelope {
        error: Problem,
    }
    let status = answer.status();
    let problem = serde_json::from_slice(answer.body()).map_or_else(|_| Problem::default(), |it: Envelope| it.error);
    let text = format!("Stripe answered {status} {problem:?}");
    match status {
        StatusCode::BAD_REQUEST if problem.r#type == "idempotency_error" => Error::IdempotencyKeyReused,
        // Another request under the same key is under way, or an object is locked.
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => Error::unavailable(retry_after(answer), text),
        status if status.is_server_error() => Error::unavailable(retry_after(answer), text),
        _ => Error::internal(text),
    }
}

fn retry_after(answer: &Response<Bytes>) -> Duration {
    let seconds = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(RETRY_AFTER, Duration::from_secs).min(RETRY_AFTER_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(status: u16, body: &serde_json::Value) -> Response<Bytes> {
        Response::builder().status(status).header("retry-after", "7").body(body.to_string().into()).unwrap()
    }

    #[test]
    fn every_refusal_maps_to_one_error() {
        let cases = [
            (400, "idempotency_error", "idempotency_key_reused"),
            (400, "invalid_request_error", "internal"),
            (401, "invalid_request_error", "internal"),
            (402, "card_error", "internal"),
            (403, "invalid_request_error", "internal"),
            (404, "invalid_request_error", "internal"),
            (409, "idempotency_error", "unavailable"),
            (429, "invalid_request_error", "unavailable"),
            (500, "api_error", "unavailable"),
            (503, "api_error", "unavailable"),
        ];
        for (status, kind, code) in cases {
            let body = json!({"error": {"type": kind, "message": "No such thing: secret", "param": "x"}});
            let error = checkout(&answered(status, &body)).unwrap_err();
            assert_eq!(error.code(), code, "{status} {kind}");
            if let Some(cause) = error.cause() {
                assert!(!cause.to_string().contains("secret"), "a message may repeat what we sent: {cause}");
            }
            if let Error::Unavailable { retry_after, .. } = error {
                assert_eq!(retry_after, Duration::from_secs(7), "{status}");
            }
        }
        assert_eq!(checkout(&answered(502, &json!("a gateway's page"))).unwrap_err().code(), "unavailable");
        assert_eq!(checkout(&answered(200, &json!({"id": "cs_1", "url": null}))).unwrap_err().code(), "internal");
    }
}
