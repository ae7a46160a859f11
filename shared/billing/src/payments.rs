//! Payments in the table `Credits`, beside the balance that they fill.

use aws::{Condition, Decision, Table, transact};
use credits::{CreditStore, Lot, Money};
use jiff::Timestamp;
use kernel::{AccountId, Credits, Error, Ids, Result};
use serde::{Deserialize, Serialize};

/// What the keys of all payments start with; the partner and its id of the payment follow.
pub(crate) const PREFIX: &str = "payment#";

/// A payment that has been judged: what was paid by whom for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Who gets the credits.
    pub account: AccountId,
    /// Stripe's PaymentIntent.
    pub intent: String,
    /// The order, as text.
    pub order: String,
    /// The id of the plan.
    pub plan: String,
    /// What was paid.
    pub paid: Money,
    /// What it gives.
    pub credits: Credits,
    /// The event that told of it.
    pub event: String,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// The credits were granted by this call, or by an earlier one.
    Yes,
    /// There is no such account (any more).
    NoAccount,
}

/// A payment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) provider: String,
    pub(crate) payment: String,
    pub(crate) order: String,
    pub(crate) plan: String,
    pub(crate) paid: Money,
    pub(crate) granted: Credits,
    /// The lot that it made: what a refund takes back.
    pub(crate) lot: String,
    pub(crate) event: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) granted_at: Timestamp,
}

/// Payments. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Payments {
    table: Table,
    credits: CreditStore,
}

impl Payments {
    /// Payments in `table`, which is that of the credits.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { credits: CreditStore::new(table.clone()), table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Grants what was paid for, once for each PaymentIntent, whatever the event and however
    /// many tell of it: the row of the payment, the balance and its entry are written in one
    /// transaction or not at all. Two requests, batch read and transaction; one when it was
    /// granted before or the account is gone; two more for each round in which somebody came
    /// between. When the answer to the transaction is lost, the next round finds the row.
    ///
    /// # Errors
    /// `account_not_active`, `too_many_lots`, `unavailable`.
    pub async fn grant(&self, payment: &Payment, ids: &Ids, now: Timestamp) -> Result<Granted> {
        let (partition, sort) = (payment.account.to_string(), key(&payment.intent));
        let lot = Lot::pack(&sort, payment.credits, payment.paid, now);
        let row = Row::of(payment, &lot, now);
        let (credits, balance) = self.credits.balance_key();
        let granted = transact(self.table.db(), ids, async || {
            let keys = [(credits, partition.as_str(), balance), (&self.table, &partition, &sort)];
            let [balance, known] = self.table.db().batch_get(keys).await?;
            if known.is_some() {
                return Ok(Decision::Answer(Granted::Yes));
            }
            let Some(balance) = balance else { return Ok(Decision::Answer(Granted::NoAccount)) };
            let mut changes = self.credits.grant_changes(payment.account, aws::read(balance)?, lot.clone(), now)?;
            changes.push(self.table.put(&partition, &sort, &row).when(Condition::Absent).into_change()?);
            Ok(Decision::Commit(changes, Granted::Yes))
        });
        match granted.await {
            // Erased between the read and the transaction.
            Err(Error::NotFound) => Ok(Granted::NoAccount),
            answer => answer,
        }
    }
}

impl Row {
    fn of(payment: &Payment, lot: &Lot, now: Timestamp) -> Self {
        let Payment { intent, order, plan, paid, credits, event, .. } = payment.clone();
        let (provider, lot) = ("stripe".to_owned(), lot.id.clone());
        Self { provider, payment: intent, order, plan, paid, granted: credits, lot, event, granted_at: now }
    }
}

fn key(intent: &str) -> String {
    format!("{PREFIX}stripe#{intent}")
}

#[cfg(test)]
mod tests;
