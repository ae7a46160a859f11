//! The rule of a price in words.

use crate::words;
use generations::PriceRule;
use kernel::{Error, Result};
use serde_json::Value;

/// The price of a unit, such as “4 to 16 credits for each second”.
pub(super) fn words(rule: &PriceRule) -> Result<String> {
    let rule = serde_json::to_value(rule).map_err(Error::internal)?;
    let mut amounts = Vec::new();
    collect(&rule["unit"], &mut amounts);
    let (least, most) = (amounts.iter().min().copied(), amounts.iter().max().copied());
    let (Some(least), Some(most)) = (least, most) else { return Err(Error::internal("a price has no amount")) };
    let credits = match least == most {
        true => format!("{} credits", words::number(least)),
        false => format!("{} to {} credits", words::number(least), words::number(most)),
    };
    Ok(match rule["per"].as_str() {
        Some("image") => format!("{credits} for each picture"),
        Some("second") => format!("{credits} for each second"),
        _ => format!("{credits} in all"),
    })
}

/// All amounts of a table, which may hold tables.
fn collect(amount: &Value, amounts: &mut Vec<u64>) {
    match amount.as_u64() {
        Some(fixed) => amounts.push(fixed),
        None => amount["values"].as_object().into_iter().flatten().for_each(|(_, amount)| collect(amount, amounts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generations::Catalogue;
    use serde_json::json;

    #[test]
    fn every_price_has_words() {
        let table = json!({ "setting": "a", "values": { "x": 4, "y": { "setting": "b", "values": { "z": 16 } } } });
        let rule = |rule: Value| words(&serde_json::from_value(rule).unwrap()).unwrap();
        assert_eq!(rule(json!({ "per": "image", "unit": 4, "images": 1 })), "4 credits for each picture");
        assert_eq!(rule(json!({ "per": "second", "unit": table, "seconds": 5 })), "4 to 16 credits for each second");
        assert_eq!(rule(json!({ "per": "generation", "unit": 14 })), "14 credits in all");
        for model in Catalogue::built_in().unwrap().models() {
            assert!(words(&model.price).is_ok(), "{}", model.id);
        }
    }
}
