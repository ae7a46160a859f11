//! Errors in the shapes of Stripe.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

/// An error answer: `https://docs.stripe.com/api/errors`.
#[derive(Debug)]
pub(super) struct StripeProblem {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

impl StripeProblem {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, kind: "invalid_request_error", code: None, param: None, message: message.into() }
    }

    /// An invalid parameter.
    pub fn invalid(param: &str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { code, param: Some(param.to_owned()), ..Self::new(StatusCode::BAD_REQUEST, message) }
    }

    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn unknown(param: &str) -> Self {
        Self::invalid(param, Some("parameter_unknown"), format!("Received unknown parameter: {param}"))
    }

    pub fn missing(param: &str) -> Self {
        Self::invalid(param, Some("parameter_missing"), format!("Missing required param: {param}."))
    }

    pub fn no_key() -> Self {
        let message = "You did not provide an API key. You need to provide your API key in the Authorization header, \
                       using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
                       https://stripe.com/docs/api#authentication for details, or we can help at \
                       https://support.stripe.com/.";
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub fn wrong_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid API Key provided: ****")
    }

    pub fn no_route(method: &http::Method, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
             https://support.stripe.com/."
        );
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub fn no_such(object: &str, param: &str, id: &str) -> Self {
        let problem = Self::new(StatusCode::NOT_FOUND, format!("No such {object}: '{id}'"));
        Self { code: Some("resource_missing"), param: Some(param.to_owned()), ..problem }
    }

    pub fn other_parameters(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{key}' if you meant to execute a different request."
        );
        Self { kind: "idempotency_error", ..Self::new(StatusCode::BAD_REQUEST, message) }
    }

    pub fn other_endpoint(key: &str, first: &str, now: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{now}' vs \
             '{first}'). Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self { kind: "idempotency_error", ..Self::new(StatusCode::BAD_REQUEST, message) }
    }

    pub fn into_response(self) -> Response<Bytes> {
        let mut error =
            Map::from_iter([("message".to_owned(), json!(self.message)), ("type".to_owned(), json!(self.kind))]);
        if let Some(code) = self.code {
            error.insert("code".to_owned(), json!(code));
            error.insert(
                "doc_url".to_owned(),
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))),
            );
        }
        if let Some(param) = self.param {
            error.insert("param".to_owned(), json!(param));
        }
        json_answer(self.status, &json!({ "error": error }))
    }
}

/// An answer with a JSON body.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(format!("{body:#}\n")));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
