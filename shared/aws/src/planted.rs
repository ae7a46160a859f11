//! Faults in transactions, on purpose: see [`kernel::planted`].
//!
//! A fault drops a change of a transaction, commits a change before the others, loosens its conditions, or
//! ignores that the transaction failed. It recognises a change by the kind of item that the change writes, so
//! no workflow has code for it.

use crate::dynamodb::{item::Item, write::Change};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use kernel::planted::{Planted, planted};
use std::collections::HashMap;

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
    /// The profile of an account.
    Profile,
    /// An identity of an account.
    Identity,
    /// The reverse key of an identity.
    ReverseKey,
    /// A session, or a check of one.
    Session,
    /// The marker of a person who had a welcome lot.
    WelcomeMarker,
    /// Anything else.
    Other,
}

/// Puts the planted fault into a transaction that has the changes for it.
pub(crate) fn faulty(changes: Vec<Change>) -> Faulty {
    let changes = loosened(changes);
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
    } else if planted(Planted::WelcomeAgain) {
        vec![without(changes, Written::WelcomeMarker)]
    } else {
        vec![changes]
    };
    Faulty { parts, ignores_failure }
}

/// The changes, with conditions that also hold where they must not.
fn loosened(mut changes: Vec<Change>) -> Vec<Change> {
    let has = |what: Written| changes.iter().any(|change| written(&change.write) == what);
    // A sign-in writes a session too, and a link checks one.
    let is_notice = has(Written::Profile) && has(Written::Identity) && !has(Written::Session);
    for change in &mut changes {
        if planted(Planted::LinkSteals) && written(&change.write) == Written::ReverseKey {
            loosen(&mut change.write, "attribute_exists");
        }
        if planted(Planted::NoticeResurrects) && is_notice {
            loosen(&mut change.write, "attribute_not_exists");
        }
    }
    changes
}

/// Lets the condition of a put or an update also hold for an item of which `test` is true.
fn loosen(write: &mut TransactWriteItem, test: &str) {
    let (condition, names) = match write {
        TransactWriteItem { put: Some(Put { condition_expression, expression_attribute_names, .. }), .. }
        | TransactWriteItem { update: Some(Update { condition_expression, expression_attribute_names, .. }), .. } => {
            (condition_expression, expression_attribute_names)
        }
        _ => return,
    };
    let Some(condition) = condition else { return };
    *condition = format!("({condition}) OR ({test}(#pk))");
    names.get_or_insert_with(HashMap::new).insert("#pk".to_owned(), "pk".to_owned());
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
        let mut names = update.expression_attribute_names.iter().flat_map(|names| names.values());
        let gives_up = names.any(|name| name == FAILURE);
        return match sort_key(&update.key) {
            _ if gives_up => Written::GivenUp,
            "profile" => Written::Profile,
            _ => Written::Other,
        };
    }
    if let Some(check) = &write.condition_check {
        return if sort_key(&check.key).starts_with("session#") { Written::Session } else { Written::Other };
    }
    match write.put.as_ref().map(|put| sort_key(&put.item)) {
        Some("balance") => Written::Balance,
        Some(key) if key.starts_with("entry#") => Written::Balance,
        Some(key) if key.starts_with("payment#") => Written::Payment,
        Some(key) if key.starts_with("request#") => Written::RequestRow,
        Some(key) if key.starts_with("identity#") => Written::Identity,
        Some(key) if key.starts_with("session#") => Written::Session,
        Some("account") => Written::ReverseKey,
        Some("welcome") => Written::WelcomeMarker,
        Some(_) | None => Written::Other,
    }
}

fn sort_key(item: &Item) -> &str {
    item.get("sk").and_then(|key| key.as_s().ok()).map_or("", String::as_str)
}
