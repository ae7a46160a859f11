//! Price rules: a price as a function of a model's settings. Pure.
//!
//! Amounts are whole numbers: credits for the person's price, millionths of a dollar for the
//! provider's price. `GET /v1/models` shows the rules, so that clients can compute a price
//! themselves.

#[cfg(test)]
pub(crate) mod check;

use crate::catalogue::settings::Settings;
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A price rule: the price of one unit and the number of units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "per", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(!deny_unknown_fields)]
pub enum PriceRule {
    /// One price for the whole generation.
    Generation {
        /// The price of the generation.
        unit: Amount,
    },
    /// A price for each image.
    Image {
        /// The price of one image.
        unit: Amount,
        /// The number of images.
        images: Count,
    },
    /// A price for each second.
    Second {
        /// The price of one second.
        unit: Amount,
        /// The length in seconds.
        seconds: Count,
    },
}

/// An amount that may depend on settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "PriceAmount")]
pub enum Amount {
    /// Always this amount.
    Fixed(u64),
    /// An amount that depends on a setting.
    By(AmountTable),
}

/// Amounts by the value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PriceTable")]
pub struct AmountTable {
    /// The setting's name.
    setting: String,
    /// The amount for each allowed value, whose numbers are written in digits: a whole number, or again
    /// such a table.
    // Client generators refuse schemas that contain themselves.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    values: BTreeMap<String, Amount>,
}

/// A number of images or seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "PriceCount")]
pub enum Count {
    /// Always this number.
    Fixed(u32),
    /// The value of the setting of this name: a whole number, or a text of digits that may
    /// end in `s` for seconds.
    Setting(String),
}

/// The unit of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PriceUnit")]
pub enum Per {
    /// The whole generation.
    Generation,
    /// An image.
    Image,
    /// A second.
    Second,
}

/// The parts of a price: `unit` times `quantity` is `total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceBreakdown {
    /// The unit.
    pub per: Per,
    /// The price of one unit.
    pub unit: u64,
    /// The number of units.
    pub quantity: u32,
    /// The product.
    pub total: u64,
}

impl PriceBreakdown {
    /// The number of outputs. Each has the same share of the total.
    #[must_use]
    pub fn outputs(&self) -> u32 {
        match self.per {
            Per::Image => self.quantity,
            Per::Generation | Per::Second => 1,
        }
    }
}

impl PriceRule {
    /// The price with settings that the model accepted.
    ///
    /// # Errors
    /// `internal` when the rule does not cover the settings. A test of the catalogue excludes
    /// that.
    pub fn breakdown(&self, settings: &Settings) -> Result<PriceBreakdown> {
        let (per, unit, quantity) = match self {
            Self::Generation { unit } => (Per::Generation, unit, Some(1)),
            Self::Image { unit, images } => (Per::Image, unit, images.number(settings)),
            Self::Second { unit, seconds } => (Per::Second, unit, seconds.number(settings)),
        };
        let breakdown = unit.amount(settings).zip(quantity).and_then(|(unit, quantity)| {
            let total = unit.checked_mul(quantity.into())?;
            Some(PriceBreakdown { per, unit, quantity, total })
        });
        breakdown.ok_or_else(|| Error::internal("the price rule does not cover the settings of its model"))
    }
}

impl Amount {
    fn amount(&self, settings: &Settings) -> Option<u64> {
        match self {
            Self::Fixed(amount) => Some(*amount),
            Self::By(AmountTable { setting, values }) => {
                values.get(&key(settings.values().get(setting)?))?.amount(settings)
            }
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

/// The value of a setting as a key of an [`AmountTable`].
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
    use crate::catalogue::settings::SettingsSchema;
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

    pub(super) fn rule(rule: &Value) -> PriceRule {
        serde_json::from_value(rule.clone()).unwrap_or_else(|error| panic!("{rule} must parse: {error}"))
    }

    fn settings(sent: &Value) -> Settings {
        schema().accept(sent.as_object().unwrap()).unwrap()
    }

    #[test]
    fn a_price_is_the_unit_price_times_the_quantity() {
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
            let breakdown = rule(of).breakdown(&settings(&sent)).unwrap();
            let expected = PriceBreakdown { per, unit, quantity, total: unit * u64::from(quantity) };
            assert_eq!(breakdown, expected, "{of} with {sent}");
            assert_eq!(breakdown.outputs(), if per == Per::Image { quantity } else { 1 }, "{of} with {sent}");
        }
    }

    #[test]
    fn fractions_and_unknown_units_are_refused() {
        for wrong in [
            json!({ "per": "generation", "unit": 1.5 }),
            json!({ "per": "generation", "unit": -1 }),
            json!({ "per": "generation", "unit": 1, "images": 2 }),
            json!({ "per": "image", "unit": 1 }),
            json!({ "per": "minute", "unit": 1 }),
        ] {
            assert!(serde_json::from_value::<PriceRule>(wrong.clone()).is_err(), "{wrong} must not parse");
        }
    }

    #[test]
    fn a_rule_is_shown_as_it_is_written() {
        let written = json!({ "per": "image", "images": "images",
            "unit": { "setting": "quality", "values": { "low": 4, "high": 8 } } });
        assert_eq!(serde_json::to_value(rule(&written)).unwrap(), written);
    }
}
