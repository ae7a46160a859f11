//! The models that the fake knows, and what each takes as input.

use super::{picture::Size, problem::InvalidField};
use serde_json::{Map, Value};

/// A model by its public name.
#[derive(Debug)]
pub(super) struct Model {
    /// `owner/name`.
    pub name: &'static str,
    /// The id of its latest version, 64 hexadecimal digits.
    pub version: &'static str,
    inputs: &'static [(&'static str, Kind)],
}

#[derive(Debug)]
enum Kind {
    Text,
    Flag,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    OneOf(&'static [&'static str]),
}

/// `https://replicate.com/black-forest-labs/flux-schnell/api/schema`.
const MODELS: &[Model] = &[Model {
    name: "black-forest-labs/flux-schnell",
    version: "c846a69991daf4c0e5d016514849d14ee5b2e6846ce6b9d6f21369e564cfe51e",
    inputs: &[
        ("prompt", Kind::Text),
        ("aspect_ratio", Kind::OneOf(Size::RATIOS)),
        ("num_outputs", Kind::Whole(1, 4)),
        ("num_inference_steps", Kind::Whole(1, 4)),
        ("seed", Kind::Whole(i64::MIN, i64::MAX)),
        ("output_format", Kind::OneOf(&["webp", "jpg", "png"])),
        ("output_quality", Kind::Whole(0, 100)),
        ("disable_safety_checker", Kind::Flag),
        ("go_fast", Kind::Flag),
        ("megapixels", Kind::OneOf(&["1", "0.25"])),
    ],
}];

impl Model {
    /// The model with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The model that a `version` means: an id, `owner/name` or `owner/name:id`.
    pub fn of_version(version: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| match version.split_once(':') {
            Some((name, id)) => model.name == name && model.version == id,
            None => model.version == version || model.name == version,
        })
    }

    /// What is wrong with `input`; empty when nothing is.
    pub fn faults(&self, input: &Map<String, Value>) -> Vec<InvalidField> {
        let mut faults = Vec::new();
        if !input.contains_key("prompt") {
            let description = "prompt is required".to_owned();
            faults.push(InvalidField { kind: "required", field: "input".to_owned(), description });
        }
        for (name, value) in input {
            let fault = match self.inputs.iter().find(|(known, _)| known == name) {
                Some((_, kind)) => kind.fault(name, value),
                None => {
                    let description = format!("Additional property {name} is not allowed");
                    faults.push(InvalidField {
                        kind: "additional_property_not_allowed",
                        field: "input".to_owned(),
                        description,
                    });
                    continue;
                }
            };
            if let Some((kind, description)) = fault {
                faults.push(InvalidField { kind, field: format!("input.{name}"), description });
            }
        }
        // The real model codes WebP and JPEG; this fake only PNG, and says so.
        if faults.is_empty() && input.get("output_format").and_then(Value::as_str) != Some("png") {
            let description = "output_format must be \"png\": the fake codes no other".to_owned();
            faults.push(InvalidField { kind: "enum", field: "input.output_format".to_owned(), description });
        }
        faults
    }
}

impl Kind {
    fn fault(&self, name: &str, value: &Value) -> Option<(&'static str, String)> {
        let wrong_type = |expected: &str| {
            let given = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(number) if number.is_f64() => "number",
                Value::Number(_) => "integer",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            Some(("invalid_type", format!("Invalid type. Expected: {expected}, given: {given}")))
        };
        match self {
            Self::Text if value.is_string() => None,
            Self::Text => wrong_type("string"),
            Self::Flag if value.is_boolean() => None,
            Self::Flag => wrong_type("boolean"),
            Self::Whole(least, most) => match value.as_i64() {
                None => wrong_type("integer"),
                Some(number) if number < *least => {
                    Some(("number_gte", format!("Must be greater than or equal to {least}")))
                }
                Some(number) if number > *most => Some(("number_lte", format!("Must be less than or equal to {most}"))),
                Some(_) => None,
            },
            Self::OneOf(choices) => match value.as_str() {
                None => wrong_type("string"),
                Some(choice) if choices.contains(&choice) => None,
                Some(_) => {
                    let choices = choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(", ");
                    Some(("enum", format!("{name} must be one of the following: {choices}")))
                }
            },
        }
    }
}
