//! What Stripe's answers mean. Pure: every rule is a function of what came back.

use super::Checkout;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use jiff::Timestamp;
use kernel::{Error, Result};
use serde::Deserialize;
use std::time::Duration;

/// How long a client is asked to wait unless Stripe says otherwise.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The longest wait that is handed on: a nonsense answer must not turn buyers away.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

/// An error of Stripe's: <https://docs.stripe.com/api/errors>. Its message may repeat what
/// we sent, so it is not read.
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
    fn every_refusal_has_its_meaning() {
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
