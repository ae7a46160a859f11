//! A generation as it is stored.

use crate::{
    catalogue::{
        models::{Model, ModelKind},
        settings::Settings,
    },
    generation::{
        disabled::{Disabled, Enabled, PastDecision},
        failure::Failure,
        output::{Input, Output},
        request::NewGeneration,
        schedule,
        status::GenerationStatus,
    },
};
use credits::Balance;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{AccountId, Credits, GenerationId, MicroDollars, Result, Timestamp, later};
use providers::{ProviderJob, ProviderName};
use serde::{Deserialize, Serialize};

/// A deletion that can still be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndoableDeletion {
    /// The time of the deletion.
    pub deleted_at: Timestamp,
    /// The time from which it cannot be undone any more.
    pub undo_until: Timestamp,
}

/// A generation. Its personal data stays in the account's own partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// The account that it belongs to.
    #[serde(rename = "pk")]
    pub account: AccountId,
    /// Its id.
    #[serde(rename = "sk")]
    pub id: GenerationId,
    /// The model's id in the catalogue.
    pub model: String,
    /// The model's kind.
    pub kind: ModelKind,
    /// The provider that runs the model.
    pub provider: ProviderName,
    /// The provider's name of the model at the time of the request. The catalogue may drop the
    /// model while the job is under way.
    #[serde(default)]
    pub provider_model: String,
    /// The prompt.
    pub prompt: String,
    /// A generation of the same account that this one is based on. It may have been deleted
    /// since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<GenerationId>,
    /// The input pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Whether the person marked it as a favourite.
    #[serde(default, skip_serializing_if = "is_false")]
    pub favourite: bool,
    /// The person's title for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The settings, with the defaults of the time of the request.
    pub settings: Settings,
    /// The held credits.
    pub price: Credits,
    /// The number of outputs that the price pays for, in equal shares. More are not delivered;
    /// missing ones are not charged.
    #[serde(default = "one")]
    pub batch: u32,
    /// The provider's cost of the job: the model's rule at the time of the request.
    #[serde(default, skip_serializing_if = "MicroDollars::is_zero")]
    pub provider_cost: MicroDollars,
    /// Whether jobs of the model had failed when it was requested. Then its success counts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_trial: bool,
    /// The state.
    pub status: GenerationStatus,
    /// The time of the request.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// The time at which it is given up.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub deadline: Timestamp,
    /// The time at which it became final.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional", default)]
    pub finished_at: Option<Timestamp>,
    /// The time at which the sweep checks it; the sort key of the index `open`. Missing when it
    /// is final and nothing remains to be done. A deletion sets it again.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub next_check: Option<Timestamp>,
    /// The shard; the partition key of the index `open`. Present when `next_check` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// The id of the run that took the last exclusive step. It tells a step of this run whose
    /// answer was lost from a step of another run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Whether its pictures still need thumbnails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub owes_thumbnails: bool,
    /// The id of the last run that began to make its thumbnails.
    #[serde(rename = "drawing", default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_claim: Option<String>,
    /// The number of runs that may have left objects which no item names. When the generation
    /// is final and owes no thumbnails, the sweep deletes such objects.
    #[serde(rename = "loose_rounds", default, skip_serializing_if = "is_zero")]
    pub orphan_risk: u32,
    /// The time of the person's cancellation. It stays to the end: a collection that finds no
    /// result returns the generation to canceling.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cancel_requested: Option<Timestamp>,
    /// The time of its deletion. From then on it is hidden; the item stays until its objects
    /// are deleted.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
    /// The time until which the person may undo the deletion. Missing while it is not deleted, and when the
    /// deletion is final.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub undo_until: Option<Timestamp>,
    /// The statement of reasons, while an operator has disabled the work. It is then listed without
    /// links to its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    /// The last time that an operator enabled it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<Enabled>,
    /// The decisions of the past about it, oldest first: at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<PastDecision>,
    /// How often it was disabled or enabled again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub decision_count: u32,
    /// The provider's id of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_job: Option<ProviderJob>,
    /// The last known number of jobs before it in the provider's queue, if the provider reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u32>,
    /// The last known progress in percent, if the provider reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    /// The credits that were charged. Missing until it is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Credits>,
    /// The delivered outputs.
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// The reason for which nothing was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Generation {
    /// A new generation in the state queued, without its input pictures and its shard.
    ///
    /// # Errors
    /// `internal` when the model's price rule does not cover the settings.
    pub(crate) fn queued(
        account: AccountId,
        id: GenerationId,
        request: &NewGeneration,
        model: &Model,
        settings: Settings,
        now: Timestamp,
    ) -> Result<Self> {
        let breakdown = model.breakdown(&settings)?;
        let price = Credits(breakdown.total);
        let provider_cost = MicroDollars(model.provider_cost.breakdown(&settings)?.total);
        Ok(Self {
            account,
            id,
            model: model.id.clone(),
            kind: model.kind,
            provider: model.provider,
            provider_model: model.provider_model.clone(),
            prompt: request.prompt.as_str().to_owned(),
            based_on: request.based_on,
            inputs: Vec::new(),
            favourite: false,
            title: None,
            settings,
            price,
            batch: breakdown.outputs(),
            provider_cost,
            is_trial: false,
            status: GenerationStatus::Queued,
            created_at: now,
            deadline: later(now, model.deadline()),
            finished_at: None,
            next_check: Some(later(now, schedule::REQUEUE_AFTER)),
            open: None,
            claim: None,
            owes_thumbnails: false,
            thumbnail_claim: None,
            orphan_risk: 0,
            cancel_requested: None,
            deleted_at: None,
            undo_until: None,
            disabled: None,
            enabled: None,
            decisions: Vec::new(),
            decision_count: 0,
            provider_job: None,
            queue_position: None,
            progress: None,
            cost: None,
            outputs: Vec::new(),
            failure: None,
        })
    }

    /// The most that canceling costs once the provider has the job: see [`Balance::cancel_price`].
    /// `None` when it is final.
    #[must_use]
    pub fn cancel_price(&self, balance: &Balance, now: Timestamp) -> Option<Credits> {
        let price = balance.cancel_price(Some(self.id), self.price, self.provider_cost, now);
        (!self.status.is_final()).then_some(price)
    }

    /// Whether it is not deleted.
    pub(crate) fn is_visible(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Its deletion, while the person may undo it. `None` when it is not deleted, when the time is over, and
    /// when the deletion is final.
    pub(crate) fn undoable_deletion(&self, now: Timestamp) -> Option<UndoableDeletion> {
        let deletion = UndoableDeletion { deleted_at: self.deleted_at?, undo_until: self.undo_until? };
        #[cfg(feature = "planted-faults")]
        if planted(Planted::UndoTooLate) {
            return Some(deletion);
        }
        Some(deletion).filter(|deletion| now < deletion.undo_until)
    }

    /// The same generation, with one more run that may have left orphans.
    pub(crate) fn with_orphan_risk(&self) -> Self {
        Self { orphan_risk: self.orphan_risk.saturating_add(1), ..self.clone() }
    }

    /// The same generation, without the run that has just begun.
    pub(crate) fn before_this_run(self) -> Self {
        Self { orphan_risk: self.orphan_risk.saturating_sub(1), ..self }
    }

    /// The cost of this number of outputs. It is never above the hold.
    #[must_use]
    pub fn cost_of(&self, outputs: usize) -> Credits {
        let batch = u64::from(self.batch.max(1));
        let outputs = u64::try_from(outputs).unwrap_or(u64::MAX);
        match outputs < batch {
            true => Credits(self.price.0 / batch * outputs),
            false => self.price,
        }
    }
}

fn one() -> u32 {
    1
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn generation(price: u64, batch: Option<u32>) -> Generation {
        let mut stored = json!({
            "pk": "01929e6b-6c00-7000-8000-0123456789ab", "sk": "01929e6b-6c00-7000-8000-0123456789ac",
            "model": "m", "kind": "text_to_image", "provider": "replicate",
            "provider_model": "a/m", "prompt": "p", "settings": {},
            "price": price, "status": "collecting", "created_at": 0, "deadline": 600_000,
        });
        if let Some(batch) = batch {
            stored["batch"] = json!(batch);
        }
        serde_json::from_value(stored).unwrap()
    }

    #[test]
    fn a_deletion_can_be_undone_until_its_time_is_over_and_not_when_it_is_final() {
        let at = |millisecond: i64| Timestamp::from_millisecond(millisecond).unwrap();
        let deletion = UndoableDeletion { deleted_at: at(1_000), undo_until: at(31_000) };
        let marked = Generation {
            deleted_at: Some(deletion.deleted_at),
            undo_until: Some(deletion.undo_until),
            ..generation(4, None)
        };
        for (now, undoable) in [(1_000, true), (30_999, true), (31_000, false), (600_000, false)] {
            assert_eq!(marked.undoable_deletion(at(now)), undoable.then_some(deletion), "at {now} ms");
        }
        let last = Generation { undo_until: None, ..marked };
        assert_eq!(last.undoable_deletion(at(1_000)), None, "a final deletion stays");
        assert_eq!(generation(4, None).undoable_deletion(at(1_000)), None, "it is not deleted");
    }

    #[test]
    fn each_output_costs_its_share_and_never_more_than_the_hold() {
        for (price, batch, outputs, expected) in [
            (16, Some(4), 4, 16),
            (16, Some(4), 3, 12),
            (16, Some(4), 1, 4),
            (16, Some(4), 0, 0),
            (16, Some(4), 5, 16),
            (16, Some(4), usize::MAX, 16),
            (16, Some(0), 1, 16),
            // Stored before batches existed.
            (4, None, 1, 4),
            (4, None, 2, 4),
            // A remainder is not charged.
            (7, Some(2), 1, 3),
            (u64::MAX, Some(4), 3, u64::MAX / 4 * 3),
        ] {
            let generation = generation(price, batch);
            let cost = generation.cost_of(outputs);
            assert_eq!(cost, Credits(expected), "{outputs} of {batch:?} for {price}");
            assert!(cost <= generation.price);
        }
    }
}
