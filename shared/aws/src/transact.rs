//! Optimistic locking: read, decide and write, and start again when another writer came first.
//!
//! AWS cancels colliding transactions (`TransactionConflict`), and the SDK does not repeat them.
//! So [`transact()`] does: each round reads and decides anew. It treats a round whose answer was
//! lost in the same way. The next round recognises the writes of the lost one, because all ids
//! are made before the first round.

use crate::{
    dynamodb::{
        client::Dynamo,
        write::{Change, ConditionFailure},
    },
    failure::{failed, transient},
};
use aws_sdk_dynamodb::{error::SdkError, operation::transact_write_items::TransactWriteItemsError};
use kernel::{Error, Ids, Result};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Most rounds, so that a decision that never commits ends. Fewer would refuse callers when many
/// write to one account at once.
const ROUNDS: u32 = 64;

/// Longest time of all rounds. Within it, thirty-two callers on one balance all succeed although
/// two in five of their transactions are canceled. HTTP clients would not wait longer.
const GIVE_UP_AFTER: Duration = Duration::from_secs(4);

/// The first pause. Each round doubles it, and waits for a random part of it.
const PAUSE: Duration = Duration::from_millis(20);

/// The longest pause. With longer ones, all writers could wait at the same time.
const PAUSE_MAX: Duration = Duration::from_millis(160);

/// How long a client should wait after the last round.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The decision of one round.
#[derive(Debug)]
pub enum Decision<T> {
    /// Write the changes in one transaction, then return the answer.
    Commit(Vec<Change>, T),
    /// Write nothing and return the answer.
    Answer(T),
    /// Read and decide again: another writer came between two reads, so they do not fit together.
    Again,
}

/// Runs `decide` and commits its changes, until a commit succeeds, nothing is left to write, or
/// a change is refused. At most 64 rounds or 4 seconds.
///
/// # Errors
/// The errors of `decide` and of the changes' explanations; `unavailable` after the last round.
pub async fn transact<T>(db: &Dynamo, ids: &Ids, mut decide: impl AsyncFnMut() -> Result<Decision<T>>) -> Result<T> {
    let started = Instant::now();
    let mut pause = PAUSE;
    for round in 1.. {
        let committed = match decide().await? {
            Decision::Answer(answer) => return Ok(answer),
            Decision::Commit(changes, answer) => commit(db, changes).await.map(|()| answer),
            Decision::Again => {
                Err(Commit::Again(Error::unavailable(RETRY_AFTER, "the items kept changing between two reads")))
            }
        };
        match committed {
            Ok(answer) => return Ok(answer),
            Err(Commit::Refused(error)) => return Err(error),
            Err(Commit::Again(error)) if round >= ROUNDS || started.elapsed() + pause >= GIVE_UP_AFTER => {
                return Err(error);
            }
            Err(Commit::Again(_)) => {}
        }
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        sleep(Duration::from_millis(ids.below(millis) + 1)).await;
        pause = PAUSE_MAX.min(pause * 2);
    }
    Err(Error::internal("unreachable: the rounds are bounded"))
}

enum Commit {
    Again(Error),
    Refused(Error),
}

#[cfg(not(feature = "planted-faults"))]
use self::commit_once as commit;

/// Commits the changes with the planted fault.
#[cfg(feature = "planted-faults")]
async fn commit(db: &Dynamo, changes: Vec<Change>) -> Result<(), Commit> {
    let crate::planted::Faulty { parts, ignores_failure } = crate::planted::faulty(changes);
    for part in parts {
        let committed = commit_once(db, part).await;
        if committed.is_err() && !ignores_failure {
            return committed;
        }
    }
    Ok(())
}

/// Commits the changes in one transaction.
async fn commit_once(db: &Dynamo, changes: Vec<Change>) -> Result<(), Commit> {
    let (writes, explains): (Vec<_>, Vec<_>) = changes.into_iter().map(|change| (change.write, change.explain)).unzip();
    let sent = db.client().transact_write_items().set_transact_items(Some(writes)).send().await;
    let error = match sent {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let reasons = match error {
        SdkError::ServiceError(service) if service.err().is_transaction_canceled_exception() => {
            match service.into_err() {
                TransactWriteItemsError::TransactionCanceledException(canceled) => {
                    canceled.cancellation_reasons.unwrap_or_default()
                }
                _ => Vec::new(),
            }
        }
        error if transient(&error) => return Err(Commit::Again(failed("TransactWriteItems", error))),
        error => return Err(Commit::Refused(failed("TransactWriteItems", error))),
    };
    for (reason, explain) in reasons.into_iter().zip(explains) {
        match reason.code.as_deref() {
            None | Some("None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded") => {}
            Some("ConditionalCheckFailed") => {
                if let ConditionFailure::Refused(error) = explain(reason.item) {
                    return Err(Commit::Refused(error));
                }
            }
            Some(code) => {
                return Err(Commit::Refused(Error::internal(format!("the transaction was canceled: {code}"))));
            }
        }
    }
    Err(Commit::Again(Error::unavailable(RETRY_AFTER, "the transaction kept being canceled")))
}
