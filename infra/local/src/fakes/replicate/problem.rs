//! Errors in the shapes of Replicate.

use crate::fakes::{knobs::Knobs, response::json_answer};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An error answer, in one of the shapes of Replicate.
#[derive(Debug)]
pub(super) struct ReplicateProblem {
    status: StatusCode,
    body: Value,
    retry_after_s: Option<u32>,
}

/// An invalid field: kind, path and sentence.
#[derive(Debug)]
pub(super) struct InvalidField {
    pub kind: &'static str,
    pub field: String,
    pub description: String,
}

impl ReplicateProblem {
    fn titled(status: StatusCode, title: &str, detail: &str) -> Self {
        let body = json!({ "title": title, "detail": detail, "status": status.as_u16() });
        Self { status, body, retry_after_s: None }
    }

    fn plain(status: StatusCode, detail: &str) -> Self {
        Self { status, body: json!({ "detail": detail, "status": status.as_u16() }), retry_after_s: None }
    }

    pub fn no_token() -> Self {
        Self::titled(StatusCode::UNAUTHORIZED, "Unauthenticated", "You did not pass an authentication token")
    }

    pub fn wrong_token() -> Self {
        Self::titled(StatusCode::UNAUTHORIZED, "Unauthenticated", "You did not pass a valid authentication token")
    }

    pub fn not_found() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "The requested resource could not be found.")
    }

    pub fn not_allowed() -> Self {
        Self::plain(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed here.")
    }

    pub fn malformed(detail: &str) -> Self {
        Self::plain(StatusCode::BAD_REQUEST, detail)
    }

    pub fn unknown_version() -> Self {
        let detail = "The specified version does not exist (or perhaps you don't have permission to use it?)";
        Self::titled(StatusCode::UNPROCESSABLE_ENTITY, "Invalid version or not permitted", detail)
    }

    pub fn invalid(fields: Vec<InvalidField>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let line = |f: &InvalidField| match f.field.as_str() {
            "" => format!("- {}\n", f.description),
            field => format!("- {field}: {}\n", f.description),
        };
        let detail: String = fields.iter().map(line).collect();
        let fields: Vec<Value> = fields
            .into_iter()
            .map(|f| json!({ "type": f.kind, "field": f.field, "description": f.description }))
            .collect();
        let title = "Input validation failed";
        let body = json!({ "detail": detail, "status": status.as_u16(), "title": title, "invalid_fields": fields });
        Self { status, body, retry_after_s: None }
    }

    pub fn out_of_credit() -> Self {
        let detail = "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing \
                      to purchase credit. Once you purchase credit, please wait a few minutes before trying again.";
        Self::titled(StatusCode::PAYMENT_REQUIRED, "Insufficient credit", detail)
    }

    pub fn throttled(knobs: &Knobs) -> Self {
        let wait = knobs.retry_after_s;
        let status = StatusCode::TOO_MANY_REQUESTS;
        let detail = format!("Request was throttled. Your rate limit resets in ~{wait}s.");
        let body = json!({ "detail": detail, "status": status.as_u16(), "retry_after": wait });
        Self { status, body, retry_after_s: Some(wait) }
    }

    pub fn unavailable(knobs: &Knobs) -> Self {
        let problem = Self::plain(StatusCode::SERVICE_UNAVAILABLE, "Service temporarily unavailable.");
        Self { retry_after_s: Some(knobs.retry_after_s), ..problem }
    }

    pub fn server_error() -> Self {
        Self::plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    pub fn into_response(self) -> Response<Bytes> {
        let mut answer = json_answer(self.status, &self.body);
        if let Some(wait) = self.retry_after_s {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        answer
    }
}
