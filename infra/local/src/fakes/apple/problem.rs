//! Errors in the shapes of Apple.

use crate::fakes::{response::json_answer, sign_in::parameters::ParameterFault};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;
use std::fmt;

/// An error: its code, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AppleProblem {
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl AppleProblem {
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// Apple gives no reason.
    pub fn invalid_client() -> Self {
        Self::new("invalid_client", "")
    }

    /// The answer of an endpoint for servers: 400 for every error, as at Apple.
    pub fn into_response(self) -> Response<Bytes> {
        let mut body = json!({ "error": self.error });
        if !self.description.is_empty() {
            body["error_description"] = self.description.into();
        }
        json_answer(StatusCode::BAD_REQUEST, &body)
    }
}

impl fmt::Display for AppleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.description)
    }
}

impl From<ParameterFault> for AppleProblem {
    fn from(fault: ParameterFault) -> Self {
        match fault {
            ParameterFault::NoForm => Self::invalid_request("The content type must be form data."),
            ParameterFault::Repeated(name) => Self::invalid_request(format!("The parameter {name} is repeated.")),
        }
    }
}
