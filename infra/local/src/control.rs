//! What the platform answers itself, below `/_local/` of the one origin. No function ever
//! sees such a request.
//!
//! `GET /_local/clock` tells the time that the functions see, `POST /_local/clock` with
//! `{"advance":"8d"}` moves it forward and runs every schedule once.

use crate::clock::{self, Time};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where all of it lies.
pub const PREFIX: &str = "/_local/";

/// Larger than anything that is asked here.
const BODY_LIMIT: usize = 1024;

/// What to send, for whoever sent something else.
const HELP: &str = r#"send {"advance":"8d"}: a whole number of s, m, h or d, at most ten years"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance: String,
}

/// Answers a request below [`PREFIX`].
pub async fn answer(time: &Time, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    match (parts.uri.path(), parts.method) {
        ("/_local/clock", Method::GET) => told(time),
        ("/_local/clock", Method::POST) => {
            let body = Limited::new(body, BODY_LIMIT).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            match serde_json::from_slice(&body).ok().and_then(|Move { advance }| clock::duration(&advance)) {
                Some(by) => match time.advance(by).await {
                    Ok(_) => told(time),
                    Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
                },
                None => refused(StatusCode::BAD_REQUEST, HELP),
            }
        }
        ("/_local/clock", _) => refused(StatusCode::METHOD_NOT_ALLOWED, HELP),
        _ => refused(StatusCode::NOT_FOUND, "there is GET and POST /_local/clock"),
    }
}

fn told(time: &Time) -> Response<Full<Bytes>> {
    json_answer(StatusCode::OK, &json!({ "now": time.now().to_string() }))
}

fn refused(status: StatusCode, detail: &str) -> Response<Full<Bytes>> {
    json_answer(status, &json!({ "detail": detail }))
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(format!("{body}\n")));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
