//! Errors in the form of FastAPI, which several providers use.

use super::{inputs::InputFault, knobs::Knobs, response::json_answer};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

/// An error answer.
#[derive(Debug)]
pub(super) struct FastApiError {
    status: StatusCode,
    detail: Value,
    retry_after_s: Option<u32>,
}

impl FastApiError {
    /// An error with this sentence.
    pub fn new(status: StatusCode, detail: &str) -> Self {
        Self { status, detail: detail.into(), retry_after_s: None }
    }

    /// An error with the `Retry-After` of the knobs.
    pub fn for_now(status: StatusCode, detail: &str, knobs: &Knobs) -> Self {
        Self { retry_after_s: Some(knobs.retry_after_s), ..Self::new(status, detail) }
    }

    /// A 422 that names the fault of each input.
    pub fn of(faults: &[(String, InputFault)]) -> Self {
        Self { detail: detail(faults), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "") }
    }

    pub fn into_response(self) -> Response<Bytes> {
        let mut answer = json_answer(self.status, &json!({ "detail": self.detail }));
        if let Some(wait) = self.retry_after_s {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        answer
    }
}

/// The `detail` of a 422 about these inputs.
pub(super) fn detail(faults: &[(String, InputFault)]) -> Value {
    faults.iter().map(|(name, fault)| spelt("body", name, fault)).collect()
}

fn spelt(place: &str, name: &str, fault: &InputFault) -> Value {
    let (kind, msg) = match fault {
        InputFault::Missing => ("missing", "Field required".to_owned()),
        InputFault::Unknown => ("extra_forbidden", "Extra inputs are not permitted".to_owned()),
        InputFault::WrongType { expected, .. } => match *expected {
            "string" => ("string_type", "Input should be a valid string".to_owned()),
            "boolean" => ("bool_type", "Input should be a valid boolean".to_owned()),
            "integer" => ("int_type", "Input should be a valid integer".to_owned()),
            _ => ("float_type", "Input should be a valid number".to_owned()),
        },
        InputFault::TooSmall(least) => {
            ("greater_than_equal", format!("Input should be greater than or equal to {least}"))
        }
        InputFault::TooLarge(most) => ("less_than_equal", format!("Input should be less than or equal to {most}")),
        InputFault::NotOneOf(choices) => {
            let choices = choices.iter().map(|choice| format!("'{choice}'")).collect::<Vec<_>>().join(", ");
            ("literal_error", format!("Input should be {choices}"))
        }
        InputFault::NotOneOfWhole(choices) => {
            let choices = choices.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            ("literal_error", format!("Input should be {choices}"))
        }
        InputFault::NoPicture => ("value_error", "Value error, Invalid image data".to_owned()),
    };
    json!({ "loc": [place, name], "msg": msg, "type": kind })
}

/// A 422 for a missing parameter of the query.
pub(super) fn missing_parameter(name: &str) -> FastApiError {
    let detail = json!([spelt("query", name, &InputFault::Missing)]);
    FastApiError { detail, ..FastApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "") }
}

/// The JSON object in the body of a request.
pub(super) fn json_object(request: &Request<Bytes>) -> Result<Map<String, Value>, FastApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.and_then(|value| value.split(';').next()) == Some("application/json");
    serde_json::from_slice(request.body()).ok().filter(|_| is_json).ok_or_else(|| {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        let detail = json!([{ "loc": ["body"], "msg": msg, "type": "model_attributes_type" }]);
        FastApiError { detail, ..FastApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "") }
    })
}
