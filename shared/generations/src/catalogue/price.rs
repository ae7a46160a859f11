//! What something costs, as data: a rule over the settings of a model. Pure.
//!
//! Amounts are whole: credits where a person pays, millionths of a dollar where we pay.
//! Clients are shown the rule of a model and may compute with it; what `generate` charges
//! is computed here.

#[cfg(test)]
pub(crate) mod check;

use crate::Settings;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The rule: what one unit costs, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "per", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// One price for all that is made.
    Generation {
        /// What it costs.
        unit: Amount,
    },
    /// A price for each image.
    Image {
        /// What one costs.
        unit: Amount,
        /// How many are made.
        images: Count,
    },
    /// A price for each second.
    Second {
        /// What one costs.
        unit: Amount,
        /// How many it lasts.
        seconds: Count,
    },
}

/// An amount that may depend on settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// Always this.
    Fixed(u64),
    /// By the value of a setting, and within that perhaps by another one.
    By {
        /// The setting's name.
        setting: String,
        /// An amount for each value that it may have; numbers are spelt in digits.
        values: BTreeMap<String, Amount>,
    },
}

/// A number of images or seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Count {
    /// Always this many.
    Fixed(u32),
    /// As many as the setting of this name says: a whole number, or one in digits, with or
    /// without the `s` of seconds behind it.
    Setting(String),
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// All that is made at once.
    Generation,
    /// Images.
    Image,
    /// Seconds.
    Second,
}

/// How an amount is made up: `unit` times `quantity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What is counted.
    pub per: Per,
    /// What one costs.
    pub unit: u64,
    /// How many there are.
    pub quantity: u32,
    /// The product.
    pub total: u64,
}

impl Price {
    /// How many outputs it is for: each has the same share of the total.
    #[must_use]
    pub fn outputs(&self) -> u32 {
        match self.per {
            Per::Image => self.quantity,
            Per::Generation | Per::Second => 1,
        }
    }
}

impl Rule {
    /// The price with settings that the model accepted.
    ///
    /// # Errors
    /// `internal` when the rule does not cover them, which the test of the catalogue rules
    /// out.
    pub fn price(&self, settings: &Settings) -> Result<Price> {
        let (per, unit, quantity) = match self {
            Self::Generation { unit } => (Per::Generation, unit, Some(1)),
            Self::Image { unit, images } => (Per::Image, unit, images.number(settings)),
            Self::Second { unit, seconds } => (Per::Second, unit, seconds.number(settings)),
        };
        let price = unit.amount(settings).zip(quantity).and_then(|(unit, quantity)| {
            let total = unit.checked_mul(quantity.into())?;
            Some(Price { per, unit, quantity, total })
        });
        price.ok_or_else(|| Error::internal("the price rule does not cover the settings of its model"))
    }
}

impl Amount {
    fn amount(&self, settings: &Settings) -> Option<u64> {
        match self {
            Self::Fixed(amount) => Some(*amount),
            Self::By { setting, values } => values.get(&key(settings.values().get(setting)?))?.amount(settings),
        }
    }
}

impl Count {
    fn number(&self, settings: &Settings) -> Option<u32> {
        match self {
            Self::Fixed(number) => Some(*number),
            Self::Setting(setting) => number(settings.values().get(setting)?),
        }
    }
}

/// A value as the key of a table.
fn key(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.trim_end_matches('s').parse().ok(),
        value => value.as_u64().and_then(|number| number.try_into().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SettingsSchema;
    use serde_json::json;

    pub(super) fn schema() -> SettingsSchema {
        serde_json::from_value(json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "images": {"title": "Images", "type": "integer", "minimum": 1, "maximum": 4, "default": 1},
                "length": {"title": "Length", "type": "string", "enum": ["5", "10s"], "default": "5"},
                "none": {"title": "None", "type": "integer", "minimum": 0, "maximum": 4, "default": 0},
                "quality": {"title": "Quality", "type": "string", "enum": ["low", "high"], "default": "low"},
                "seed": {"title": "Seed", "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32},
                "size": {"title": "Size", "type": "integer", "minimum": 1, "maximum": 2, "default": 1},
            },
        }))
        .unwrap()
    }

    pub(super) fn rule(rule: &Value) -> Rule {
        serde_json::from_value(rule.clone()).unwrap_or_else(|error| panic!("{rule} must read: {error}"))
    }

    fn settings(sent: &Value) -> Settings {
        schema().accept(sent.as_object().unwrap()).unwrap()
    }

    #[test]
    fn a_price_is_a_unit_times_how_many_there_are() {
        let table = json!({ "setting": "quality", "values": {
            "low": 4, "high": { "setting": "size", "values": { "1": 8, "2": 12 } },
        }});
        let fixed = json!({ "per": "second", "unit": 3, "seconds": 5 });
        let images = json!({ "per": "image", "unit": table, "images": "images" });
        let seconds = json!({ "per": "second", "unit": table, "seconds": "length" });
        let whole = json!({ "per": "generation", "unit": table });
        for (of, sent, per, unit, quantity) in [
            (&fixed, json!({}), Per::Second, 3, 5),
            (&images, json!({}), Per::Image, 4, 1),
            (&images, json!({ "images": 3 }), Per::Image, 4, 3),
            (&images, json!({ "images": 4, "quality": "high", "size": 2 }), Per::Image, 12, 4),
            (&seconds, json!({ "length": "10s" }), Per::Second, 4, 10),
            (&seconds, json!({ "quality": "high" }), Per::Second, 8, 5),
            (&whole, json!({ "quality": "high", "images": 4 }), Per::Generation, 8, 1),
        ] {
            let price = rule(of).price(&settings(&sent)).unwrap();
            let expected = Price { per, unit, quantity, total: unit * u64::from(quantity) };
            assert_eq!(price, expected, "{of} with {sent}");
            assert_eq!(price.outputs(), if per == Per::Image { quantity } else { 1 }, "{of} with {sent}");
        }
    }

    #[test]
    fn there_are_no_floats_and_no_other_words() {
        for wrong in [
            json!({ "per": "generation", "unit": 1.5 }),
            json!({ "per": "generation", "unit": -1 }),
            json!({ "per": "generation", "unit": 1, "images": 2 }),
            json!({ "per": "image", "unit": 1 }),
            json!({ "per": "minute", "unit": 1 }),
        ] {
            assert!(serde_json::from_value::<Rule>(wrong.clone()).is_err(), "{wrong} must not read");
        }
    }

    #[test]
    fn clients_are_shown_what_was_written() {
        let written = json!({ "per": "image", "images": "images",
            "unit": { "setting": "quality", "values": { "low": 4, "high": 8 } } });
        assert_eq!(serde_json::to_value(rule(&written)).unwrap(), written);
    }
}
