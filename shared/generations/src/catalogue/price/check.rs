//! Checks for tests: whether a price rule fits the settings of its model.

use super::{Amount, AmountTable, Count, PriceRule, key, number};
use crate::catalogue::settings::SettingsSchema;
use kernel::limits;
use serde_json::Value;

impl PriceRule {
    /// Checks the rule against the settings of its model. The rule may name only settings
    /// with a default, and must have an amount for exactly the allowed values.
    ///
    /// # Errors
    /// A sentence for the author of the rule.
    pub(crate) fn check(&self, schema: &SettingsSchema, most: u64) -> Result<(), String> {
        let (unit, counted) = match self {
            Self::Generation { unit } => (unit, 1),
            Self::Second { unit, seconds } => (unit, seconds.check(schema)?),
            Self::Image { unit, images } => (unit, images.check(schema)?),
        };
        if matches!(self, Self::Image { .. }) && counted > limits::BATCH_MAX {
            return Err(format!("{counted} images at once are more than {}", limits::BATCH_MAX));
        }
        match unit.check(schema)?.checked_mul(counted.into()) {
            Some(total) if total <= most => Ok(()),
            total => Err(format!("the largest price is {total:?}, above {most}")),
        }
    }
}

impl Amount {
    /// The largest possible amount.
    fn check(&self, schema: &SettingsSchema) -> Result<u64, String> {
        match self {
            Self::Fixed(0) => Err("an amount must be above zero".to_owned()),
            Self::Fixed(amount) => Ok(*amount),
            Self::By(AmountTable { setting, values }) => {
                let allowed: Vec<String> = allowed(schema, setting)?.iter().map(key).collect();
                if !allowed.iter().all(|value| values.contains_key(value)) || allowed.len() != values.len() {
                    return Err(format!("it must have an amount for each of {setting}: {}", allowed.join(", ")));
                }
                values.values().try_fold(0, |largest, amount| Ok(largest.max(amount.check(schema)?)))
            }
        }
    }
}

impl Count {
    /// The largest possible number.
    fn check(&self, schema: &SettingsSchema) -> Result<u32, String> {
        let numbers = match self {
            Self::Fixed(number) => vec![Some(*number)],
            Self::Setting(setting) => allowed(schema, setting)?.iter().map(number).collect(),
        };
        let numbers: Option<Vec<u32>> = numbers.into_iter().map(|number| number.filter(|number| *number > 0)).collect();
        let largest = numbers.and_then(|numbers| numbers.into_iter().max());
        largest.ok_or_else(|| format!("{self:?} must be at least 1 with every setting"))
    }
}

/// Every allowed value of a setting that has a default.
fn allowed(schema: &SettingsSchema, setting: &str) -> Result<Vec<Value>, String> {
    if !schema.has_default(setting) {
        return Err(format!("{setting} must be a setting with a default"));
    }
    schema.values(setting).ok_or_else(|| format!("{setting} has too many values to have prices"))
}

mod tests {
    use super::super::tests::{rule, schema};
    use serde_json::{Value, json};

    #[test]
    fn a_rule_that_does_not_fit_its_model_is_found() {
        let by = |setting: &str, values: Value| json!({ "setting": setting, "values": values });
        for (wrong, most) in [
            (json!({ "per": "generation", "unit": 0 }), 99),
            (json!({ "per": "generation", "unit": 100 }), 99),
            (json!({ "per": "generation", "unit": by("quality", json!({ "low": 1 })) }), 99),
            (json!({ "per": "generation", "unit": by("quality", json!({ "low": 1, "high": 2, "best": 3 })) }), 99),
            (json!({ "per": "generation", "unit": by("quality", json!({ "low": 1, "high": 0 })) }), 99),
            (json!({ "per": "generation", "unit": by("colour", json!({ "red": 1 })) }), 99),
            (json!({ "per": "generation", "unit": by("seed", json!({ "1": 1 })) }), 99),
            (json!({ "per": "image", "unit": 25, "images": "images" }), 99),
            (json!({ "per": "image", "unit": 1, "images": "none" }), 99),
            (json!({ "per": "image", "unit": 1, "images": 0 }), 99),
            (json!({ "per": "image", "unit": 1, "images": 5 }), 99),
            (json!({ "per": "image", "unit": 1, "images": "quality" }), 99),
            (json!({ "per": "image", "unit": u64::MAX, "images": "images" }), u64::MAX),
        ] {
            assert!(rule(&wrong).check(&schema(), most).is_err(), "{wrong} must not pass");
        }
    }

    #[test]
    fn a_rule_that_covers_everything_passes() {
        let table = json!({ "setting": "quality", "values": {
            "low": 4, "high": { "setting": "size", "values": { "1": 8, "2": 12 } },
        }});
        for (right, most) in [
            (json!({ "per": "generation", "unit": table }), 12),
            (json!({ "per": "image", "unit": table, "images": "images" }), 48),
            (json!({ "per": "second", "unit": table, "seconds": "length" }), 120),
            (json!({ "per": "second", "unit": 3, "seconds": 5 }), 15),
        ] {
            assert_eq!(rule(&right).check(&schema(), most), Ok(()), "{right}");
            assert!(rule(&right).check(&schema(), most - 1).is_err(), "{right} comes to {most}");
        }
    }
}
