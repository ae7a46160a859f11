//! `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs that it
//! names, `POST /_control/reset` resets all knobs, `POST /_control/rotate` signs with a new key
//! from now on, `POST /_control/notify` with `{"type":"consent-revoked","person":"ada"}` does what
//! the person did at Apple, and notifies us.

use super::{notices::AppleEvent, problem::AppleProblem, settings::FakeAppleSettings, state::AppleState};
use crate::fakes::{control::turn, response::json_answer};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notify {
    r#type: AppleEvent,
    person: String,
}

pub(super) fn answer(
    settings: &FakeAppleSettings,
    state: &mut AppleState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, AppleProblem> {
    let malformed = |error: serde_json::Error| AppleProblem::invalid_request(error.to_string());
    let is_common = turn(&mut state.knobs, request).map_err(malformed)?;
    match (request.method(), request.uri().path()) {
        _ if is_common => {}
        (&Method::POST, "/_control/rotate") => state.rotations += 1,
        (&Method::POST, "/_control/notify") => {
            let Notify { r#type, person } = serde_json::from_slice(request.body()).map_err(malformed)?;
            state.notify(settings, now, r#type, &person);
        }
        _ => return Err(AppleProblem::invalid_request("There is no such route.")),
    }
    Ok(json_answer(StatusCode::OK, &json!({ "knobs": state.knobs, "counts": state.counts })))
}
