//! `/_control`: the knobs over HTTP. It is not part of any partner's protocol.

use bytes::Bytes;
use http::{Method, Request};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// Does what every fake does: `GET /_control` changes nothing, `PATCH /_control` with JSON turns the knobs that it
/// names, `POST /_control/reset` resets all knobs. Returns whether it was one of these requests; the caller shows
/// knobs and counts.
///
/// # Errors
/// When the body of a `PATCH` is not an object of knobs.
pub(super) fn turn<K>(knobs: &mut K, request: &Request<Bytes>) -> Result<bool, serde_json::Error>
where
    K: Default + Serialize + DeserializeOwned,
{
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/_control") => {}
        (&Method::PATCH, "/_control") => *knobs = turned(knobs, request.body())?,
        (&Method::POST, "/_control/reset") => *knobs = K::default(),
        _ => return Ok(false),
    }
    Ok(true)
}

/// The knobs, after the changes that a JSON body names.
fn turned<K: Serialize + DeserializeOwned>(knobs: &K, body: &[u8]) -> Result<K, serde_json::Error> {
    let changes: Map<String, Value> = serde_json::from_slice(body)?;
    let mut all = json!(knobs);
    for (name, value) in changes {
        all[name] = value;
    }
    serde_json::from_value(all)
}
