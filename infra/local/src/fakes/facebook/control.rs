//! `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs that it
//! names, `POST /_control/reset` resets all knobs. `POST /_control/deauthorize` and
//! `POST /_control/data-deletion` with `{"person":"ada"}` do what the person did at Facebook, and
//! call us back.

use super::{callbacks::FacebookCallback, problem::GraphProblem, settings::FakeFacebookSettings, state::FacebookState};
use crate::fakes::{control::turn, response::json_answer};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    person: String,
}

pub(super) fn answer(
    settings: &FakeFacebookSettings,
    state: &mut FacebookState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, GraphProblem> {
    let malformed = |error: serde_json::Error| GraphProblem::new(100, error.to_string());
    let is_common = turn(&mut state.knobs, request).map_err(malformed)?;
    let mut act = |kind: FacebookCallback| -> Result<(), GraphProblem> {
        let Actor { person } = serde_json::from_slice(request.body()).map_err(malformed)?;
        state.notify(settings, now, kind, &person);
        Ok(())
    };
    match (request.method(), request.uri().path()) {
        _ if is_common => {}
        (&Method::POST, "/_control/deauthorize") => act(FacebookCallback::Deauthorize)?,
        (&Method::POST, "/_control/data-deletion") => act(FacebookCallback::DataDeletion)?,
        (_, path) => return Err(GraphProblem::unknown_path(path)),
    }
    Ok(json_answer(StatusCode::OK, &json!({ "knobs": state.knobs, "counts": state.counts })))
}
