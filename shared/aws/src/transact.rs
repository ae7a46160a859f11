//! Read, decide, write: again until nobody came between.
//!
//! AWS cancels transactions that collide (`TransactionConflict`) and the SDK does not
//! repeat those, so it is done here: each round reads and decides anew. A round whose
//! answer was lost is treated the same way, because whoever decides recognises its own
//! writing: ids are made before the first round.

use crate::{
    Change, Dynamo, Verdict,
    failure::{failed, passing},
};
use aws_sdk_dynamodb::{error::SdkError, operation::transact_write_items::TransactWriteItemsError};
use kernel::{Error, Ids, Result};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Rounds until we give up, so that a decision that never holds ends. Fewer would turn
/// away callers under a burst on one account.
const ROUNDS: u32 = 64;

/// Time until we give up. Thirty-two callers on one balance, of whose transactions two in
/// five are canceled, are all served within it; longer would outlive the patience of an
/// HTTP client.
const GIVE_UP_AFTER: Duration = Duration::from_secs(4);

/// First pause; doubled each round, and a random part of it is taken.
const PAUSE: Duration = Duration::from_millis(20);

/// Longest pause. Longer would leave the item idle while everybody waits.
const PAUSE_MAX: Duration = Duration::from_millis(160);

/// How long a client is asked to wait after we gave up.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a round decided.
#[derive(Debug)]
pub enum Decision<T> {
    /// Write these in one transaction, then answer this.
    Commit(Vec<Change>, T),
    /// Nothing needs to be written.
    Answer(T),
    /// What was read does not fit together, because somebody wrote between two reads.
    Again,
}

/// Runs `decide` and commits what it decides, until a commit goes through, nothing is
/// left to write, or a change is refused. At most 64 rounds or 4 seconds.
///
/// # Errors
/// What `decide` or a change's explanation answers; `unavailable` after giving up.
pub async fn transact<T>(db: &Dynamo, ids: &Ids, mut decide: impl AsyncFnMut() -> Result<Decision<T>>) -> Result<T> {
    let started = Instant::now();
    let mut pause = PAUSE;
    for round in 1.. {
        let committed = match decide().await? {
            Decision::Answer(answer) => return Ok(answer),
            Decision::Commit(changes, answer) => commit(db, changes).await.map(|()| answer),
            Decision::Again => Err(Commit::Again(Error::unavailable(RETRY_AFTER, "what was read kept changing"))),
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
        error if passing(&error) => return Err(Commit::Again(failed("TransactWriteItems", error))),
        error => return Err(Commit::Refused(failed("TransactWriteItems", error))),
    };
    for (reason, explain) in reasons.into_iter().zip(explains) {
        match reason.code.as_deref() {
            None | Some("None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded") => {}
            Some("ConditionalCheckFailed") => {
                if let Verdict::Refused(error) = explain(reason.item) {
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
