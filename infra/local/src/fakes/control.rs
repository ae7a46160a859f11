//! `/_control`: the knobs over HTTP. It is not part of any partner's protocol.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// The knobs, after the changes that a JSON body names.
///
/// # Errors
/// When the body is not an object of knobs.
pub(super) fn turned<K: Serialize + DeserializeOwned>(knobs: &K, body: &[u8]) -> Result<K, serde_json::Error> {
    let changes: Map<String, Value> = serde_json::from_slice(body)?;
    let mut all = json!(knobs);
    for (name, value) in changes {
        all[name] = value;
    }
    serde_json::from_value(all)
}
