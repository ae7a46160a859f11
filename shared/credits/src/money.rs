//! Money: what a plan costs, and what was paid for a lot.

use serde::{Deserialize, Serialize};

/// An amount of money. Whole minor units, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In the currency's minor unit: cents for EUR.
    pub amount: u64,
    /// The currency.
    pub currency: Currency,
}

/// A currency that we sell in, as ISO 4217 spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Currency {
    /// Euro.
    #[serde(rename = "EUR")]
    Eur,
}

impl Currency {
    /// Its code of ISO 4217.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
        }
    }
}
