//! Errors in the form of the Graph API.

use super::settings::GRAPH_VERSION;
use crate::fakes::{response::json_answer, sign_in::parameters::ParameterFault};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An error: "Handling Errors" in Meta's documentation of the Graph API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphProblem {
    status: StatusCode,
    pub(super) message: String,
    kind: &'static str,
    code: u32,
    subcode: Option<u32>,
    is_transient: bool,
}

impl GraphProblem {
    /// An `OAuthException`.
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
            kind: "OAuthException",
            code,
            subcode: None,
            is_transient: false,
        }
    }

    /// The same error with a subcode.
    pub fn with_subcode(self, subcode: u32) -> Self {
        Self { subcode: Some(subcode), ..self }
    }

    /// A faulty parameter of a method.
    pub fn method(message: impl Into<String>) -> Self {
        Self { kind: "GraphMethodException", ..Self::new(100, message) }
    }

    pub fn missing(name: &str) -> Self {
        Self::new(100, format!("(#100) The parameter {name} is required"))
    }

    /// A passing failure of Facebook's.
    pub fn transient() -> Self {
        let message = "An unexpected error has occurred. Please retry your request later.";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { is_transient: true, status, ..Self::new(2, message) }
    }

    pub fn unknown_path(path: &str) -> Self {
        Self::new(2500, format!("Unknown path components: {path}"))
    }

    /// The answer, under this id of a trace.
    pub fn into_response(self, trace: &str) -> Response<Bytes> {
        let mut error = json!({ "message": self.message, "type": self.kind, "code": self.code, "fbtrace_id": trace });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if self.is_transient {
            error["is_transient"] = true.into();
        }
        let mut answer = graph_answer(&json!({ "error": error }));
        *answer.status_mut() = self.status;
        if self.code == 190 {
            let value = HeaderValue::from_static("OAuth \"Facebook Platform\" \"invalid_token\"");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        answer
    }
}

impl From<ParameterFault> for GraphProblem {
    fn from(fault: ParameterFault) -> Self {
        match fault {
            ParameterFault::NoForm => Self::new(100, "(#100) The body must be a form"),
            ParameterFault::Repeated(name) => Self::new(100, format!("(#100) The parameter {name} is repeated")),
        }
    }
}

/// An answer of the Graph API.
pub(super) fn graph_answer(body: &Value) -> Response<Bytes> {
    let mut answer = json_answer(StatusCode::OK, body);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    headers.insert("facebook-api-version", HeaderValue::from_static(GRAPH_VERSION));
    answer
}
