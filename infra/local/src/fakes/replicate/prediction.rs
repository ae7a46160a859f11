//! Predictions.

use super::models::ReplicateModel;
use crate::fakes::{
    knobs::{CancelMode, JobOutcome, Knobs, OutputMode, WebhookMode},
    media::files::{FakeFile, OutputKind},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// How long input, output, logs and files are kept after the end.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(1);

/// A valid request for a prediction.
#[derive(Debug, Clone)]
pub(super) struct PredictionRequest {
    pub model: &'static ReplicateModel,
    /// The version's id, or `hidden` when the model was named instead.
    pub version: String,
    pub input: Map<String, Value>,
    pub webhook: Option<String>,
    /// The events for the webhook; all when absent.
    pub filter: Option<Vec<String>>,
    /// The longest time to its end, counted from its creation.
    pub cancel_after: Option<SignedDuration>,
}

/// An event for a webhook.
#[derive(Debug, Clone)]
pub(super) struct PredictionEvent {
    /// `start`, `logs`, `output` or `completed`.
    pub name: &'static str,
    pub at: Timestamp,
    /// The prediction at that time.
    pub body: Value,
}

/// One prediction: its request and its progress.
#[derive(Debug)]
pub(super) struct Prediction {
    pub id: String,
    pub order: PredictionRequest,
    /// The knobs for this prediction.
    pub knobs: Knobs,
    pub status: &'static str,
    error: Option<&'static str>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    deadline: Option<Timestamp>,
    data_removed: bool,
    /// The number of a file that is lost, while the others can be read.
    pub lost_file: Option<u64>,
    /// The time of its current status.
    as_of: Timestamp,
}

impl Prediction {
    pub fn new(id: String, order: PredictionRequest, knobs: Knobs, now: Timestamp) -> Self {
        let takes = match knobs.webhook {
            WebhookMode::Early => SignedDuration::ZERO,
            _ => SignedDuration::from_millis(i64::try_from(knobs.success_after_ms).unwrap_or(i64::MAX)),
        };
        let later = |wait: SignedDuration| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        Self {
            id,
            knobs,
            status: "starting",
            error: None,
            created_at: now,
            started_at: None,
            completed_at: None,
            starts_at: later(takes / 5),
            ends_at: later(takes),
            deadline: order.cancel_after.map(later),
            data_removed: false,
            lost_file: None,
            as_of: now,
            order,
        }
    }

    /// Whether it has ended. An unknown status is not final.
    pub fn is_final(&self) -> bool {
        self.completed_at.is_some()
    }

    /// The time of its next change of status.
    pub fn next_move(&self) -> Option<Timestamp> {
        let by_itself = match self.status {
            "starting" => self.starts_at,
            "processing" => self.ends_at,
            _ => return None,
        };
        Some(self.deadline.map_or(by_itself, |deadline| deadline.min(by_itself)))
    }

    /// Moves it to its status at `now`. Returns the events of the changes, in order.
    pub fn advance(&mut self, now: Timestamp, public_base: &str) -> Vec<PredictionEvent> {
        let mut events = Vec::new();
        while let Some(at) = self.next_move().filter(|at| *at <= now) {
            self.as_of = at;
            if self.deadline.is_some_and(|deadline| deadline <= at) {
                // `https://replicate.com/changelog/2025-10-16-prediction-deadlines`
                self.end(if self.status == "starting" { "aborted" } else { "canceled" }, None, at);
                events.push(self.event("completed", at, public_base));
            } else if self.status == "starting" {
                self.status = "processing";
                self.started_at = Some(at);
                events.push(self.event("start", at, public_base));
                events.push(self.event("logs", at, public_base));
            } else {
                self.finish(at);
                if self.status == "succeeded" {
                    events.push(self.event("output", at, public_base));
                }
                if self.is_final() {
                    events.push(self.event("completed", at, public_base));
                }
            }
        }
        self.as_of = now;
        if self.completed_at.is_some_and(|end| now.duration_since(end) >= RETENTION) {
            self.data_removed = true;
        }
        events
    }

    fn finish(&mut self, at: Timestamp) {
        match self.knobs.outcome {
            JobOutcome::Succeed | JobOutcome::NoOutput => self.end("succeeded", None, at),
            JobOutcome::Fail => self.end("failed", Some("Prediction interrupted; please retry (code: PA)"), at),
            JobOutcome::Moderated | JobOutcome::InputModerated => {
                let error = "NSFW content detected. Try running it again, or try a different prompt.";
                self.end("failed", Some(error), at);
            }
            JobOutcome::Aborted => self.end("aborted", None, at),
            JobOutcome::UnknownStatus => self.status = "paused",
        }
    }

    fn end(&mut self, status: &'static str, error: Option<&'static str>, at: Timestamp) {
        self.status = status;
        self.error = error;
        self.completed_at = Some(at);
    }

    /// Cancels it. Returns the event, or `None` when that changes nothing.
    pub fn cancel(&mut self, now: Timestamp, public_base: &str) -> Option<PredictionEvent> {
        if self.is_final() || self.knobs.cancel == CancelMode::Ignored {
            return None;
        }
        self.end("canceled", None, now);
        Some(self.event("completed", now, public_base))
    }

    fn event(&self, name: &'static str, at: Timestamp, public_base: &str) -> PredictionEvent {
        PredictionEvent { name, at, body: self.to_json(public_base) }
    }

    /// The number of its output files, expired ones included.
    pub fn outputs(&self) -> u64 {
        match (self.status, self.knobs.outcome) {
            ("succeeded", JobOutcome::Succeed) => self.knobs.files.or(self.input_number("num_outputs")).unwrap_or(1),
            _ => 0,
        }
    }

    fn input_number(&self, name: &str) -> Option<u64> {
        self.order.input.get(name).and_then(Value::as_u64)
    }

    /// The prediction object of the API.
    pub fn to_json(&self, public_base: &str) -> Value {
        let id = &self.id;
        let api = format!("{public_base}/v1/predictions/{id}");
        let mut shown = json!({
            "id": id,
            "model": self.order.model.name,
            "version": self.order.version,
            "input": self.order.input,
            "logs": self.logs(),
            "output": self.output_json(public_base),
            "data_removed": self.data_removed,
            "error": self.error,
            "status": self.status,
            "source": "api",
            "created_at": self.created_at.to_string(),
            "urls": {
                "cancel": format!("{api}/cancel"),
                "get": api,
                "stream": format!("{public_base}/v1/streams/{id}"),
                "web": format!("https://replicate.com/p/{id}"),
            },
        });
        let mut also = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                shown[name] = value;
            }
        };
        let time = |at: Option<Timestamp>| at.map(|at| Value::from(at.to_string()));
        also("started_at", time(self.started_at));
        also("completed_at", time(self.completed_at));
        also("deadline", time(self.deadline));
        also("webhook", self.order.webhook.clone().map(Value::from));
        also("webhook_events_filter", self.order.filter.clone().map(Value::from));
        if let Some(end) = self.completed_at {
            let seconds = |start: Timestamp| end.duration_since(start).as_secs_f64();
            let predict_time = self.started_at.map(seconds);
            also("metrics", Some(json!({ "predict_time": predict_time, "total_time": seconds(self.created_at) })));
        }
        if self.data_removed {
            shown["input"] = json!({});
            shown["logs"] = Value::Null;
        }
        shown
    }

    /// The output of the model: its seed, then a progress bar of tqdm, line after line.
    fn logs(&self) -> String {
        let Some(start) = self.started_at else { return String::new() };
        let mut logs = "Using seed: 1\n".to_owned();
        let spent = self.completed_at.unwrap_or(self.as_of).duration_since(start).as_millis();
        let whole = self.ends_at.duration_since(start).as_millis().max(1);
        let done = usize::try_from(spent * 20 / whole).unwrap_or_default().min(20);
        for step in 0..=done {
            let bar = format!("{}{}", "█".repeat(step / 2), " ".repeat(10 - step / 2));
            logs.push_str(&format!("{:3}%|{bar}| {step}/20 [00:00<00:00, 12.3it/s]\n", step * 5));
        }
        logs
    }

    fn output_json(&self, public_base: &str) -> Value {
        match self.outputs() {
            0 => Value::Null,
            _ if self.data_removed => Value::Null,
            n => match self.order.model.makes {
                OutputKind::Pictures => (0..n).map(|n| self.address(public_base, n)).collect(),
                OutputKind::Film => self.address(public_base, 0).into(),
            },
        }
    }

    fn address(&self, public_base: &str, n: u64) -> String {
        format!("{public_base}/files/{}/out-{n}.{}", self.id, self.order.model.makes.extension())
    }

    /// The content of a file by its path; `None` if it never existed or is gone.
    pub fn file(&self, path: &str) -> Option<FakeFile<'_>> {
        let n = (0..self.outputs()).find(|n| self.address("", *n) == path)?;
        let there = !self.data_removed && self.lost_file != Some(n) && self.knobs.output != OutputMode::Missing;
        let text = |name| self.order.input.get(name).and_then(Value::as_str);
        there.then(|| FakeFile {
            output: self.knobs.output,
            makes: self.order.model.makes,
            prompt: text("prompt").unwrap_or_default(),
            ratio: text("aspect_ratio"),
            long_side: self.knobs.long_side,
            padding_mib: self.knobs.padding_mib,
            is_length_told: self.knobs.is_length_told,
            input: self.order.model.pictures(&self.order.input).next(),
            seed: self.input_number("seed").unwrap_or_default().wrapping_add(n),
        })
    }
}
