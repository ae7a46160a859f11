//! `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs
//! that it names, `POST /_control/reset` resets all knobs, `POST /_control/forget` loses
//! every prediction.

use super::{problem::ReplicateProblem, state::ReplicateState};
use crate::fakes::{control::turn, response::json_answer};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

pub(super) fn answer(
    state: &mut ReplicateState,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, ReplicateProblem> {
    let malformed = |error: serde_json::Error| ReplicateProblem::malformed(&error.to_string());
    let is_common = turn(&mut state.knobs, request).map_err(malformed)?;
    match (request.method(), request.uri().path()) {
        _ if is_common => {}
        (&Method::POST, "/_control/forget") => state.forget(),
        _ => return Err(ReplicateProblem::not_found()),
    }
    Ok(json_answer(StatusCode::OK, &json!({ "knobs": state.knobs, "counts": state.counts })))
}
