//! What models take as input.

use super::seen::Form;
use serde_json::{Map, Value};

/// What one input may be.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    Flag,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// Any number from the first to the second.
    Number(f64, f64),
    OneOf(&'static [&'static str]),
    OneOfWhole(&'static [i64]),
    /// A picture, inline: the fakes fetch none.
    Picture(Form),
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    Missing,
    Unknown,
    WrongType {
        /// As JSON Schema calls them.
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
pub(crate) type Inputs = &'static [(&'static str, Kind)];

/// Name and fault of each input that cannot be accepted; a prompt must be there, and the
/// first picture of a model that takes any.
pub(super) fn faults(inputs: Inputs, given: &Map<String, Value>) -> Vec<(String, Fault)> {
    let picture = inputs.iter().find(|(_, kind)| matches!(kind, Kind::Picture(_))).map(|(name, _)| *name);
    let demanded = ["prompt"].into_iter().chain(picture).filter(|name| !given.contains_key(*name));
    let missing: Vec<_> = demanded.map(|name| (name.to_owned(), Fault::Missing)).collect();
    let wrong = given.iter().filter_map(|(name, value)| {
        let fault = match inputs.iter().find(|(known, _)| known == name) {
            Some((_, kind)) => kind.fault(value)?,
            None => Fault::Unknown,
        };
        Some((name.clone(), fault))
    });
    missing.into_iter().chain(wrong).collect()
}

impl Kind {
    fn fault(&self, value: &Value) -> Option<Fault> {
        let wrong_type = |expected| Some(Fault::WrongType { expected, given: type_of(value) });
        match self {
            Self::Text if value.is_string() => None,
            Self::Text => wrong_type("string"),
            Self::Flag if value.is_boolean() => None,
            Self::Flag => wrong_type("boolean"),
            Self::Whole(least, most) => match value.as_i64() {
                None => wrong_type("integer"),
                Some(number) if number < *least => Some(Fault::TooSmall(*least as f64)),
                Some(number) if number > *most => Some(Fault::TooLarge(*most as f64)),
                Some(_) => None,
            },
            Self::Number(least, most) => match value.as_f64() {
                None => wrong_type("number"),
                Some(number) if number < *least => Some(Fault::TooSmall(*least)),
                Some(number) if number > *most => Some(Fault::TooLarge(*most)),
                Some(_) => None,
            },
            Self::OneOf(choices) => match value.as_str() {
                None => wrong_type("string"),
                Some(choice) if choices.contains(&choice) => None,
                Some(_) => Some(Fault::NotOneOf(choices)),
            },
            Self::OneOfWhole(choices) => match value.as_i64() {
                None => wrong_type("integer"),
                Some(choice) if choices.contains(&choice) => None,
                Some(_) => Some(Fault::NotOneOfWhole(choices)),
            },
            Self::Picture(form) => match value.as_str() {
                None => wrong_type("string"),
                Some(text) => form.seen(text).is_none().then_some(Fault::NoPicture),
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
