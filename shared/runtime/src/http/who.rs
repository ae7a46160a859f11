//! The pseudonym of the caller in the answered line.

use session::Pseudonym;
use std::sync::{Arc, OnceLock};

/// The pseudonym of the account that a request belongs to, once it is known. The handler consumes the
/// request, and the line is written after it, so the clones share one value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Who(Arc<OnceLock<Pseudonym>>);

impl Who {
    /// Sets the pseudonym. The first one stays.
    pub(crate) fn set(&self, pseudonym: Pseudonym) {
        let _ = self.0.set(pseudonym);
    }

    /// The text for the line. `None` if the request proved no account, or its function has no pseudonym.
    pub(crate) fn text(&self) -> Option<String> {
        self.0.get().map(Pseudonym::to_string)
    }
}
