//! The plans on sale.

use credits::Money;
use kernel::{Credits, Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The file with the plans.
const FILE: &str = include_str!("../plans.json");

/// The way of paying for a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// One payment.
    Pack,
}

/// A plan on sale.
///
/// Price and credits of an id never change, because a payment is compared with its plan when it
/// arrives, possibly days after the page was opened. A new price needs a new id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The stable id.
    pub id: String,
    /// The name on our pages and on Stripe's page.
    pub name: String,
    /// The way of paying.
    pub kind: PlanKind,
    /// The price.
    pub price: Money,
    /// The credits that a payment grants.
    pub credits: Credits,
}

/// All plans.
#[derive(Debug, Clone)]
pub struct Plans(Vec<Plan>);

impl Plans {
    /// The plans that are built in.
    ///
    /// # Errors
    /// `internal` if the file does not parse, which a test rules out.
    pub fn built_in() -> Result<Self> {
        serde_json::from_str(FILE).map(Self).map_err(Error::internal)
    }

    /// All plans in display order.
    #[must_use]
    pub fn all(&self) -> &[Plan] {
        &self.0
    }

    /// The plan with this id, if there is one.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.id == id)
    }

    /// The plan with this id, from a request.
    ///
    /// # Errors
    /// `invalid` if there is no such plan.
    pub fn require(&self, id: &str) -> Result<&Plan> {
        self.find(id).ok_or_else(|| Error::invalid("plan", "There is no such plan. GET /v1/plans lists them."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_plans_are_valid() {
        let plans = Plans::built_in().unwrap();
        let ids: HashSet<&str> = plans.all().iter().map(|plan| plan.id.as_str()).collect();
        assert_eq!(ids.len(), plans.all().len(), "give every plan an id of its own");
        for Plan { id, name, price, credits, .. } in plans.all() {
            assert!(
                id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
                "{id}: it is part of an order id"
            );
            assert!(price.amount >= 50, "{id}: Stripe takes no payment of less than 0.50 EUR");
            assert!(!credits.is_zero() && !name.is_empty(), "{id}: a plan has a name and gives something");
        }
    }

    #[test]
    fn a_plan_never_changes_its_price_or_credits() {
        let plans = Plans::built_in().unwrap();
        let pack = plans.find("pack-500").expect("payments of a plan arrive after the end of its sale");
        assert_eq!((pack.price.amount, pack.price.currency.code(), pack.credits), (999, "EUR", Credits(500)));
        assert_eq!(plans.require("pack-501").unwrap_err().code(), "invalid");
    }
}
