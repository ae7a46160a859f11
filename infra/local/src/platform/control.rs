//! The platform's own API, below `/_local/` of the one origin. No function sees these
//! requests.
//!
//! `GET /_local/clock` returns the functions' time. `POST /_local/clock` with
//! `{"advance":"8d"}` moves it forward and runs every schedule once.

use super::schedules::PlatformClock;
use crate::clock;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};

/// The path above all of it.
pub const PREFIX: &str = "/_local/";

/// The largest request body, in bytes.
const BODY_LIMIT: usize = 1024;

/// The detail of an answer to an invalid request.
const HELP: &str = r#"send {"advance":"8d"}: a whole number of s, m, h or d, at most ten years"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockMove {
    advance: String,
}

/// Answers a request below [`PREFIX`].
pub async fn answer(time: &PlatformClock, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    match (parts.uri.path(), parts.method) {
        ("/_local/clock", Method::GET) => told(time),
        ("/_local/clock", Method::POST) => {
            let body = Limited::new(body, BODY_LIMIT).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            match serde_json::from_slice(&body).ok().and_then(|ClockMove { advance }| clock::duration(&advance)) {
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

fn told(time: &PlatformClock) -> Response<Full<Bytes>> {
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
