//! The inputs of models, and the faults of inputs.

use super::media::seen::{SeenEncoding, SeenPicture};
use serde_json::{Map, Value};

/// The kind of one input.
#[derive(Debug)]
pub(crate) enum InputKind {
    Text,
    Flag,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// Any number from the first to the second.
    Number(f64, f64),
    OneOf(&'static [&'static str]),
    OneOfWhole(&'static [i64]),
    /// A picture, inline: the fakes fetch none.
    Picture(SeenEncoding),
}

/// A fault of an input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum InputFault {
    Missing,
    Unknown,
    WrongType {
        /// As in JSON Schema.
        expected: &'static str,
        given: &'static str,
    },
    /// The least that it may be.
    TooSmall(f64),
    /// The most that it may be.
    TooLarge(f64),
    NotOneOf(&'static [&'static str]),
    NotOneOfWhole(&'static [i64]),
    NoPicture,
}

/// The inputs of a model, by name.
pub(crate) type ModelInputs = &'static [(&'static str, InputKind)];

/// Name and fault of each invalid input. A prompt is required, and the first picture of a
/// model that takes pictures.
pub(super) fn faults(inputs: ModelInputs, given: &Map<String, Value>) -> Vec<(String, InputFault)> {
    let picture = inputs.iter().find(|(_, kind)| matches!(kind, InputKind::Picture(_))).map(|(name, _)| *name);
    let demanded = ["prompt"].into_iter().chain(picture).filter(|name| !given.contains_key(*name));
    let missing: Vec<_> = demanded.map(|name| (name.to_owned(), InputFault::Missing)).collect();
    let wrong = given.iter().filter_map(|(name, value)| {
        let fault = match inputs.iter().find(|(known, _)| known == name) {
            Some((_, kind)) => kind.fault(value)?,
            None => InputFault::Unknown,
        };
        Some((name.clone(), fault))
    });
    missing.into_iter().chain(wrong).collect()
}

/// Every picture among the inputs of a job, in the model's order.
pub(super) fn pictures(inputs: ModelInputs, given: &Map<String, Value>) -> impl Iterator<Item = SeenPicture> {
    inputs.iter().filter_map(|(name, kind)| match kind {
        InputKind::Picture(encoding) => encoding.seen(given.get(*name)?.as_str()?),
        _ => None,
    })
}

impl InputKind {
    fn fault(&self, value: &Value) -> Option<InputFault> {
        let wrong_type = |expected| Some(InputFault::WrongType { expected, given: type_of(value) });
        match self {
            Self::Text if value.is_string() => None,
            Self::Text => wrong_type("string"),
            Self::Flag if value.is_boolean() => None,
            Self::Flag => wrong_type("boolean"),
            Self::Whole(least, most) => match value.as_i64() {
                None => wrong_type("integer"),
                Some(number) if number < *least => Some(InputFault::TooSmall(*least as f64)),
                Some(number) if number > *most => Some(InputFault::TooLarge(*most as f64)),
                Some(_) => None,
            },
            Self::Number(least, most) => match value.as_f64() {
                None => wrong_type("number"),
                Some(number) if number < *least => Some(InputFault::TooSmall(*least)),
                Some(number) if number > *most => Some(InputFault::TooLarge(*most)),
                Some(_) => None,
            },
            Self::OneOf(choices) => match value.as_str() {
                None => wrong_type("string"),
                Some(choice) if choices.contains(&choice) => None,
                Some(_) => Some(InputFault::NotOneOf(choices)),
            },
            Self::OneOfWhole(choices) => match value.as_i64() {
                None => wrong_type("integer"),
                Some(choice) if choices.contains(&choice) => None,
                Some(_) => Some(InputFault::NotOneOfWhole(choices)),
            },
            Self::Picture(encoding) => match value.as_str() {
                None => wrong_type("string"),
                Some(text) => encoding.seen(text).is_none().then_some(InputFault::NoPicture),
            },
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
