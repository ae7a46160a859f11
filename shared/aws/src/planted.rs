//! Faults in transactions, on purpose: see [`kernel::planted`].
//!
//! A fault drops a change of a transaction, commits a change before the others, or ignores that
//! the transaction failed. It recognises a change by the kind of item that the change writes, so
//! no workflow has code for it.

use crate::dynamodb::{item::Item, write::Change};
use aws_sdk_dynamodb::types::TransactWriteItem;
use kernel::planted::{Planted, planted};

/// The attribute that the end of a generation without a delivery sets.
const FAILURE: &str = "failure";

/// A transaction with the planted fault.
pub(crate) struct Faulty {
    /// The changes in the order of their commits, each part in a transaction of its own.
    pub(crate) parts: Vec<Vec<Change>>,
    /// Whether a part that failed counts as committed.
    pub(crate) ignores_failure: bool,
}

/// The kind of item that a change writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// The balance of an account or an entry of it.
    Balance,
    /// The row of a payment.
    Payment,
    /// The row of an Idempotency-Key.
    RequestRow,
    /// The end of a generation without a delivery.
    GivenUp,
    /// Anything else.
    Other,
}

/// Puts the planted fault into a transaction that has the changes for it.
pub(crate) fn faulty(changes: Vec<Change>) -> Faulty {
    let has = |what: Written| changes.iter().any(|change| written(&change.write) == what);
    let creates = has(Written::RequestRow) && has(Written::Balance);
    let gives_up = has(Written::GivenUp) && has(Written::Balance);
    let ignores_failure = planted(Planted::AcknowledgeFirst) && has(Written::Payment);
    let parts = if planted(Planted::HoldAlone) && creates {
        in_two(changes, Written::Balance)
    } else if planted(Planted::RowBeforeEffect) && creates {
        in_two(changes, Written::RequestRow)
    } else if planted(Planted::ReleaseAlone) && gives_up {
        vec![without(changes, Written::GivenUp)]
    } else if planted(Planted::StateAlone) && gives_up {
        vec![without(changes, Written::Balance)]
    } else {
        vec![changes]
    };
    Faulty { parts, ignores_failure }
}

/// The changes that write this, then the others.
fn in_two(changes: Vec<Change>, first: Written) -> Vec<Vec<Change>> {
    let (before, after) = changes.into_iter().partition(|change| written(&change.write) == first);
    vec![before, after]
}

fn without(changes: Vec<Change>, dropped: Written) -> Vec<Change> {
    changes.into_iter().filter(|change| written(&change.write) != dropped).collect()
}

fn written(write: &TransactWriteItem) -> Written {
    if let Some(update) = &write.update {
        let names = update.expression_attribute_names.iter().flat_map(|names| names.values());
        return if names.into_iter().any(|name| name == FAILURE) { Written::GivenUp } else { Written::Other };
    }
    match write.put.as_ref().map(|put| sort_key(&put.item)) {
        Some("balance") => Written::Balance,
        Some(key) if key.starts_with("entry#") => Written::Balance,
        Some(key) if key.starts_with("payment#") => Written::Payment,
        Some(key) if key.starts_with("request#") => Written::RequestRow,
        Some(_) | None => Written::Other,
    }
}

fn sort_key(item: &Item) -> &str {
    item.get("sk").and_then(|key| key.as_s().ok()).map_or("", String::as_str)
}
