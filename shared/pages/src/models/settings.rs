//! The settings of a model in words.

use crate::words;
use generations::SettingsSchema;
use kernel::{Error, Result};
use serde_json::Value;

/// A setting, and what a person may choose in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its name.
    pub(super) title: String,
    /// The effect of it. Empty where the name says it.
    pub(super) about: String,
    /// The values that a person may choose.
    pub(super) choices: String,
    /// The value without a choice.
    pub(super) usual: String,
}

/// Values that say little by themselves. The scripts have the same words.
const VALUES: [(&str, &str); 7] = [
    ("match_input_image", "As your picture"),
    ("square_hd", "Square"),
    ("square", "Square, small"),
    ("portrait_4_3", "Portrait 3:4"),
    ("portrait_16_9", "Portrait 9:16"),
    ("landscape_4_3", "Landscape 4:3"),
    ("landscape_16_9", "Landscape 16:9"),
];

/// All settings of a model, in the order of their names.
pub(super) fn choices(schema: &SettingsSchema) -> Result<Vec<Choice>> {
    let schema = serde_json::to_value(schema).map_err(Error::internal)?;
    let settings = schema["properties"].as_object();
    Ok(settings.into_iter().flatten().map(|(_, setting)| choice(setting)).collect())
}

fn choice(setting: &Value) -> Choice {
    let text = |name: &str| setting[name].as_str().unwrap_or_default().to_owned();
    let (least, most) = (setting["minimum"].as_u64(), setting["maximum"].as_u64());
    let choices = match (setting["enum"].as_array(), least, most) {
        (Some(values), ..) => values.iter().map(value).collect::<Vec<_>>().join(", "),
        (None, Some(0), Some(most)) => format!("A whole number up to {}", words::number(most)),
        (None, Some(least), Some(most)) => match setting["multipleOf"].as_u64() {
            Some(step) if step > 1 => {
                (least..=most).filter(|number| number % step == 0).map(words::number).collect::<Vec<_>>().join(", ")
            }
            _ => format!("{} to {}", words::number(least), words::number(most)),
        },
        (None, ..) => {
            format!("Your words, up to {} characters", words::number(setting["maxLength"].as_u64().unwrap_or_default()))
        }
    };
    let usual = match (&setting["default"], setting["type"].as_str()) {
        (Value::Null, Some("integer")) => "Random".to_owned(),
        (Value::Null, _) => "None".to_owned(),
        (default, _) => value(default),
    };
    Choice { title: text("title"), about: text("description"), choices, usual }
}

/// A value in words.
fn value(value: &Value) -> String {
    match value.as_str() {
        Some(text) => VALUES.iter().find(|(known, _)| *known == text).map_or(text, |(_, words)| words).to_owned(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generations::Catalogue;
    use serde_json::json;

    #[test]
    fn every_kind_of_setting_has_words() {
        for (setting, choices, usual) in [
            (
                json!({ "title": "T", "type": "string", "enum": ["1:1", "square_hd"], "default": "square_hd" }),
                "1:1, Square",
                "Square",
            ),
            (json!({ "title": "T", "type": "integer", "minimum": 1, "maximum": 4, "default": 1 }), "1 to 4", "1"),
            (
                json!({ "title": "T", "type": "integer", "minimum": 5, "maximum": 10, "multipleOf": 5, "default": 5 }),
                "5, 10",
                "5",
            ),
            (
                json!({ "title": "T", "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u64 }),
                "A whole number up to 4,294,967,295",
                "Random",
            ),
            (
                json!({ "title": "T", "type": "string", "maxLength": 1000 }),
                "Your words, up to 1,000 characters",
                "None",
            ),
        ] {
            let choice = choice(&setting);
            assert_eq!((choice.choices.as_str(), choice.usual.as_str()), (choices, usual), "{setting}");
        }
    }

    #[test]
    fn no_page_shows_a_raw_value() {
        for model in Catalogue::built_in().unwrap().models() {
            for Choice { title, choices, usual, .. } in choices(&model.settings).unwrap() {
                assert!(!choices.contains('_') && !usual.contains('_'), "{}, {title}: give it words", model.id);
            }
        }
    }
}
