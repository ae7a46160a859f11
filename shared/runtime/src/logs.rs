//! Logs and metrics: one JSON object a line on stdout, which Lambda sends to the function's
//! log group.

use crate::metric;
use std::{fmt::Result, io};
use tracing::{Event, Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, FmtContext, FormatEvent, FormatFields, MakeWriter, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
};

/// Our own lines from INFO on; of libraries only what is wrong. None of the libraries'
/// DEBUG lines may ever be on: they print bodies.
///
/// Public so that tests read exactly what a function would print.
pub fn subscriber<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Clone + Send + Sync + 'static,
{
    let metrics = fmt::layer().with_ansi(false).event_format(Bare).with_writer(writer.clone());
    let metrics = metrics.with_filter(Targets::new().with_target(metric::TARGET, Level::INFO));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).without_time();
    let ours = Targets::new().with_default(LevelFilter::ERROR).with_targets(
        ["runtime", "generations", "providers", "identity", "accounts", "billing", "privacy"]
            .map(|ours| (ours, Level::INFO)),
    );
    let lines = lines.with_target(false).with_writer(writer).with_filter(ours);
    tracing_subscriber::registry().with(lines).with(metrics)
}

/// The message and nothing around it: CloudWatch wants a metric's object as the whole line.
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

/// The error with its causes, for the log alone.
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
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [metric, line] = lines.as_slice() else { panic!("each is one line, and once: {written}") };
        assert_eq!(metric["LateSuccesses"], 1.0, "CloudWatch reads the object at the top: {metric}");
        assert!(metric.get("message").is_none() && metric.get("level").is_none(), "nothing is around it: {metric}");
        assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &"one line".into()));
    }
}
