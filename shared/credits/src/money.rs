//! Money: the prices of plans and of lots.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of money. Whole minor units, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(!deny_unknown_fields)]
pub struct Money {
    /// The amount in the currency's minor unit: cents for EUR.
    pub amount: u64,
    /// The currency.
    pub currency: Currency,
}

/// A currency in which we sell, stored as its code of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "A currency, as its code of ISO 4217.")]
pub enum Currency {
    /// Euro.
    #[serde(rename = "EUR")]
    Eur,
}

impl Currency {
    /// The code of ISO 4217.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
        }
    }
}
