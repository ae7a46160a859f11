//! SSM: the secrets that the world was given.

use crate::{
    calls::{
        faults::Fault,
        response::{json_answer, json_error},
    },
    names::REGION,
    seam::Service,
    state::WorldState,
};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// Most names of one request.
const NAMES: usize = 10;

/// A request to SSM.
pub(crate) struct SsmRequest {
    state: WorldState,
    names: Vec<String>,
    decrypted: bool,
}

impl SsmRequest {
    pub(crate) fn new(state: &WorldState, operation: &str, body: &[u8]) -> Self {
        if operation != "GetParameters" {
            state.violated(&format!("ssm.{operation} is not in testkit's model of SSM: add it, or do not call it"));
        }
        let body: Value = serde_json::from_slice(body).expect("the SDK sends JSON");
        let names = body["Names"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            state: state.clone(),
            names: names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            decrypted: body["WithDecryption"].as_bool().unwrap_or_default(),
        }
    }
}

impl Service for SsmRequest {
    fn name(&self) -> String {
        "ssm.GetParameters".to_owned()
    }

    fn special(&self) -> Vec<Fault> {
        Vec::new()
    }

    fn apply(&self, _: Option<Fault>) -> Response<Bytes> {
        if self.names.is_empty() || self.names.len() > NAMES {
            let message = "Member must have length between 1 and 10";
            return json_error(400, "ValidationException", message);
        }
        let secrets = self.state.secrets();
        let (known, unknown): (Vec<_>, Vec<_>) = self.names.iter().partition(|name| secrets.contains_key(*name));
        let parameters: Vec<_> = known
            .into_iter()
            .map(|name| {
                // Without decryption SSM returns the ciphertext.
                let value = if self.decrypted { secrets[name].as_str() } else { "AQICAHh+ciphertext" };
                json!({
                    "Name": name,
                    "Type": "SecureString",
                    "Value": value,
                    "Version": 1,
                    "ARN": format!("arn:aws:ssm:{REGION}:000000000000:parameter{name}"),
                    "DataType": "text",
                })
            })
            .collect();
        json_answer(200, None, &json!({ "Parameters": parameters, "InvalidParameters": unknown }))
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        match fault {
            Fault::Throttled => json_error(400, "ThrottlingException", "Rate exceeded (injected)"),
            _ => json_error(500, "InternalServerError", "injected"),
        }
    }
}
