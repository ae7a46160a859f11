//! A generation as it is stored.

use crate::{GenerationStatus, ModelKind, Settings};
use kernel::{AccountId, Credits, GenerationId, Timestamp, UploadId};
use providers::{ProviderJob, ProviderName};
use serde::{Deserialize, Serialize};

/// One output: an object in S3 and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The object's key.
    pub key: String,
    /// The version that was written; a later one at the same key is not this output.
    pub version_id: String,
    /// The media type, as the bytes say it.
    pub content_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its thumbnail, once made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Thumbnail>,
}

impl Output {
    /// Whether it is a picture, which is given a thumbnail; a film is given none.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        self.content_type.starts_with("image/")
    }
}

/// The thumbnail of a picture: an object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// The object's key.
    pub key: String,
    /// The version that was written; another one at the same key is not this thumbnail.
    pub version_id: String,
}

/// A picture that goes in: the version of an object that was there when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The upload; missing where it is an output of what the generation is based on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadId>,
    /// The object's key.
    pub key: String,
    /// The version that is read, whatever was written to the key since.
    pub version_id: String,
}

/// Why nothing was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The provider's or our policy does not allow it.
    Moderated,
    /// The provider does not accept this input.
    InputRefused,
    /// A picture that goes in is none, is too large, or is gone.
    InputUnusable,
    /// The provider no longer runs this model.
    ModelRetired,
    /// The provider gave up.
    ProviderFailed,
    /// The provider stopped the job.
    ProviderCanceled,
    /// The person called it off.
    Canceled,
    /// The provider does not know the job any more.
    ProviderLost,
    /// What the provider made could not be kept: gone, of another type, or too large.
    OutputUnusable,
    /// It was not done by its deadline.
    TimedOut,
}

impl FailureCode {
    /// The state that it ends in.
    #[must_use]
    pub fn status(self) -> GenerationStatus {
        match self {
            Self::Moderated => GenerationStatus::Moderated,
            Self::ProviderCanceled | Self::Canceled => GenerationStatus::Canceled,
            Self::TimedOut => GenerationStatus::TimedOut,
            Self::InputRefused
            | Self::InputUnusable
            | Self::ModelRetired
            | Self::ProviderFailed
            | Self::ProviderLost
            | Self::OutputUnusable => GenerationStatus::Failed,
        }
    }

    /// A sentence for the person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Moderated => "This prompt or its result is not allowed. Try another prompt.",
            Self::InputRefused => {
                "The model does not accept this prompt with these settings. Change them and try again."
            }
            Self::InputUnusable => "The picture cannot be used. Send a PNG, JPEG or WebP that opens elsewhere.",
            Self::ModelRetired => "This model is no longer available. Choose another one.",
            Self::ProviderFailed => "The model could not finish. Try again.",
            Self::ProviderCanceled => "The model stopped before it was done. Try again.",
            Self::Canceled => "This was called off.",
            Self::ProviderLost => "The job was lost at the model's provider. Try again.",
            Self::OutputUnusable => "The result could not be stored. Try again.",
            Self::TimedOut => "This took too long and was called off. Try again.",
        }
    }
}

/// Why nothing was delivered, and what became of the credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub code: FailureCode,
    /// What went back to the person.
    pub released: Credits,
}

/// A generation. Whatever is personal in it stays in the account's own partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// Whose it is.
    #[serde(rename = "pk")]
    pub account: AccountId,
    /// Which.
    #[serde(rename = "sk")]
    pub id: GenerationId,
    /// The model's id in the catalogue.
    pub model: String,
    /// What the model makes of what.
    pub kind: ModelKind,
    /// Who runs it.
    pub provider: ProviderName,
    /// What they call the model: that of its day, because a job that is under way outlives the
    /// catalogue's row.
    #[serde(default)]
    pub provider_model: String,
    /// What was asked for.
    pub prompt: String,
    /// What it was based on: a generation of the same account, which may have been deleted
    /// since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<GenerationId>,
    /// The pictures that go in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Whether the person likes it best.
    #[serde(default, skip_serializing_if = "is_false")]
    pub favourite: bool,
    /// What the person calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was set, with the defaults of that day.
    pub settings: Settings,
    /// What is held for it.
    pub price: Credits,
    /// How many outputs that is for: each has the same share of it. Never more are
    /// delivered, and what is missing is not charged.
    #[serde(default = "one")]
    pub batch: u32,
    /// What it costs all the same when the provider stops it because it was called off: the
    /// model's rule of that day.
    #[serde(default)]
    pub cancel_price: Credits,
    /// Where it stands.
    pub status: GenerationStatus,
    /// When it was asked for.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it is called off.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub deadline: Timestamp,
    /// When it became final.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional", default)]
    pub finished_at: Option<Timestamp>,
    /// When somebody must look after it; missing once it is final and owes no thumbnails, and
    /// is there again from its deletion on. Key of the index.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub next_check: Option<Timestamp>,
    /// The shard of the index; there as `next_check` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// The mark of who took the last step that only one may take. Tells a lost answer
    /// to one's own step from another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Whether its pictures are still to be given thumbnails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub owes_thumbnails: bool,
    /// The mark of who makes its thumbnails: the last who began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawing: Option<String>,
    /// How many rounds of copying or drawing may have left objects that nobody knows of. Once
    /// it is final and owes no thumbnails, the sweep clears away what is not named.
    #[serde(default, skip_serializing_if = "is_none")]
    pub loose_rounds: u32,
    /// When it was called off. Stays to the end, so that what is collected for nothing goes
    /// back to canceling.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cancel_requested: Option<Timestamp>,
    /// When it was deleted. Nobody sees it any more; it stays until its objects are gone.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
    /// The provider's id of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_job: Option<ProviderJob>,
    /// How many were before it at its provider when it was last asked, where that tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u32>,
    /// How much of it was made when its provider was last asked, in percent, where that
    /// tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    /// What it cost, once delivered, or called off where that costs something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Credits>,
    /// What was delivered.
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// Why nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Generation {
    /// Whether it was not deleted.
    pub(crate) fn is_there(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// The same after a round that may have left something.
    pub(crate) fn with_loose_round(&self) -> Self {
        Self { loose_rounds: self.loose_rounds.saturating_add(1), ..self.clone() }
    }

    /// The same before the round that has just begun.
    pub(crate) fn before_this_round(self) -> Self {
        Self { loose_rounds: self.loose_rounds.saturating_sub(1), ..self }
    }

    /// What so many outputs of it cost: never more than what is held.
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

fn is_none(count: &u32) -> bool {
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
    fn what_is_delivered_costs_its_share_and_never_more_than_is_held() {
        for (price, batch, outputs, expected) in [
            (16, Some(4), 4, 16),
            (16, Some(4), 3, 12),
            (16, Some(4), 1, 4),
            (16, Some(4), 0, 0),
            (16, Some(4), 5, 16),
            (16, Some(4), usize::MAX, 16),
            (16, Some(0), 1, 16),
            // Stored before there were batches.
            (4, None, 1, 4),
            (4, None, 2, 4),
            // The person has the benefit of what cannot be shared.
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
