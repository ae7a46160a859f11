//! The comparison of a partner's clock with ours.

use crate::provider::IdentityProvider;
use kernel::{Error, limits::CLOCK_LEEWAY};

/// The largest difference between the partner's clock and ours, in seconds.
pub(crate) const CLOCK_LEEWAY_S: i64 = CLOCK_LEEWAY.as_secs() as i64;

/// The sentence for a person whose sign-in failed because two clocks differ.
pub(crate) const CLOCKS_DIFFER: &str = "The clocks of the sign-in service and of this site differ, so its answer \
     cannot be checked. This is no fault of yours. Wait some minutes, then start again.";

/// The error for a token that was issued in the future, or had expired when it came. The log line has the
/// partner and by how many seconds its clock is ahead of ours; the number is negative if it is behind.
pub(crate) fn clocks_differ(provider: IdentityProvider, ahead_s: i64) -> Error {
    tracing::warn!(provider = provider.as_str(), ahead_s, "the partner's clock and ours differ");
    Error::SignInFailed { detail: CLOCKS_DIFFER }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fmt::{Debug, Write},
        sync::{Arc, Mutex},
    };
    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    /// Collects the fields of log lines.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<String>>);

    impl Visit for &Lines {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            write!(self.0.lock().unwrap(), "{}={value:?};", field.name()).unwrap();
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut visitor = self;
            event.record(&mut visitor);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn the_log_says_by_how_many_seconds_and_the_person_reads_what_helps() {
        let lines = Lines::default();
        let error = tracing::subscriber::with_default(lines.clone(), || clocks_differ(IdentityProvider::Apple, -7_200));
        let logged = lines.0.lock().unwrap().clone();
        for part in ["provider=\"apple\";", "ahead_s=-7200;", "message=the partner's clock and ours differ;"] {
            assert!(logged.contains(part), "{part} is missing: {logged}");
        }
        assert_eq!((error.code(), error.to_string().as_str()), ("sign_in_failed", CLOCKS_DIFFER));
    }
}
