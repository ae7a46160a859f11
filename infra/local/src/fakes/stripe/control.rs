//! `GET /_control` shows knobs and counts, `PATCH /_control` with JSON turns the knobs
//! that it names, `POST /_control/reset` resets all knobs, `POST /_control/expire` ends
//! every open session, `POST /_control/resend` sends every event so far again.

use super::{
    problem::{StripeProblem, json_answer},
    state::StripeState,
};
use crate::fakes::control::turn;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;

pub(super) fn answer(
    state: &mut StripeState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, StripeProblem> {
    let malformed = |error: serde_json::Error| StripeProblem::malformed(error.to_string());
    let is_common = turn(&mut state.knobs, request).map_err(malformed)?;
    match (request.method(), request.uri().path()) {
        _ if is_common => {}
        (&Method::POST, "/_control/resend") => {
            state.resend(now);
        }
        (&Method::POST, "/_control/expire") => {
            let open = state.sessions.iter_mut().filter(|session| session.is_open());
            let told: Vec<_> = open.map(|session| session.expire(now)).collect();
            for (at, kind, object) in told {
                state.tell(at, kind, &object);
            }
        }
        (method, path) => return Err(StripeProblem::no_route(method, path)),
    }
    Ok(json_answer(StatusCode::OK, &json!({ "knobs": state.knobs, "counts": state.counts })))
}
