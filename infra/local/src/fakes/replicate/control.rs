//! `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs
//! that it names, `POST /_control/reset` resets all knobs, `POST /_control/forget` loses
//! every prediction.

use super::{problem::ReplicateProblem, state::ReplicateState};
use crate::fakes::{control::turned, deliveries::Deliveries, knobs::Knobs, response::json_answer};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

pub(super) fn answer(
    state: &mut ReplicateState,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, ReplicateProblem> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/_control") => {}
        (&Method::PATCH, "/_control") => {
            let turned = turned(&state.knobs, request.body());
            state.knobs = turned.map_err(|error| ReplicateProblem::malformed(&error.to_string()))?;
        }
        (&Method::POST, "/_control/reset") => state.knobs = Knobs::default(),
        (&Method::POST, "/_control/forget") => {
            state.predictions.clear();
            state.deliveries = Deliveries::default();
        }
        _ => return Err(ReplicateProblem::not_found()),
    }
    Ok(json_answer(StatusCode::OK, &json!({ "knobs": state.knobs, "counts": state.counts })))
}
