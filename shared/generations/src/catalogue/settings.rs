//! The settings of a model: the part of JSON Schema that the catalogue uses.
//!
//! The same types are shown to clients and check their requests, so the two always agree.

use kernel::{
    Error, Result,
    text::{is_blank, length},
    whole,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, num::NonZeroI64};

/// The schema of one model's settings: a JSON object without additional properties.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsSchema {
    /// Settings are a JSON object.
    r#type: ObjectType,
    /// Always false: a setting that `properties` does not have is refused.
    additional_properties: bool,
    /// The settings by name.
    properties: BTreeMap<String, Setting>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ObjectType {
    Object,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StringType {
    String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum IntegerType {
    Integer,
}

/// One setting.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Setting {
    Choice(Choice),
    Text(Text),
    Number(Number),
}

/// One of several texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// The name that people read.
    title: String,
    /// The effect of the setting. Missing where the title says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The value is a text.
    r#type: StringType,
    /// The allowed texts.
    r#enum: Vec<String>,
    /// The text that a request without the setting has. Missing if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

/// A free text, as personal as a prompt. It has no default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Text {
    /// The name that people read.
    title: String,
    /// The effect of the setting. Missing where the title says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The value is a text.
    r#type: StringType,
    /// The greatest length, in Unicode scalar values.
    max_length: usize,
}

/// A whole number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Number {
    /// The name that people read.
    title: String,
    /// The effect of the setting. Missing where the title says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The value is a whole number.
    r#type: IntegerType,
    /// The smallest number.
    minimum: i64,
    /// The greatest number.
    maximum: i64,
    /// Missing when every number of the range is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    multiple_of: Option<NonZeroI64>,
    /// The number that a request without the setting has. Missing if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<i64>,
}

/// Settings that a model accepted, complete with its defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Settings(Map<String, Value>);

impl Settings {
    /// The name and the value of each setting.
    #[must_use]
    pub fn values(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl SettingsSchema {
    /// Checks the settings of a request and adds the defaults.
    ///
    /// # Errors
    /// `invalid`, with the name of the setting and without its value.
    pub fn accept(&self, sent: &Map<String, Value>) -> Result<Settings> {
        if sent.keys().any(|name| !self.properties.contains_key(name)) {
            let known: Vec<&str> = self.properties.keys().map(String::as_str).collect();
            return Err(refuse(format!("This model's settings are: {}.", known.join(", "))));
        }
        let mut accepted = Map::new();
        for (name, setting) in &self.properties {
            match sent.get(name).filter(|value| !value.is_null()) {
                Some(value) => {
                    let value = setting.accept(value);
                    let value = value.ok_or_else(|| refuse(format!("{name} is {}.", setting.describe())))?;
                    accepted.insert(name.clone(), value);
                }
                None => match setting.default() {
                    Some(value) if setting.accept(&value).is_some() => drop(accepted.insert(name.clone(), value)),
                    Some(_) => return Err(Error::internal(format!("the default of {name} is not allowed"))),
                    None => {}
                },
            }
        }
        Ok(Settings(accepted))
    }
}

#[cfg(test)]
impl SettingsSchema {
    /// Whether the setting exists and has a default.
    pub(crate) fn has_default(&self, setting: &str) -> bool {
        self.properties.get(setting).is_some_and(|setting| setting.default().is_some())
    }

    /// Every allowed value of a setting. `None` when the setting does not exist, is a free
    /// text, or is a number of a range of 64 or more.
    pub(crate) fn values(&self, setting: &str) -> Option<Vec<Value>> {
        match self.properties.get(setting)? {
            Setting::Choice(Choice { r#enum, .. }) => Some(r#enum.iter().cloned().map(Value::from).collect()),
            Setting::Text(_) => None,
            Setting::Number(number) => {
                let few = number.maximum.checked_sub(number.minimum).is_some_and(|range| range < 64);
                let all = number.minimum..=number.maximum;
                few.then(|| all.filter(|it| number.allows(*it)).map(Value::from).collect())
            }
        }
    }
}

impl Setting {
    /// The value for the model, if it is allowed. A number in the form `2.0` becomes 2.
    fn accept(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Choice(Choice { r#enum, .. }) => {
                let text = value.as_str().filter(|text| r#enum.iter().any(|known| known == text));
                text.map(Value::from)
            }
            Self::Text(Text { max_length, .. }) => {
                let fits = |text: &&str| !is_blank(text) && length(text) <= *max_length;
                value.as_str().filter(fits).map(Value::from)
            }
            Self::Number(number) => whole_number(value).filter(|value| number.allows(*value)).map(Value::from),
        }
    }

    fn default(&self) -> Option<Value> {
        match self {
            Self::Choice(Choice { default, .. }) => default.clone().map(Value::from),
            Self::Text(_) => None,
            Self::Number(Number { default, .. }) => default.map(Value::from),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Choice(Choice { r#enum, .. }) => format!("one of {}", r#enum.join(", ")),
            Self::Text(Text { max_length, .. }) => {
                format!("a text of 1 to {max_length} characters, and one of them is visible")
            }
            Self::Number(Number { minimum, maximum, multiple_of: None, .. }) => {
                format!("a whole number from {minimum} to {maximum}")
            }
            Self::Number(Number { minimum, maximum, multiple_of: Some(step), .. }) => {
                format!("a whole number from {minimum} to {maximum}, in steps of {step}")
            }
        }
    }
}

impl Number {
    fn allows(&self, value: i64) -> bool {
        let is_multiple = self.multiple_of.is_none_or(|step| value.checked_rem(step.get()) == Some(0));
        (self.minimum..=self.maximum).contains(&value) && is_multiple
    }
}

/// The whole number that a value of JSON is, in any form: `2`, `2.0` or `2e0`.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| whole::of_float(value.as_f64()?))
}

fn refuse(detail: String) -> Error {
    Error::invalid("settings", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> SettingsSchema {
        serde_json::from_value(json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "ratio": {"title": "Ratio", "type": "string", "enum": ["1:1", "2:1"], "default": "1:1"},
                "seed": {"title": "Seed", "type": "integer", "minimum": 0, "maximum": 9},
                "seconds": {"title": "Seconds", "type": "integer", "minimum": 5, "maximum": 10, "multipleOf": 5},
                "without": {"title": "Without", "type": "string", "maxLength": 8},
            },
        }))
        .unwrap()
    }

    fn accept(sent: Value) -> Result<Value> {
        Ok(Value::Object(schema().accept(sent.as_object().unwrap())?.0))
    }

    #[test]
    fn defaults_are_filled_in_and_null_means_left_out() {
        assert_eq!(accept(json!({})).unwrap(), json!({"ratio": "1:1"}));
        assert_eq!(accept(json!({"ratio": null, "seed": 3})).unwrap(), json!({"ratio": "1:1", "seed": 3}));
    }

    #[test]
    fn a_whole_number_is_accepted_in_every_form() {
        for sent in [r#"{"seed": 2}"#, r#"{"seed": 2.0}"#, r#"{"seed": 2e0}"#, r#"{"seed": 20E-1}"#] {
            let accepted = accept(serde_json::from_str(sent).unwrap()).unwrap();
            assert_eq!(accepted.to_string(), r#"{"ratio":"1:1","seed":2}"#, "{sent}");
        }
        let refused = accept(json!({"seed": 2.5})).unwrap_err();
        assert_eq!(refused.to_string(), "seed is a whole number from 0 to 9.");
        assert_eq!(whole_number(&json!(u64::MAX)), None);
    }

    #[test]
    fn an_invalid_setting_is_refused_and_not_quoted() {
        for wrong in [
            json!({"ratio": "secret"}),
            json!({"ratio": 1}),
            json!({"seed": -1}),
            json!({"seed": 10}),
            json!({"seed": 1.5}),
            json!({"seed": "secret"}),
            json!({"secret": 1}),
            json!({"seconds": 7}),
            json!({"seconds": 0}),
            json!({"seconds": 15}),
            json!({"without": "a secret "}),
            json!({"without": " \n\u{3000}"}),
            json!({"without": "\u{200B}\u{3164}"}),
            json!({"without": ""}),
            json!({"without": 1}),
            json!({"without": ["secret"]}),
        ] {
            let error = accept(wrong.clone()).unwrap_err();
            assert_eq!(error.code(), "invalid", "{wrong}");
            assert!(!error.to_string().contains("secret"), "the error must not quote the request: {error}");
        }
    }

    #[test]
    fn multiples_and_free_texts_are_accepted_unchanged() {
        for (sent, accepted) in [
            (json!({"seconds": 5}), json!({"ratio": "1:1", "seconds": 5})),
            (
                json!({"seconds": 10, "without": "8 Zeiché"}),
                json!({"ratio": "1:1", "seconds": 10, "without": "8 Zeiché"}),
            ),
        ] {
            assert_eq!(accept(sent).unwrap(), accepted);
        }
        assert_eq!(schema().values("seconds"), Some(vec![json!(5), json!(10)]));
        assert_eq!((schema().values("without"), schema().has_default("without")), (None, false));
    }

    #[test]
    fn a_setting_has_exactly_one_type() {
        for wrong in [
            json!({"title": "T", "type": "string"}),
            json!({"title": "T", "type": "string", "enum": ["a"], "maxLength": 9}),
            json!({"title": "T", "type": "integer", "maxLength": 9}),
            json!({"title": "T", "type": "integer", "minimum": 1, "maximum": 2, "multipleOf": 0}),
            json!({"title": "T", "type": "number", "minimum": 1, "maximum": 2}),
        ] {
            assert!(serde_json::from_value::<Setting>(wrong.clone()).is_err(), "{wrong} must not read");
        }
    }

    #[test]
    fn clients_see_the_schema_that_is_checked() {
        let shown = serde_json::to_value(schema()).unwrap();
        assert_eq!(shown["properties"]["seed"]["maximum"], 9);
        assert_eq!(shown["properties"]["seconds"]["multipleOf"], 5);
        assert_eq!(shown["properties"]["without"], json!({"title": "Without", "type": "string", "maxLength": 8}));
        assert_eq!(shown["additionalProperties"], false);
    }
}
