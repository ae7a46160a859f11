//! Logs and metrics: one JSON object a line on stdout, which Lambda sends to the function's
//! log group.

use crate::metric;
use std::{fmt::Result, io};
use tracing::{Event, Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, Targets},
    fmt::{self, FmtContext, FormatEvent, FormatFields, MakeWriter, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
};

/// The crates of the workspace, separated by commas: see `build.rs`.
const OUR_CRATES: &str = env!("OUR_CRATES");

/// Whether a target belongs to a crate of ours. The whole name of the crate counts, because the
/// names of some libraries begin like ours: `aws_sdk_s3` is not `aws`.
#[must_use]
pub fn is_ours(target: &str) -> bool {
    let name = target.split("::").next();
    OUR_CRATES.split(',').any(|ours| Some(ours) == name)
}

/// Prints the lines of our crates from INFO on, and those of libraries from ERROR on. Finer lines
/// of libraries must stay off: they quote bodies.
///
/// Public so that tests read the lines that a function prints.
pub fn subscriber<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Clone + Send + Sync + 'static,
{
    let metrics = fmt::layer().with_ansi(false).event_format(Bare).with_writer(writer.clone());
    let metrics = metrics.with_filter(Targets::new().with_target(metric::TARGET, Level::INFO));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).without_time();
    let filter = FilterFn::new(prints).with_max_level_hint(LevelFilter::INFO);
    let lines = lines.with_target(false).with_writer(writer).with_filter(filter);
    tracing_subscriber::registry().with(lines).with(metrics)
}

/// Whether a line prints as a log line. A metric has a line of its own.
fn prints(line: &Metadata<'_>) -> bool {
    *line.level() == Level::ERROR || (*line.level() <= Level::INFO && is_ours(line.target()))
}

/// The message alone: CloudWatch reads a metric's object only when it is the whole line.
struct Bare;

impl<S, N> FormatEvent<S, N> for Bare
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> Result {
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

pub(crate) fn start() {
    let _ = tracing::subscriber::set_global_default(subscriber(io::stdout));
}

/// The code of an error with its causes. It is for the log, never for a client.
pub(crate) fn chain(error: &kernel::Error) -> String {
    let mut text = error.code().to_owned();
    let mut cause: Option<&dyn std::error::Error> = match error.cause() {
        Some(cause) => Some(&**cause),
        None => None,
    };
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Metric;
    use kernel::Timestamp;
    use serde_json::Value;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_metric_is_its_line_and_a_log_line_has_its_level() {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(move || writer.clone()), || {
            metric::publish("local", Timestamp::UNIX_EPOCH, &[Metric { name: "LateSuccesses", value: 1.0 }]);
            tracing::info!("one line");
            tracing::warn!(target: "aws_sdk_dynamodb::client", "a line of a library");
            tracing::debug!("a fine line");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [metric, line] = lines.as_slice() else {
            panic!("one metric and one line must print, each once: {written}")
        };
        assert_eq!(metric["LateSuccesses"], 1.0, "CloudWatch reads the object at the top: {metric}");
        assert!(
            metric.get("message").is_none() && metric.get("level").is_none(),
            "the line must be only the metric: {metric}"
        );
        assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &"one line".into()));
    }
}
