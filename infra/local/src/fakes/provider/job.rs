//! Jobs of the fake AI providers.

use crate::fakes::{
    inputs::{ModelInputs, pictures},
    knobs::{CancelMode, JobOutcome, Knobs, OutputMode, WebhookMode},
    media::files::{FakeFile, OutputKind},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// A model by its public name.
#[derive(Debug)]
pub struct FakeModel {
    pub(crate) name: &'static str,
    pub(crate) makes: OutputKind,
    pub(crate) inputs: ModelInputs,
}

/// A client's request for a job.
#[derive(Debug, Clone)]
pub struct JobRequest {
    pub(crate) model: &'static FakeModel,
    pub(crate) input: Map<String, Value>,
    /// The address of the webhook for the end.
    pub(crate) webhook: Option<String>,
    /// The secret that signs the webhook, where the client chooses it.
    pub(crate) secret: Option<String>,
    /// The number of output files.
    pub(crate) files: u64,
    /// Width to height, as `16:9`.
    pub(crate) ratio: Option<String>,
    /// How long the files can be read, counted from the end.
    pub(crate) lifetime: SignedDuration,
    /// The longest wait for the start.
    pub(crate) start_within: Option<SignedDuration>,
}

/// The stage of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    Running,
    /// It stays in a status that no client knows.
    Stuck,
    Ended(JobEnd),
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    As(JobOutcome),
    Canceled,
    /// It did not start in time.
    NotStarted,
}

/// One job: its request and its progress.
#[derive(Debug)]
pub struct FakeJob {
    pub(crate) id: String,
    pub(crate) order: JobRequest,
    /// The knobs for this job.
    pub(crate) knobs: Knobs,
    pub(crate) stage: Stage,
    pub(crate) created_at: Timestamp,
    starts_at: Timestamp,
    ends_at: Timestamp,
    ended_at: Option<Timestamp>,
    /// Whether the client has erased its payloads.
    pub(crate) is_erased: bool,
}

impl FakeJob {
    pub(super) fn new(id: String, order: JobRequest, knobs: Knobs, now: Timestamp) -> Self {
        let takes = match knobs.webhook {
            WebhookMode::Early => SignedDuration::ZERO,
            _ => SignedDuration::from_millis(i64::try_from(knobs.success_after_ms).unwrap_or(i64::MAX)),
        };
        let later = |wait: SignedDuration| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let (starts_at, ends_at) = (later(takes / 5), later(takes));
        Self {
            id,
            order,
            knobs,
            stage: Stage::Waiting,
            created_at: now,
            starts_at,
            ends_at,
            ended_at: None,
            is_erased: false,
        }
    }

    /// The time of its next change of stage.
    pub(super) fn next_move(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Waiting => Some(self.give_up_at().map_or(self.starts_at, |at| at.min(self.starts_at))),
            Stage::Running => Some(self.ends_at),
            Stage::Stuck | Stage::Ended(_) => None,
        }
    }

    fn give_up_at(&self) -> Option<Timestamp> {
        self.created_at.saturating_add(self.order.start_within?).ok()
    }

    /// Moves it to its stage at `now`. Returns the time of its end, if it ended now.
    pub(super) fn advance(&mut self, now: Timestamp) -> Option<Timestamp> {
        while let Some(at) = self.next_move().filter(|at| *at <= now) {
            self.stage = match self.stage {
                Stage::Waiting if at < self.starts_at => Stage::Ended(JobEnd::NotStarted),
                Stage::Waiting => Stage::Running,
                _ if self.knobs.outcome == JobOutcome::UnknownStatus => Stage::Stuck,
                _ => Stage::Ended(JobEnd::As(self.knobs.outcome)),
            };
            if matches!(self.stage, Stage::Ended(_)) {
                self.ended_at = Some(at);
                return self.ended_at;
            }
        }
        None
    }

    /// Cancels it. Returns whether that ended it.
    pub(super) fn cancel(&mut self, now: Timestamp) -> bool {
        let stops = !matches!(self.stage, Stage::Ended(_)) && self.knobs.cancel == CancelMode::Stops;
        if stops {
            self.stage = Stage::Ended(JobEnd::Canceled);
            self.ended_at = Some(now);
        }
        stops
    }

    /// Its queue position: from the knob's down to 0.
    pub(crate) fn queue_position(&self, now: Timestamp) -> u64 {
        let whole = self.starts_at.duration_since(self.created_at).as_millis().max(1);
        let left = self.starts_at.duration_since(now).as_millis().clamp(0, whole);
        u64::try_from(i128::from(self.knobs.queue_position) * left / whole).unwrap_or_default()
    }

    /// Its progress, from 0 to 1.
    pub(crate) fn progress(&self, now: Timestamp) -> f64 {
        let whole = self.ends_at.duration_since(self.created_at).as_secs_f64();
        match self.stage {
            Stage::Ended(_) => 1.0,
            _ if whole <= 0.0 => 0.0,
            _ => (now.duration_since(self.created_at).as_secs_f64() / whole).clamp(0.0, 1.0),
        }
    }

    /// The addresses of its files, if it succeeded.
    pub(crate) fn files(&self, public_base: &str) -> Vec<String> {
        match self.stage {
            Stage::Ended(JobEnd::As(JobOutcome::Succeed)) => {
                let files = self.knobs.files.unwrap_or(self.order.files);
                (0..files).map(|n| self.address(public_base, n)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn address(&self, public_base: &str, n: u64) -> String {
        format!("{public_base}/files/{}/out-{n}.{}", self.id, self.order.model.makes.extension())
    }

    /// The content of a file by its path; `None` if it never existed or is gone.
    pub(super) fn file(&self, now: Timestamp, path: &str) -> Option<FakeFile<'_>> {
        let n = (0..).zip(self.files("")).find(|(_, address)| address == path).map(|(n, _)| n)?;
        let expired = self.ended_at.is_none_or(|end| now.duration_since(end) >= self.order.lifetime);
        let there = !expired && !self.is_erased && self.knobs.output != OutputMode::Missing;
        let seed = self.order.input.get("seed").and_then(Value::as_u64).unwrap_or_default();
        there.then(|| FakeFile {
            output: self.knobs.output,
            makes: self.order.model.makes,
            prompt: self.order.input.get("prompt").and_then(Value::as_str).unwrap_or_default(),
            ratio: self.order.ratio.as_deref(),
            long_side: self.knobs.long_side,
            padding_mib: self.knobs.padding_mib,
            is_length_told: self.knobs.is_length_told,
            input: pictures(self.order.model.inputs, &self.order.input).next(),
            seed: seed.wrapping_add(n),
        })
    }
}
