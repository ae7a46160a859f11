//! Refusals in the form of FastAPI, which several providers are built with.

use super::{Knobs, inputs::Fault, json_answer};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

/// An answer that refuses.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: Value,
    retry_after_s: Option<u32>,
}

impl Refusal {
    /// In one sentence.
    pub fn new(status: StatusCode, detail: &str) -> Self {
        Self { status, detail: detail.into(), retry_after_s: None }
    }

    /// For as long as the knobs say.
    pub fn for_now(status: StatusCode, detail: &str, knobs: &Knobs) -> Self {
        Self { retry_after_s: Some(knobs.retry_after_s), ..Self::new(status, detail) }
    }

    /// A 422 that names what is wrong with each input.
    pub fn of(faults: &[(String, Fault)]) -> Self {
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

/// What a 422 says about these inputs.
pub(super) fn detail(faults: &[(String, Fault)]) -> Value {
    faults.iter().map(|(name, fault)| spelt("body", name, fault)).collect()
}

fn spelt(place: &str, name: &str, fault: &Fault) -> Value {
    let (kind, msg) = match fault {
        Fault::Missing => ("missing", "Field required".to_owned()),
        Fault::Unknown => ("extra_forbidden", "Extra inputs are not permitted".to_owned()),
        Fault::WrongType { expected, .. } => match *expected {
            "string" => ("string_type", "Input should be a valid string".to_owned()),
            "boolean" => ("bool_type", "Input should be a valid boolean".to_owned()),
            "integer" => ("int_type", "Input should be a valid integer".to_owned()),
            _ => ("float_type", "Input should be a valid number".to_owned()),
        },
        Fault::TooSmall(least) => ("greater_than_equal", format!("Input should be greater than or equal to {least}")),
        Fault::TooLarge(most) => ("less_than_equal", format!("Input should be less than or equal to {most}")),
        Fault::NotOneOf(choices) => {
            let choices = choices.iter().map(|choice| format!("'{choice}'")).collect::<Vec<_>>().join(", ");
            ("literal_error", format!("Input should be {choices}"))
        }
        Fault::NotOneOfWhole(choices) => {
            let choices = choices.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            ("literal_error", format!("Input should be {choices}"))
        }
        Fault::NoPicture => ("value_error", "Value error, Invalid image data".to_owned()),
    };
    json!({ "loc": [place, name], "msg": msg, "type": kind })
}

/// A 422 for a parameter of the query that must be there.
pub(super) fn missing_parameter(name: &str) -> Refusal {
    let detail = json!([spelt("query", name, &Fault::Missing)]);
    Refusal { detail, ..Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "") }
}

/// The JSON object that a request carries.
pub(super) fn json_object(request: &Request<Bytes>) -> Result<Map<String, Value>, Refusal> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.and_then(|value| value.split(';').next()) == Some("application/json");
    serde_json::from_slice(request.body()).ok().filter(|_| is_json).ok_or_else(|| {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        let detail = json!([{ "loc": ["body"], "msg": msg, "type": "model_attributes_type" }]);
        Refusal { detail, ..Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "") }
    })
}
