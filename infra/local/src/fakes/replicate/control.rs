//! `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs
//! that it names, `POST /_control/reset` turns all back, `POST /_control/forget` loses
//! every prediction.

use super::{State, problem::Problem};
use crate::fakes::{Knobs, control::turned, deliveries::Deliveries, json_answer};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

pub(super) fn answer(state: &mut State, request: &Request<Bytes>) -> Result<Response<Bytes>, Problem> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/_control") => {}
        (&Method::PATCH, "/_control") => {
            let turned = turned(&state.knobs, request.body());
            state.knobs = turned.map_err(|error| Problem::malformed(&error.to_string()))?;
        }
        (&Method::POST, "/_control/reset") => state.knobs = Knobs::default(),
        (&Method::POST, "/_control/forget") => {
            state.predictions.clear();
            state.deliveries = Deliveries::default();
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(json_answer(StatusCode::OK, &json!({ "knobs": state.knobs, "counts": state.counts })))
}
