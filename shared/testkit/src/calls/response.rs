//! Answers as the JSON services of AWS write them.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// An error. Most services put its type into the header as well.
pub(crate) fn json_error(status: u16, kind: &str, message: &str) -> Response<Bytes> {
    json_answer(status, Some(kind), &json!({ "__type": kind, "message": message }))
}

/// An answer; `kind` is the type of its error, if it is one.
pub(crate) fn json_answer(status: u16, kind: Option<&str>, body: &Value) -> Response<Bytes> {
    let mut response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    if let Some(kind) = kind {
        let short = kind.rsplit('#').next().unwrap_or(kind);
        response = response.header("x-amzn-errortype", short);
    }
    response.body(body.to_string().into()).expect("the answer of a model is well formed")
}
