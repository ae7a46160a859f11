//! Calling a generation off, as far as that goes without its provider.

use crate::{
    Failure, FailureCode, Generation, GenerationStatus, GenerationStore,
    generation::sweep_step::{self as plan, CallingOff},
};
use aws::{Decision, transact};
use credits::Balance;
use kernel::{AccountId, Error, GenerationId, Ids, Result, Timestamp};

/// Calls generations off.
#[derive(Debug, Clone)]
pub struct CallOff {
    /// What is stored.
    pub generations: GenerationStore,
    /// What is released when it was never sent.
    pub credits: credits::CreditStore,
}

impl CallOff {
    /// What was not sent yet ends at once, and its hold with it. What the provider may have
    /// is canceling from now on: its hold stays until the provider says how it ended, or
    /// until the deadline. Two requests. May be repeated: what was called off before is
    /// answered as it is.
    ///
    /// # Errors
    /// `not_found`, also for another account's; `wrong_state` when it was made and is being
    /// delivered, or ended otherwise; `unavailable`.
    pub async fn call_off(
        &self,
        account: AccountId,
        id: GenerationId,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Generation> {
        transact(self.generations.table().db(), ids, async || {
            let (generation, balance) = self.read(account, id).await?;
            match plan::calling_off(&generation) {
                CallingOff::Done => Ok(Decision::Answer(generation)),
                CallingOff::TooLate => {
                    Err(Error::WrongState { detail: "It is too late: this generation was made, or has ended." })
                }
                CallingOff::Begins => {
                    let changes = vec![self.generations.canceling(&generation, now)?];
                    let canceling = Generation { status: GenerationStatus::Canceling, ..generation };
                    Ok(Decision::Commit(changes, Generation { cancel_requested: Some(now), ..canceling }))
                }
                CallingOff::Ends => {
                    let Some(mut changes) = self.credits.release(account, balance, id, now)? else {
                        // Its end was written between the two reads.
                        return Ok(Decision::Again);
                    };
                    let failure = Failure { code: FailureCode::Canceled, released: generation.price };
                    changes.push(self.generations.ended(&generation, &failure, now).or_stale()?);
                    let ended = Generation { status: GenerationStatus::Canceled, failure: Some(failure), ..generation };
                    Ok(Decision::Commit(changes, Generation { finished_at: Some(now), ..ended }))
                }
            }
        })
        .await
    }

    async fn read(&self, account: AccountId, id: GenerationId) -> Result<(Generation, Balance)> {
        let (account, id) = (account.to_string(), id.to_string());
        let (credits, balance) = self.credits.balance_in();
        let db = self.generations.table().db();
        match db.batch_get([(self.generations.table(), &account, &id), (credits, &account, balance)]).await? {
            [Some(generation), Some(balance)] => {
                let generation = Some(aws::read(generation)?).filter(Generation::is_there);
                Ok((generation.ok_or(Error::NotFound)?, aws::read(balance)?))
            }
            _ => Err(Error::NotFound),
        }
    }
}
