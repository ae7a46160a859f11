use kernel::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, str::FromStr, time::Duration};

/// How many letters all pictures of a job may have together. Their clients send ten million
/// inline; but Replicate's webhook repeats the whole input, and Lambda takes no more than six
/// million bytes of it. It is still more pixels than any model here looks at.
pub const INLINE_BYTES: usize = 4_000_000;

/// What a provider is asked to make.
#[derive(Clone)]
pub struct Job {
    /// The provider's own name of the model, such as `black-forest-labs/flux-schnell`.
    pub model: String,
    /// The model's input, in the provider's own terms.
    pub input: Map<String, Value>,
    /// Where the provider tells the end, made by [`CallbackKeys`](crate::CallbackKeys).
    pub webhook_url: String,
    /// What a provider signs this job's webhook with that has no secret or key of its own,
    /// made by [`CallbackKeys`](crate::CallbackKeys).
    pub webhook_secret: String,
    /// How long the provider may take, counted from now: one that can stops the job by
    /// itself then. Replicate takes 5 seconds to 24 hours, other values are moved into
    /// that; fal counts it to the start alone; Black Forest Labs has no limit.
    pub time_limit: Duration,
}

impl fmt::Debug for Job {
    /// Without the input, in which the prompt is, the URL, in which the MAC is, and the
    /// secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, time_limit, .. } = self;
        f.debug_struct("Job").field("model", model).field("time_limit", time_limit).finish_non_exhaustive()
    }
}

/// A job's id at its provider: 1 to 128 of `[A-Za-z0-9_-]`, so that it is safe in a path.
/// Where a provider keeps its jobs in several places, `@` and the place may follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderJob(String);

impl ProviderJob {
    /// The id as the provider spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ProviderJob {
    type Err = Error;

    /// Anything else than such an id is `malformed`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let known = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'@');
        match (1..=128).contains(&text.len()) && text.bytes().all(known) {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::Malformed("The provider's job id cannot be read.".to_owned())),
        }
    }
}

impl TryFrom<String> for ProviderJob {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ProviderJob> for String {
    fn from(job: ProviderJob) -> Self {
        job.0
    }
}

/// What came of handing a job over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The provider has it.
    Accepted {
        /// Its id there.
        provider_job: ProviderJob,
        /// How many are before it, where the provider tells.
        queue_position: Option<u32>,
    },
    /// The provider does not have it, for certain. Handing it over again is safe.
    Refused(Refusal),
    /// The provider may have it and may bill it.
    Ambiguous,
}

/// Why a provider does not take a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal it is.
    pub kind: RefusalKind,
    /// How long the provider asks to wait; at most an hour.
    pub retry_after: Option<Duration>,
    /// For the log: the status and, for invalid input, the kinds and names of the fields.
    /// Never what the input says.
    pub detail_code: String,
}

/// Kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Too many requests: later it may be taken.
    RateLimited,
    /// Our own account there has no credit: an operator must act.
    OutOfCredit,
    /// The model, or the version of it, is no longer there.
    Retired,
    /// The provider's rules do not allow this input. Asking again cannot help.
    InvalidInput,
    /// The provider's policy does not allow this input. Asking again cannot help.
    Moderated,
    /// It could not be reached, did not know us, or said that it cannot now.
    Unavailable,
}

impl RefusalKind {
    /// Whether the same job may be taken later without anybody changing it.
    #[must_use]
    pub fn passes(self) -> bool {
        match self {
            Self::RateLimited | Self::OutOfCredit | Self::Unavailable => true,
            Self::Retired | Self::InvalidInput | Self::Moderated => false,
        }
    }
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// Taken, not yet begun.
    Waiting {
        /// How many are before it, where the provider tells.
        queue_position: Option<u32>,
    },
    /// Being made. Also a status that we do not know: the deadline bounds it.
    Running {
        /// How much of it is done, in percent, where the provider tells.
        progress: Option<u8>,
    },
    /// Made.
    Succeeded {
        /// Where the outputs are, at least one. They expire: after an hour at Replicate and
        /// fal, after ten minutes at Black Forest Labs.
        outputs: Vec<String>,
    },
    /// Given up by the provider, or made without any output.
    Failed {
        /// For the log and the item: `model_error`, `no_output`, `output_expired`, or the
        /// provider's own code in lower case.
        code: String,
    },
    /// Held back by the provider's policy.
    Moderated,
    /// Stopped, by us or by its deadline.
    Canceled,
    /// The provider knows no such job.
    Lost,
    /// The provider could not be asked. Nothing is known; ask again.
    Unreachable {
        /// How long the provider asks to wait; at most an hour.
        retry_after: Option<Duration>,
    },
}

impl JobStatus {
    /// Whether it can no longer change.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Succeeded { .. } | Self::Failed { .. } | Self::Moderated | Self::Canceled | Self::Lost => true,
            Self::Waiting { .. } | Self::Running { .. } | Self::Unreachable { .. } => false,
        }
    }
}

/// What came of looking for a job by its webhook URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There it is.
    Job(ProviderJob),
    /// Not among the newest jobs. It may be older, or not listed yet.
    NotListed,
    /// The provider could not be asked.
    Unreachable,
}

/// What came of erasing a job's input and outputs at its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// Nothing is left there that the provider lets go of.
    Done,
    /// The provider has no call for it. What it keeps, it keeps by its own rules.
    NotOffered,
    /// Our key may not: an operator must act.
    NotAllowed,
    /// The provider could not be asked. May be repeated.
    Later,
}
