use kernel::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, str::FromStr, time::Duration};

/// The total length of all inline pictures of a job, in characters. The providers' own clients send
/// ten million. But the webhook of Replicate repeats the whole input, and Lambda accepts a body of
/// six million bytes. This limit allows more pixels than any of our models uses.
pub const INLINE_BYTES: usize = 4_000_000;

/// A job for a provider.
#[derive(Clone)]
pub struct Job {
    /// The provider's own name of the model, such as `black-forest-labs/flux-schnell`.
    pub model: String,
    /// The input of the model, with the field names of the provider.
    pub input: Map<String, Value>,
    /// The URL of the webhook, made by [`CallbackKeys`](crate::CallbackKeys).
    pub webhook_url: String,
    /// The secret of the webhook, made by [`CallbackKeys`](crate::CallbackKeys), for providers
    /// without a secret or key of their own.
    pub webhook_secret: String,
    /// The longest time until the end of the job, from now on. Replicate stops the job then; it
    /// accepts 5 seconds to 24 hours, and other values are clamped. fal limits only the time until
    /// the start. Black Forest Labs has no limit.
    pub time_limit: Duration,
}

impl fmt::Debug for Job {
    /// Leaves out the input (it has the prompt), the URL (it has the MAC) and the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, time_limit, .. } = self;
        f.debug_struct("Job").field("model", model).field("time_limit", time_limit).finish_non_exhaustive()
    }
}

/// The id of a job at its provider: 1 to 128 characters of `[A-Za-z0-9_-]`, so that it is safe in a
/// path. If a provider has several clusters, `@` and the cluster may follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderJob(String);

impl ProviderJob {
    /// The id as text.
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

    /// Parses an id. Other texts are `malformed`.
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

/// The outcome of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The provider has the job.
    Accepted {
        /// The id of the job at the provider.
        provider_job: ProviderJob,
        /// The number of jobs before it, if the provider reports it.
        queue_position: Option<u32>,
    },
    /// The provider certainly does not have the job. Submitting it again is safe.
    Refused(Refusal),
    /// The provider may have the job and may bill it.
    Ambiguous,
}

/// The refusal of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of refusal.
    pub kind: RefusalKind,
    /// The wait that the provider asks for, at most an hour.
    pub retry_after: Option<Duration>,
    /// The HTTP status and, for invalid input, the kinds and names of the fields, for the log. Never
    /// a value of the input.
    pub detail_code: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Too many requests. The provider may accept the job later.
    RateLimited,
    /// Our account at the provider has no credit. An operator must act.
    OutOfCredit,
    /// The model, or its version, no longer exists.
    Retired,
    /// The input is not valid for the model. A repetition cannot help.
    InvalidInput,
    /// The content policy of the provider forbids the input. A repetition cannot help.
    Moderated,
    /// The provider is unreachable, refuses our credential, or is out of service.
    Unavailable,
}

impl RefusalKind {
    /// Whether the provider may accept the same job later.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        match self {
            Self::RateLimited | Self::OutOfCredit | Self::Unavailable => true,
            Self::Retired | Self::InvalidInput | Self::Moderated => false,
        }
    }
}

/// The status of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// In the queue.
    Waiting {
        /// The number of jobs before it, if the provider reports it.
        queue_position: Option<u32>,
    },
    /// In progress. Also every unknown status; the deadline ends such a job.
    Running {
        /// The progress in percent, if the provider reports it.
        progress: Option<u8>,
    },
    /// Finished with outputs.
    Succeeded {
        /// The URLs of the outputs, at least one. They expire after an hour at Replicate and fal,
        /// and after ten minutes at Black Forest Labs.
        outputs: Vec<String>,
    },
    /// Failed at the provider, or finished without an output.
    Failed {
        /// The reason, for the log and the item: `model_error`, `no_output`, `output_expired`, or
        /// the provider's own code in lower case.
        code: String,
        /// Whether the provider may bill the job. `false` only where its documents say that it does
        /// not.
        billed: bool,
    },
    /// Withheld by the content policy of the provider.
    Moderated,
    /// Cancelled, by us or by its deadline.
    Canceled,
    /// The provider has no such job.
    Lost,
    /// The provider did not answer. The status is unknown; ask again.
    Unreachable {
        /// The wait that the provider asks for, at most an hour.
        retry_after: Option<Duration>,
    },
}

impl JobStatus {
    /// Whether the status can no longer change.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Succeeded { .. } | Self::Failed { .. } | Self::Moderated | Self::Canceled | Self::Lost => true,
            Self::Waiting { .. } | Self::Running { .. } | Self::Unreachable { .. } => false,
        }
    }
}

/// The outcome of a search for a job by its webhook URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The job was found.
    Job(ProviderJob),
    /// The newest jobs do not include it. It may be older, or not listed yet.
    NotListed,
    /// The provider did not answer.
    Unreachable,
}

/// The outcome of erasing the input and the outputs of a job at its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The provider has erased all that its API can erase.
    Done,
    /// The provider has no request for it and deletes the data by its own rules.
    NotOffered,
    /// Our key has no permission. An operator must act.
    NotAllowed,
    /// The provider did not answer. Safe to repeat.
    Later,
}
