//! The request to cancel a generation: the part of a cancellation that needs no provider.

use crate::{
    generation::{
        cancellation::{Cancellation, cancellation},
        failure::{Failure, FailureCode},
        record::Generation,
        status::GenerationStatus,
    },
    store::table::GenerationStore,
};
use aws::{Decision, transact};
use credits::{Balance, CreditStore};
use kernel::{AccountId, Error, GenerationId, Ids, Result, Timestamp};

/// Requests cancellations.
#[derive(Debug, Clone)]
pub struct RequestCancel {
    /// The generations.
    pub generations: GenerationStore,
    /// The credits, for the release of a hold.
    pub credits: CreditStore,
}

impl RequestCancel {
    /// Cancels a queued generation at once and releases its hold. A generation that the provider
    /// may have becomes canceling: its hold stays until the provider's answer, or until the
    /// deadline. Two requests. May be repeated: a generation that was canceled before is
    /// answered as it is.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation; `wrong_state` when its output is
    /// being delivered, or it has ended otherwise; `unavailable`.
    pub async fn request_cancel(
        &self,
        account: AccountId,
        id: GenerationId,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Generation> {
        transact(self.generations.table().db(), ids, async || {
            let (generation, balance) = self.read(account, id).await?;
            match cancellation(&generation) {
                Cancellation::AlreadyRequested => Ok(Decision::Answer(generation)),
                Cancellation::TooLate => {
                    Err(Error::WrongState { detail: "It is too late: this generation was made, or has ended." })
                }
                Cancellation::WaitsForProvider => {
                    let changes = vec![self.generations.canceling_change(&generation, now)?];
                    let canceling = Generation { status: GenerationStatus::Canceling, ..generation };
                    Ok(Decision::Commit(changes, Generation { cancel_requested: Some(now), ..canceling }))
                }
                Cancellation::EndsNow => {
                    let Some(mut changes) = self.credits.release_changes(account, balance, id, now)? else {
                        // Another run ended the generation between the two reads.
                        return Ok(Decision::Again);
                    };
                    changes.push(self.generations.canceled_change(&generation, now)?);
                    let failure = Failure { code: FailureCode::Canceled, released: generation.price };
                    let ended = Generation { status: GenerationStatus::Canceled, failure: Some(failure), ..generation };
                    Ok(Decision::Commit(changes, Generation { finished_at: Some(now), ..ended }))
                }
            }
        })
        .await
    }

    async fn read(&self, account: AccountId, id: GenerationId) -> Result<(Generation, Balance)> {
        let (account, id) = (account.to_string(), id.to_string());
        let (credits, balance) = self.credits.balance_key();
        let db = self.generations.table().db();
        match db.batch_get([(self.generations.table(), &account, &id), (credits, &account, balance)]).await? {
            [Some(generation), Some(balance)] => {
                let generation = Some(aws::read(generation)?).filter(Generation::is_visible);
                Ok((generation.ok_or(Error::NotFound)?, aws::read(balance)?))
            }
            _ => Err(Error::NotFound),
        }
    }
}
