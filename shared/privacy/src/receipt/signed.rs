use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A stored receipt with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// The receipt as canonical JSON, which is the signed text.
    pub text: String,
    /// The Ed25519 signature of the text, in base64url.
    pub signature: String,
    /// The JWK thumbprint (RFC 7638) of the key that verifies it.
    pub key_id: String,
}

/// JSON with sorted keys and without white space. Equal receipts have equal bytes. Receipts hold
/// only whole numbers and texts, for which this is the canonical form of RFC 8785.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// Whether the key signed `receipt`, as it was answered. Every holder of a receipt can check it.
#[must_use]
pub fn verify(receipt: &Value, signature: &str, public_key: &str) -> bool {
    let (Ok(signature), Ok(key)) = (URL_SAFE_NO_PAD.decode(signature), URL_SAFE_NO_PAD.decode(public_key)) else {
        return false;
    };
    UnparsedPublicKey::new(&ED25519, key).verify(canonical(receipt).as_bytes(), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_white_space_do_not_change_a_receipt() {
        let one: Value = serde_json::from_str(r#"{ "b": [1, {"d": "\u00fc\n", "c": null}], "a": true }"#).unwrap();
        assert_eq!(canonical(&one), "{\"a\":true,\"b\":[1,{\"c\":null,\"d\":\"\u{fc}\\n\"}]}");
    }
}
