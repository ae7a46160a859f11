//! The reasons for which a generation delivers nothing.

pub(crate) mod input;

use crate::generation::status::GenerationStatus;
use credits::UnpaidEnd;
use input::InputProblem;
use kernel::Credits;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The reason for which a generation delivered nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The provider's policy or ours does not allow it.
    Moderated,
    /// The provider refused the input.
    InputRefused,
    /// An input picture cannot be decoded, is too large, or no longer exists.
    InputUnusable,
    /// The provider no longer runs the model.
    ModelRetired,
    /// The provider could not finish the job.
    ProviderFailed,
    /// The provider stopped the job.
    ProviderCanceled,
    /// The person canceled it.
    Canceled,
    /// The provider no longer knows the job.
    ProviderLost,
    /// The output could not be stored: it was gone, of a wrong type, or too large.
    OutputUnusable,
    /// The deadline passed.
    TimedOut,
}

impl FailureCode {
    /// The final state for this reason.
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

    /// The reason for which a job that the provider had, or may have had, was not paid for. `None`
    /// for reasons of before the submission.
    #[must_use]
    pub fn unpaid_end(self) -> Option<UnpaidEnd> {
        match self {
            #[cfg(feature = "planted-faults")]
            Self::Moderated if planted(Planted::RefusalUncounted) => None,
            Self::Moderated => Some(UnpaidEnd::Refused),
            Self::Canceled => Some(UnpaidEnd::Canceled),
            Self::ProviderFailed
            | Self::ProviderCanceled
            | Self::ProviderLost
            | Self::OutputUnusable
            | Self::TimedOut => Some(UnpaidEnd::Failed),
            Self::InputRefused | Self::InputUnusable | Self::ModelRetired => None,
        }
    }

    /// A sentence for the person. [`Failure::detail`] says more about a picture.
    #[must_use]
    pub fn detail(self, is_charged: bool) -> &'static str {
        match self {
            Self::Canceled if is_charged => {
                "This generation was canceled after it was sent. Today's free cancellations were used up."
            }
            Self::Moderated => "This prompt or its result is not allowed. Try another prompt.",
            Self::InputRefused => {
                "The model does not accept this prompt with these settings. Change them and try again."
            }
            Self::InputUnusable => "The picture cannot be used. Send another PNG, JPEG or WebP.",
            Self::ModelRetired => "This model is no longer available. Choose another one.",
            Self::ProviderFailed => "The model could not finish. Try again.",
            Self::ProviderCanceled => "The model stopped before it was done. Try again.",
            Self::Canceled => "This generation was canceled.",
            Self::ProviderLost => "The job was lost at the model's provider. Try again.",
            Self::OutputUnusable => "The result could not be stored. Try again.",
            Self::TimedOut => "This took too long and was stopped. Try again.",
        }
    }
}

/// The reason for which a generation delivered nothing, and the credits that were returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The reason.
    pub code: FailureCode,
    /// The credits that the person got back.
    pub released: Credits,
    /// Why an input picture cannot be used. Missing for other reasons, and for generations that ended before it was
    /// stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputProblem>,
}

impl Failure {
    /// The reason in sentences for the person.
    #[must_use]
    pub fn detail(&self, is_charged: bool) -> Cow<'static, str> {
        match self.input {
            Some(problem) => problem.detail().into(),
            None => self.code.detail(is_charged).into(),
        }
    }
}
