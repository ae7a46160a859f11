//! The models that the fake knows, and what each takes as input.

use super::{picture::Size, problem::InvalidField};
use serde_json::{Map, Value};
use std::fmt::Display;

/// A model by its public name.
#[derive(Debug)]
pub(super) struct Model {
    /// `owner/name`.
    pub name: &'static str,
    /// The id of its latest version, 64 hexadecimal digits.
    pub version: &'static str,
    pub makes: Makes,
    inputs: &'static [(&'static str, Kind)],
}

/// What a model makes, and how it is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    /// Pictures, as a list of files.
    Pictures,
    /// One film, as one file.
    Film,
}

#[derive(Debug)]
enum Kind {
    Text,
    Flag,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// Any number from the first to the second.
    Number(f64, f64),
    OneOf(&'static [&'static str]),
}

const MODELS: &[Model] = &[
    // https://replicate.com/black-forest-labs/flux-schnell/api/schema
    Model {
        name: "black-forest-labs/flux-schnell",
        version: "c846a69991daf4c0e5d016514849d14ee5b2e6846ce6b9d6f21369e564cfe51e",
        makes: Makes::Pictures,
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
    },
    // https://replicate.com/wan-video/wan-2.2-t2v-fast/api/schema
    Model {
        name: "wan-video/wan-2.2-t2v-fast",
        version: "920bea47c60299896482c74ddd32df873d0e392a88a08595b3d4f56eaf47b6ef",
        makes: Makes::Film,
        inputs: &[
            ("prompt", Kind::Text),
            ("num_frames", Kind::Whole(81, 100)),
            ("aspect_ratio", Kind::OneOf(&["16:9", "9:16"])),
            ("resolution", Kind::OneOf(&["480p", "720p"])),
            ("frames_per_second", Kind::Whole(5, 24)),
            ("go_fast", Kind::Flag),
            ("sample_shift", Kind::Number(1.0, 20.0)),
            ("seed", Kind::Whole(i64::MIN, i64::MAX)),
        ],
    },
];

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
        let format = input.get("output_format").and_then(Value::as_str);
        if self.makes == Makes::Pictures && faults.is_empty() && format != Some("png") {
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
        let too_small = |least: &dyn Display| Some(("number_gte", format!("Must be greater than or equal to {least}")));
        let too_large = |most: &dyn Display| Some(("number_lte", format!("Must be less than or equal to {most}")));
        match self {
            Self::Text if value.is_string() => None,
            Self::Text => wrong_type("string"),
            Self::Flag if value.is_boolean() => None,
            Self::Flag => wrong_type("boolean"),
            Self::Whole(least, most) => match value.as_i64() {
                None => wrong_type("integer"),
                Some(number) if number < *least => too_small(least),
                Some(number) if number > *most => too_large(most),
                Some(_) => None,
            },
            Self::Number(least, most) => match value.as_f64() {
                None => wrong_type("number"),
                Some(number) if number < *least => too_small(least),
                Some(number) if number > *most => too_large(most),
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
