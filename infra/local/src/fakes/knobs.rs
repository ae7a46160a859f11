//! The knobs of the fake AI providers, and their counts.
//!
//! If a provider's protocol cannot express a mode, its fake uses the nearest one. The fake's
//! own module names it.

use serde::{Deserialize, Serialize};

/// How a fake AI provider behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Milliseconds from the creation of a job to its end.
    pub success_after_ms: u64,
    /// How new jobs end.
    pub outcome: JobOutcome,
    /// How requests to create a job are answered.
    pub submit: SubmitMode,
    /// Seconds in the `Retry-After` of a throttled or unavailable answer.
    pub retry_after_s: u32,
    /// How requests that read jobs or cancel them are answered.
    pub reads: ReadMode,
    /// How the webhooks of new jobs are delivered.
    pub webhook: WebhookMode,
    /// The state of the output files of new jobs.
    pub output: OutputMode,
    /// How many files a new job makes, in place of the number in the request: fewer, as if
    /// the safety checker held pictures back, or more.
    pub files: Option<u64>,
    /// The longer side of new pictures in pixels, at least 16. Films are at most this long,
    /// too. Simulations make many small pictures.
    pub long_side: u32,
    /// How many MiB a large film has more than a good one. Half of the default is more than
    /// a client keeps in memory.
    pub padding_mib: u32,
    /// Whether answers with films have a `content-length`.
    pub is_length_told: bool,
    /// The effect of canceling a new job.
    pub cancel: CancelMode,
    /// The first queue position of a new job, where the provider shows one. It falls to 0
    /// until the job starts.
    pub queue_position: u32,
    /// For how many requests to create a job the knobs are valid. Then all return to their
    /// defaults. Without a number they stay until they are turned.
    pub times: Option<u32>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            success_after_ms: 1_000,
            outcome: JobOutcome::default(),
            submit: SubmitMode::default(),
            retry_after_s: 30,
            reads: ReadMode::default(),
            webhook: WebhookMode::default(),
            output: OutputMode::default(),
            files: None,
            long_side: 512,
            padding_mib: 24,
            is_length_told: false,
            cancel: CancelMode::default(),
            queue_position: 0,
            times: None,
        }
    }
}

impl Knobs {
    /// The knobs for one request to create a job. Counts down `times`.
    pub(super) fn for_submit(&mut self) -> Self {
        let knobs = self.clone();
        match &mut self.times {
            Some(0..=1) => *self = Self::default(),
            Some(times) => *times -= 1,
            None => {}
        }
        knobs
    }
}

/// How a job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobOutcome {
    /// It succeeds, with output.
    #[default]
    Succeed,
    /// It fails with the error of a crashed model.
    Fail,
    /// The model's safety checker holds the finished output back.
    Moderated,
    /// The provider refuses the prompt or the input before anything is made.
    InputModerated,
    /// The provider gives it up before it runs.
    Aborted,
    /// It stays in a status that no client knows, without a webhook.
    UnknownStatus,
    /// It succeeds, without output.
    NoOutput,
}

/// How a request to create a job is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmitMode {
    /// 201.
    #[default]
    Accept,
    /// 429 with `Retry-After`; nothing is created.
    Throttled,
    /// 402; nothing is created.
    OutOfCredit,
    /// 404 as for a model that was taken down; nothing is created.
    Retired,
    /// 422 as for an invalid prompt; nothing is created. A provider that accepts every job
    /// makes this the result of the job.
    Invalid,
    /// 500; nothing is created, but the caller does not know it.
    ServerError,
    /// 503 with `Retry-After`; nothing is created.
    Unavailable,
    /// The job is created, then the connection closes.
    AnswerLost,
}

/// How a request that reads jobs or cancels them is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadMode {
    /// With the answer.
    #[default]
    Answer,
    /// 500.
    ServerError,
    /// 429 with `Retry-After`.
    Throttled,
    /// The connection closes.
    AnswerLost,
}

/// How webhooks are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookMode {
    /// Each event once, and again only after an answer that is not a 2xx.
    #[default]
    Once,
    /// No event at all.
    Never,
    /// Each event twice, with the same id.
    Twice,
    /// The job ends at once, and its webhooks come before the answer to the request that
    /// created it.
    Early,
    /// An event of the start follows the final one, even if the client did not request it.
    OutOfOrder,
    /// Signed with another secret.
    BadSignature,
    /// With a timestamp of ten minutes ago, correctly signed.
    Stale,
    /// In the middle of a key rotation: signed with the old key, and also with its
    /// successor if the protocol allows two signatures.
    PreviousKey,
}

/// The state of an output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputMode {
    /// A whole PNG or MP4.
    #[default]
    Good,
    /// A whole file; an MP4 is larger by the padding.
    Large,
    /// 404.
    Missing,
    /// Half the file, in an answer that is complete.
    Truncated,
    /// Half the file, then the connection breaks. A film is a large one.
    CutOff,
    /// An HTML page with the content type of the file.
    WrongType,
}

/// The effect of canceling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelMode {
    /// The job is canceled at once.
    #[default]
    Stops,
    /// The request is accepted. The job continues to its end, and the provider would bill it.
    Ignored,
}

/// The events so far, for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct JobCounts {
    /// Requests to create a job, refused ones included.
    pub submits: u64,
    /// Created jobs: each would have been billed.
    pub predictions: u64,
    /// Requests to cancel a job.
    pub cancels: u64,
    /// Requests that read one job or list them.
    pub reads: u64,
    /// Downloads of output files.
    pub downloads: u64,
    /// Requests to erase a job.
    pub erasures: u64,
    /// Pictures that came with jobs.
    pub pictures: u64,
    /// Pictures whose files held more than pixels: a place, a camera, a comment, another
    /// file.
    pub talking_pictures: u64,
}

impl JobCounts {
    /// Counts pictures; each says whether its file holds only pixels.
    pub(super) fn count_pictures(&mut self, are_bare: impl Iterator<Item = bool>) {
        for is_bare in are_bare {
            self.pictures += 1;
            self.talking_pictures += u64::from(!is_bare);
        }
    }
}
