use crate::fakes::{
    Cancel, Knobs, Outcome, Output, WebhookMode,
    files::{File, Makes},
    inputs::Inputs,
    seen::seen,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// A model by its public name.
#[derive(Debug)]
pub struct Model {
    pub(crate) name: &'static str,
    pub(crate) makes: Makes,
    pub(crate) inputs: Inputs,
}

/// What a client asked for.
#[derive(Debug, Clone)]
pub struct Order {
    pub(crate) model: &'static Model,
    pub(crate) input: Map<String, Value>,
    /// Where to tell the end.
    pub(crate) webhook: Option<String>,
    /// What to sign that with, where the client chooses it.
    pub(crate) secret: Option<String>,
    /// How many files it makes.
    pub(crate) files: u64,
    /// Width to height, as `16:9`.
    pub(crate) ratio: Option<String>,
    /// How long its files can be read, from its end.
    pub(crate) lifetime: SignedDuration,
    /// How long it may take to its start.
    pub(crate) start_within: Option<SignedDuration>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    Running,
    /// In a state that no client knows, for ever.
    Stuck,
    Ended(End),
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    As(Outcome),
    Canceled,
    /// It did not start in time.
    NotStarted,
}

/// One job: what was asked, and how far it has come.
#[derive(Debug)]
pub struct Job {
    pub(crate) id: String,
    pub(crate) order: Order,
    /// How this one behaves.
    pub(crate) knobs: Knobs,
    pub(crate) stage: Stage,
    pub(crate) created_at: Timestamp,
    starts_at: Timestamp,
    ends_at: Timestamp,
    ended_at: Option<Timestamp>,
    /// Nothing of it is left but that it was.
    pub(crate) is_erased: bool,
}

impl Job {
    pub(super) fn new(id: String, order: Order, knobs: Knobs, now: Timestamp) -> Self {
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

    /// When it next moves by itself.
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

    /// Moves it to where it is at `now`; when it ended on the way.
    pub(super) fn advance(&mut self, now: Timestamp) -> Option<Timestamp> {
        while let Some(at) = self.next_move().filter(|at| *at <= now) {
            self.stage = match self.stage {
                Stage::Waiting if at < self.starts_at => Stage::Ended(End::NotStarted),
                Stage::Waiting => Stage::Running,
                _ if self.knobs.outcome == Outcome::UnknownStatus => Stage::Stuck,
                _ => Stage::Ended(End::As(self.knobs.outcome)),
            };
            if matches!(self.stage, Stage::Ended(_)) {
                self.ended_at = Some(at);
                return self.ended_at;
            }
        }
        None
    }

    /// Cancels it; whether that ended it.
    pub(super) fn cancel(&mut self, now: Timestamp) -> bool {
        let stops = !matches!(self.stage, Stage::Ended(_)) && self.knobs.cancel == Cancel::Stops;
        if stops {
            self.stage = Stage::Ended(End::Canceled);
            self.ended_at = Some(now);
        }
        stops
    }

    /// How many others it waits behind: from what its knob says down to none.
    pub(crate) fn queue_position(&self, now: Timestamp) -> u64 {
        let whole = self.starts_at.duration_since(self.created_at).as_millis().max(1);
        let left = self.starts_at.duration_since(now).as_millis().clamp(0, whole);
        u64::try_from(i128::from(self.knobs.queue_position) * left / whole).unwrap_or_default()
    }

    /// How much of it is done, from 0 to 1.
    pub(crate) fn progress(&self, now: Timestamp) -> f64 {
        let whole = self.ends_at.duration_since(self.created_at).as_secs_f64();
        match self.stage {
            Stage::Ended(_) => 1.0,
            _ if whole <= 0.0 => 0.0,
            _ => (now.duration_since(self.created_at).as_secs_f64() / whole).clamp(0.0, 1.0),
        }
    }

    /// The addresses of its files, as long as the job is remembered whole.
    pub(crate) fn files(&self, public_base: &str) -> Vec<String> {
        match self.stage {
            Stage::Ended(End::As(Outcome::Succeed)) => {
                let files = self.knobs.files.unwrap_or(self.order.files);
                (0..files).map(|n| self.address(public_base, n)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn address(&self, public_base: &str, n: u64) -> String {
        format!("{public_base}/files/{}/out-{n}.{}", self.id, self.order.model.makes.extension())
    }

    /// A file by its path: what to draw, unless it never was or is no longer there.
    pub(super) fn file(&self, now: Timestamp, path: &str) -> Option<File<'_>> {
        let n = (0..).zip(self.files("")).find(|(_, address)| address == path).map(|(n, _)| n)?;
        let expired = self.ended_at.is_none_or(|end| now.duration_since(end) >= self.order.lifetime);
        let there = !expired && !self.is_erased && self.knobs.output != Output::Missing;
        let seed = self.order.input.get("seed").and_then(Value::as_u64).unwrap_or_default();
        there.then(|| File {
            output: self.knobs.output,
            makes: self.order.model.makes,
            prompt: self.order.input.get("prompt").and_then(Value::as_str).unwrap_or_default(),
            ratio: self.order.ratio.as_deref(),
            long_side: self.knobs.long_side,
            padding_mib: self.knobs.padding_mib,
            is_length_told: self.knobs.is_length_told,
            input: seen(self.order.model.inputs, &self.order.input).next(),
            seed: seed.wrapping_add(n),
        })
    }
}
