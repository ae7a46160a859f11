//! A route with its function, and with recorded requests.

use crate::route::Route;
use serde_json::Value;
use std::collections::BTreeMap;

/// A route, with the function that answers it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The function, such as `get-credits`.
    pub function: String,
    /// The area of the function, such as `billing`.
    pub area: String,
    /// The contract of its route.
    pub route: Route,
    /// Recorded requests, by name.
    pub examples: Vec<Example>,
}

/// A recorded request.
#[derive(Debug, Clone)]
pub struct Example {
    /// The name of the recording.
    pub name: String,
    /// The media type of the body.
    pub media_type: String,
    /// The body: JSON, or the text of a form.
    pub body: Option<Value>,
    /// The parts of the path.
    pub path: BTreeMap<String, String>,
}
