//! What can be bought, as data.

use credits::Money;
use kernel::{Credits, Error, Result};
use serde::{Deserialize, Serialize};

/// The one file that lists the plans.
const FILE: &str = include_str!("../plans.json");

/// How a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// Once.
    Pack,
}

/// Something that can be bought.
///
/// Price and credits of an id never change: a payment is compared with its plan when it
/// arrives, which may be days after the page was opened. What costs otherwise gets
/// another id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Our own stable name.
    pub id: String,
    /// The name that people see, here and on Stripe's page.
    pub name: String,
    /// How it is paid.
    pub kind: PlanKind,
    /// What it costs.
    pub price: Money,
    /// What it gives.
    pub credits: Credits,
}

/// All plans.
#[derive(Debug, Clone)]
pub struct Plans(Vec<Plan>);

impl Plans {
    /// The plans that are built in.
    ///
    /// # Errors
    /// `internal` when the file does not read; a test keeps it from being released so.
    pub fn built_in() -> Result<Self> {
        serde_json::from_str(FILE).map(Self).map_err(Error::internal)
    }

    /// Every plan, in the order to show them.
    #[must_use]
    pub fn all(&self) -> &[Plan] {
        &self.0
    }

    /// The plan of this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.id == id)
    }

    /// The plan that somebody wants to buy.
    ///
    /// # Errors
    /// `invalid`.
    pub fn wanted(&self, id: &str) -> Result<&Plan> {
        self.find(id).ok_or_else(|| Error::invalid("plan", "There is no such plan. GET /v1/plans lists them."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_plans_are_sound() {
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
    fn what_was_sold_once_is_sold_the_same_for_ever() {
        let plans = Plans::built_in().unwrap();
        let pack = plans.find("pack-500").expect("payments of a plan still arrive when it is no longer sold");
        assert_eq!((pack.price.amount, pack.price.currency.code(), pack.credits), (999, "EUR", Credits(500)));
        assert_eq!(plans.wanted("pack-501").unwrap_err().code(), "invalid");
    }
}
