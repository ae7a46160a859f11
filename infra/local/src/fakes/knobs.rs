//! How the fakes of AI providers can be told to behave, and what they have counted.
//!
//! Where a provider's protocol has no word for something, its nearest one is used; the
//! provider's own module says which.

use super::seen::Seen;
use serde::{Deserialize, Serialize};

/// How a fake AI provider behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Milliseconds from the creation of a job to its end.
    pub success_after_ms: u64,
    /// How new jobs end.
    pub outcome: Outcome,
    /// How requests to create a job are answered.
    pub submit: Submit,
    /// Seconds in the `Retry-After` of a throttled or unavailable answer.
    pub retry_after_s: u32,
    /// How requests that read jobs or cancel them are answered.
    pub reads: Reads,
    /// How the webhooks of new jobs are delivered.
    pub webhook: WebhookMode,
    /// What the output files of new jobs are like.
    pub output: Output,
    /// How many files a new job makes, whatever was asked for: fewer, because the safety
    /// checker holds pictures back, or more.
    pub files: Option<u64>,
    /// The longer side of new pictures in pixels, from 16 on, and of films up to theirs:
    /// simulations make many.
    pub long_side: u32,
    /// How many MiB a large film has more than a good one. Half of the default is more than a
    /// client keeps in memory.
    pub padding_mib: u32,
    /// Whether films come with a `content-length`.
    pub is_length_told: bool,
    /// What canceling a new job does.
    pub cancel: Cancel,
    /// How many others a new job waits behind, where the provider says so; fewer and fewer
    /// until it starts.
    pub queue_position: u32,
    /// For how many requests to create a job the knobs hold. Afterwards all are at
    /// their defaults again. Without it they hold until they are turned.
    pub times: Option<u32>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            success_after_ms: 1_000,
            outcome: Outcome::default(),
            submit: Submit::default(),
            retry_after_s: 30,
            reads: Reads::default(),
            webhook: WebhookMode::default(),
            output: Output::default(),
            files: None,
            long_side: 512,
            padding_mib: 24,
            is_length_told: false,
            cancel: Cancel::default(),
            queue_position: 0,
            times: None,
        }
    }
}

impl Knobs {
    /// The knobs for this request to create a job, counted against `times`.
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
pub enum Outcome {
    /// Done, with output.
    #[default]
    Succeed,
    /// Failed, with the error of a crashed model.
    Fail,
    /// Held back by the model's safety checker once it was made.
    Moderated,
    /// Held back for what was asked, before anything is made.
    InputModerated,
    /// Given up before it ran.
    Aborted,
    /// A status that no client knows, for ever and without a webhook.
    UnknownStatus,
    /// Done, without output.
    NoOutput,
}

/// How a request to create a job is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Submit {
    /// 201.
    #[default]
    Accept,
    /// 429 with `Retry-After`; nothing is created.
    Throttled,
    /// 402; nothing is created.
    OutOfCredit,
    /// 404 as for a model that was taken down; nothing is created.
    Retired,
    /// 422 as for a prompt that the model cannot do with. Nothing is created; where every job
    /// is taken, this is what it comes to.
    Invalid,
    /// 500; nothing is created, which the caller cannot know.
    ServerError,
    /// 503 with `Retry-After`; nothing is created.
    Unavailable,
    /// The job is created, then the connection closes.
    AnswerLost,
}

/// How a request that reads jobs or cancels them is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// As asked.
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
    /// Each event once, and again only when it is not answered with a 2xx.
    #[default]
    Once,
    /// No event at all.
    Never,
    /// Each event twice, with the same id.
    Twice,
    /// The job ends at once, and its webhooks come before the answer to the
    /// request that created it.
    Early,
    /// An event of the beginning follows the final one, whatever was asked for.
    OutOfOrder,
    /// Signed with another secret.
    BadSignature,
    /// With a timestamp of ten minutes ago, correctly signed.
    Stale,
    /// In the middle of a rotation: signed with a key that is being replaced, and also with
    /// its successor where there is room for two.
    PreviousKey,
}

/// What an output file is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A whole PNG or MP4.
    #[default]
    Good,
    /// The same, but larger by the padding when it is an MP4.
    Large,
    /// 404.
    Missing,
    /// Half the file, in an answer that is whole by itself.
    Truncated,
    /// Half the file, then the connection breaks. A film is then a large one.
    CutOff,
    /// An HTML page that says it is what was asked for.
    WrongType,
}

/// What canceling does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancel {
    /// The job is canceled at once.
    #[default]
    Stops,
    /// Accepted, but the job goes on to its end and would be billed.
    Ignored,
}

/// What has happened so far, for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Requests to create a job, whatever came of them.
    pub submits: u64,
    /// Jobs that were created: each would have been billed.
    pub predictions: u64,
    /// Requests to cancel a job.
    pub cancels: u64,
    /// Requests that read one job or list them.
    pub reads: u64,
    /// Output files that were handed out.
    pub downloads: u64,
    /// Requests to erase a job.
    pub erasures: u64,
    /// Pictures that came with jobs.
    pub pictures: u64,
    /// Of these the ones in whose files was more than pixels: a place, a camera, a comment,
    /// another file.
    pub talking_pictures: u64,
}

impl Counts {
    pub(super) fn look_at(&mut self, pictures: impl Iterator<Item = Seen>) {
        for picture in pictures {
            self.pictures += 1;
            self.talking_pictures += u64::from(!picture.is_bare);
        }
    }
}
