//! The request to cancel a generation: the part of a cancellation that needs no provider.

use crate::{
    generation::{
        cancellation::{Cancellation, cancellation},
        failure::{Failure, FailureCode},
        record::Generation,
        status::GenerationStatus,
    },
    store::table::GenerationStore,
    workflows::submit::Taken,
};
use aws::{Decision, transact};
use credits::CreditStore;
use kernel::{AccountId, Credits, Error, GenerationId, Ids, Result, Timestamp};

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
    /// deadline, and it may then cost its price: see [`Balance::cancel_price`](credits::Balance::cancel_price).
    /// With a `max_cost` below that, nothing is canceled. Two requests. May be repeated: a generation
    /// that was canceled before is answered as it is.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation; `price_above_max_cost`; `wrong_state` when its output is
    /// being delivered, or it has ended otherwise; `unavailable`.
    pub async fn request_cancel(
        &self,
        account: AccountId,
        id: GenerationId,
        max_cost: Option<Credits>,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Taken> {
        transact(self.generations.table().db(), ids, async || {
            let (generation, balance) = self.generations.get_with_balance(&self.credits, account, id).await?;
            let cancel_price = generation.cancel_price(&balance, now);
            match cancellation(&generation) {
                Cancellation::AlreadyRequested => Ok(Decision::Answer(Taken { generation, cancel_price })),
                Cancellation::TooLate => {
                    Err(Error::WrongState { detail: "It is too late: this generation was made, or has ended." })
                }
                Cancellation::WaitsForProvider => {
                    let price = cancel_price.unwrap_or_default();
                    if let Some(max_cost) = max_cost.filter(|max_cost| *max_cost < price) {
                        return Err(Error::PriceAboveMaxCost { price, max_cost });
                    }
                    let changes = vec![self.generations.canceling_change(&generation, now)?];
                    let canceling = Generation { status: GenerationStatus::Canceling, ..generation };
                    let generation = Generation { cancel_requested: Some(now), ..canceling };
                    Ok(Decision::Commit(changes, Taken { generation, cancel_price }))
                }
                Cancellation::EndsNow => {
                    let Some(mut changes) = self.credits.release_changes(account, balance, id, None, now)? else {
                        // Another run ended the generation between the two reads.
                        return Ok(Decision::Again);
                    };
                    changes.push(self.generations.canceled_change(&generation, now)?);
                    let failure = Failure { code: FailureCode::Canceled, released: generation.price, input: None };
                    let ended = Generation { status: GenerationStatus::Canceled, failure: Some(failure), ..generation };
                    let generation = Generation { finished_at: Some(now), ..ended };
                    Ok(Decision::Commit(changes, Taken { generation, cancel_price: None }))
                }
            }
        })
        .await
    }
}
