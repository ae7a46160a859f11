//! A request for a generation, parsed into types that are always valid.

use crate::catalogue::settings::whole_number;
use kernel::{
    Credits, Error, GenerationId, Result, UploadId, idempotency_key, limits, sha256_hex,
    text::{required, visible_pattern},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// A prompt: 1 to 4,000 characters, one of them visible.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Prompt(#[schemars(length(min = 1, max = limits::PROMPT_CHARS), regex(pattern = visible_pattern()))] String);

impl Prompt {
    /// Removes white space at both ends.
    ///
    /// # Errors
    /// `invalid`, without the prompt.
    pub fn parse(text: &str) -> Result<Self> {
        required("prompt", text, limits::PROMPT_CHARS).map(|text| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Prompt {
    /// A prompt is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prompt(..)")
    }
}

/// The client's key for a request. A request that is repeated under the same key runs once.
/// Only the hash of the key is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    hash: String,
}

impl IdempotencyKey {
    /// Parses the header `Idempotency-Key`.
    ///
    /// # Errors
    /// `idempotency_key_required` when it is missing or has another form than [`idempotency_key`] reads.
    pub fn parse(header: Option<&str>) -> Result<Self> {
        let key = idempotency_key(header.ok_or(Error::IdempotencyKeyRequired)?)?;
        Ok(Self { hash: sha256_hex(key.as_bytes()) })
    }

    /// The SHA-256 of the key in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// A request for a generation. It is not yet checked against the catalogue.
#[derive(Debug, Clone, Serialize)]
pub struct NewGeneration {
    /// The model's id.
    pub model: String,
    /// The prompt.
    pub prompt: Prompt,
    /// The chosen settings.
    #[serde(serialize_with = "serialize_settings")]
    pub settings: Map<String, Value>,
    /// The uploads that are its input pictures. An empty list is not hashed, as for `based_on`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<UploadId>,
    /// The generation that it is based on. A missing one is not hashed, so requests without it
    /// keep the hash that they had before the field existed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub based_on: Option<GenerationId>,
    /// The highest price that the person accepts.
    pub max_cost: Option<Credits>,
}

impl NewGeneration {
    /// The SHA-256 of the request, independent of white space, order and the forms of whole numbers. It tells a
    /// repetition from another request under the same key.
    ///
    /// # Errors
    /// `internal` when the request does not serialise.
    pub fn hash(&self) -> Result<String> {
        serde_json::to_vec(self).map(|bytes| sha256_hex(&bytes)).map_err(Error::internal)
    }
}

/// Writes the settings for the hash. `2.0` and `2` are the same number there, as in the catalogue.
fn serialize_settings<S: Serializer>(settings: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let whole = |value: &Value| whole_number(value).map_or_else(|| value.clone(), Value::from);
    serializer.collect_map(settings.iter().map(|(name, value)| (name, whole(value))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_prompt_has_its_limits_in_characters() {
        for (text, good) in [
            ("x".repeat(4_000), true),
            ("ü".repeat(4_000), true),
            ("x".repeat(4_001), false),
            ("x".repeat(20_000), false),
            (" \n\t\u{3000}".to_owned(), false),
            ("\u{200B}".to_owned(), false),
            ("\u{3164} \u{FEFF}".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(Prompt::parse(&text).is_ok(), good, "{} characters", text.chars().count());
        }
        assert_eq!(Prompt::parse("  a cat \n").unwrap().as_str(), "a cat");
        assert_eq!(format!("{:?}", Prompt::parse("a cat").unwrap()), "Prompt(..)");
    }

    #[test]
    fn a_missing_or_malformed_key_is_refused() {
        let long = "x".repeat(65);
        for wrong in [None, Some(""), Some("a b"), Some("ü"), Some("a:b"), Some(long.as_str())] {
            assert_eq!(IdempotencyKey::parse(wrong).unwrap_err().code(), "idempotency_key_required", "{wrong:?}");
        }
        for written in ["abc", "\"abc\""] {
            let key = IdempotencyKey::parse(Some(written)).unwrap();
            let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
            assert_eq!(key.hash(), hash, "{written}: FIPS 180-2, B.1");
        }
    }

    #[test]
    fn order_and_forms_of_numbers_do_not_make_another_request() {
        let request = |settings: Value| NewGeneration {
            model: "m".into(),
            prompt: Prompt::parse("p").unwrap(),
            settings: settings.as_object().unwrap().clone(),
            inputs: Vec::new(),
            based_on: None,
            max_cost: None,
        };
        let one = request(json!({"a": 1, "b": 2})).hash().unwrap();
        assert_eq!(one, request(json!({"b": 2, "a": 1})).hash().unwrap());
        assert_eq!(one, request(json!({"a": 1.0, "b": 2e0})).hash().unwrap());
        for other in [json!({"a": 1, "b": 3}), json!({"a": 1, "b": 2.5}), json!({"a": 1, "b": "2"}), json!({"a": 1})] {
            assert_ne!(one, request(other.clone()).hash().unwrap(), "{other}");
        }
        // The hash of a request with whole numbers is the one that older rows have.
        let text = r#"{"model":"m","prompt":"p","settings":{"a":1,"b":2},"max_cost":null}"#;
        assert_eq!(one, sha256_hex(text.as_bytes()));
    }
}
