use super::{Cancel, Knobs, Outcome, Output, WebhookMode, models::Model};
use crate::fakes::files::{File, Makes};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// How long input, output, logs and files are kept after the end.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(1);

/// What a client asked for, valid.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub model: &'static Model,
    /// The version's id, or `hidden` when the model was named instead.
    pub version: String,
    pub input: Map<String, Value>,
    pub webhook: Option<String>,
    /// Which events the webhook gets; all when absent.
    pub filter: Option<Vec<String>>,
    /// How long it may take, counted from its creation.
    pub cancel_after: Option<SignedDuration>,
}

/// Something that a webhook tells of.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// `start`, `logs`, `output` or `completed`.
    pub name: &'static str,
    pub at: Timestamp,
    /// The prediction as it was then.
    pub body: Value,
}

/// One prediction: what was asked, and how far it has come.
#[derive(Debug)]
pub(super) struct Prediction {
    pub id: String,
    pub order: Order,
    /// How this one behaves.
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
    /// The number of a file that is gone, while the others can be read.
    pub lost_file: Option<u64>,
    /// Up to when it has been moved.
    as_of: Timestamp,
}

impl Prediction {
    pub fn new(id: String, order: Order, knobs: Knobs, now: Timestamp) -> Self {
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

    /// Whether nothing more will happen to it. An unknown status is not final.
    pub fn is_final(&self) -> bool {
        self.completed_at.is_some()
    }

    /// When it next moves by itself.
    pub fn next_move(&self) -> Option<Timestamp> {
        let by_itself = match self.status {
            "starting" => self.starts_at,
            "processing" => self.ends_at,
            _ => return None,
        };
        Some(self.deadline.map_or(by_itself, |deadline| deadline.min(by_itself)))
    }

    /// Moves it to where it is at `now`; the events of the way, in order.
    pub fn advance(&mut self, now: Timestamp, public_base: &str) -> Vec<Event> {
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
            Outcome::Succeed | Outcome::NoOutput => self.end("succeeded", None, at),
            Outcome::Fail => self.end("failed", Some("Prediction interrupted; please retry (code: PA)"), at),
            Outcome::Moderated | Outcome::InputModerated => {
                let error = "NSFW content detected. Try running it again, or try a different prompt.";
                self.end("failed", Some(error), at);
            }
            Outcome::Aborted => self.end("aborted", None, at),
            Outcome::UnknownStatus => self.status = "paused",
        }
    }

    fn end(&mut self, status: &'static str, error: Option<&'static str>, at: Timestamp) {
        self.status = status;
        self.error = error;
        self.completed_at = Some(at);
    }

    /// Cancels it; `None` when that changes nothing.
    pub fn cancel(&mut self, now: Timestamp, public_base: &str) -> Option<Event> {
        if self.is_final() || self.knobs.cancel == Cancel::Ignored {
            return None;
        }
        self.end("canceled", None, now);
        Some(self.event("completed", now, public_base))
    }

    fn event(&self, name: &'static str, at: Timestamp, public_base: &str) -> Event {
        Event { name, at, body: self.to_json(public_base) }
    }

    /// How many output files it has, whether or not they can still be read.
    pub fn outputs(&self) -> u64 {
        match (self.status, self.knobs.outcome) {
            ("succeeded", Outcome::Succeed) => self.knobs.files.or(self.input_number("num_outputs")).unwrap_or(1),
            _ => 0,
        }
    }

    fn input_number(&self, name: &str) -> Option<u64> {
        self.order.input.get(name).and_then(Value::as_u64)
    }

    /// The whole prediction object as the API shows it.
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

    /// What the model prints: its seed, then a progress bar of tqdm, line after line.
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
                Makes::Pictures => (0..n).map(|n| self.address(public_base, n)).collect(),
                Makes::Film => self.address(public_base, 0).into(),
            },
        }
    }

    fn address(&self, public_base: &str, n: u64) -> String {
        format!("{public_base}/files/{}/out-{n}.{}", self.id, self.order.model.makes.extension())
    }

    /// A file by its path: what to draw, unless it never was or is no longer there.
    pub fn file(&self, path: &str) -> Option<File<'_>> {
        let n = (0..self.outputs()).find(|n| self.address("", *n) == path)?;
        let there = !self.data_removed && self.lost_file != Some(n) && self.knobs.output != Output::Missing;
        let text = |name| self.order.input.get(name).and_then(Value::as_str);
        there.then(|| File {
            output: self.knobs.output,
            makes: self.order.model.makes,
            prompt: text("prompt").unwrap_or_default(),
            ratio: text("aspect_ratio"),
            long_side: self.knobs.long_side,
            padding_mib: self.knobs.padding_mib,
            is_length_told: self.knobs.is_length_told,
            input: self.order.model.seen(&self.order.input).next(),
            seed: self.input_number("seed").unwrap_or_default().wrapping_add(n),
        })
    }
}
