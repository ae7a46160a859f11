//! Logs: one JSON object a line on stdout, which Lambda sends to the function's log group.

use std::io;
use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry,
};

/// Our own lines from INFO on; of libraries only what is wrong. None of the libraries'
/// DEBUG lines may ever be on: they print bodies.
///
/// Public so that tests read exactly what a function would print.
pub fn subscriber<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).without_time();
    let ours = Targets::new().with_default(LevelFilter::ERROR).with_targets(
        ["runtime", "generations", "providers", "identity", "accounts", "billing", "privacy"]
            .map(|ours| (ours, Level::INFO)),
    );
    registry().with(lines.with_target(false).with_writer(writer).with_filter(ours))
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
