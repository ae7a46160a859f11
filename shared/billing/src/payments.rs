//! Payments in the table `Credits`, in the partition of the balance that they fill.

use aws::{Condition, Decision, Table, transact};
use credits::{CreditStore, Lot, Money};
use jiff::Timestamp;
use kernel::{AccountId, Credits, Error, Ids, Result};
use serde::{Deserialize, Serialize};

/// The prefix of all sort keys of payments. The partner and its id of the payment follow.
pub(crate) const PREFIX: &str = "payment#";

/// A payment that matches its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The account that gets the credits.
    pub account: AccountId,
    /// Stripe's PaymentIntent.
    pub intent: String,
    /// The id of the order.
    pub order: String,
    /// The id of the plan.
    pub plan: String,
    /// The paid amount.
    pub paid: Money,
    /// The credits to grant.
    pub credits: Credits,
    /// The id of the event that reported the payment.
    pub event: String,
}

/// The outcome of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantOutcome {
    /// The credits were granted, by this call or by an earlier one.
    Granted,
    /// The account does not exist or was erased.
    NoAccount,
}

/// The stored item of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaymentItem {
    pub(crate) provider: String,
    pub(crate) payment: String,
    pub(crate) order: String,
    pub(crate) plan: String,
    pub(crate) paid: Money,
    pub(crate) granted: Credits,
    /// The lot with the granted credits. A refund takes it back.
    pub(crate) lot: String,
    pub(crate) event: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) granted_at: Timestamp,
}

/// The stored payments. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PaymentStore {
    table: Table,
    credits: CreditStore,
}

impl PaymentStore {
    /// The payments in `table`, which is the table of the credits.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { credits: CreditStore::new(table.clone()), table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Grants the credits of a payment once for each PaymentIntent, regardless of the number of
    /// events that report it. One transaction writes the payment, the balance and its entry. Two
    /// requests, a batch read and the transaction; one if the payment was granted before or the
    /// account does not exist; two more for each conflict with another writer. If the answer to
    /// the transaction is lost, the next round finds the payment.
    ///
    /// # Errors
    /// `account_not_active` for an account that is being deleted; `too_many_lots`; `unavailable`.
    pub async fn grant(&self, payment: &Payment, ids: &Ids, now: Timestamp) -> Result<GrantOutcome> {
        let (partition, sort) = (payment.account.to_string(), key(&payment.intent));
        let lot = Lot::pack(&sort, payment.credits, payment.paid, now);
        let item = PaymentItem::of(payment, &lot, now);
        let (credits, balance) = self.credits.balance_key();
        let granted = transact(self.table.db(), ids, async || {
            let keys = [(credits, partition.as_str(), balance), (&self.table, &partition, &sort)];
            let [balance, known] = self.table.db().batch_get(keys).await?;
            if known.is_some() {
                return Ok(Decision::Answer(GrantOutcome::Granted));
            }
            let Some(balance) = balance else { return Ok(Decision::Answer(GrantOutcome::NoAccount)) };
            let mut changes = self.credits.grant_changes(payment.account, aws::read(balance)?, lot.clone(), now)?;
            changes.push(self.table.put(&partition, &sort, &item).when(Condition::Absent).into_change()?);
            Ok(Decision::Commit(changes, GrantOutcome::Granted))
        });
        match granted.await {
            // The account was erased between the read and the transaction.
            Err(Error::NotFound) => Ok(GrantOutcome::NoAccount),
            answer => answer,
        }
    }
}

impl PaymentItem {
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
