//! State that the clones of a fake share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of a fake. Clones share it.
#[derive(Debug)]
pub struct SharedState<S>(Arc<Mutex<S>>);

impl<S> Clone for SharedState<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Default> Default for SharedState<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<S> SharedState<S> {
    /// The state, for one caller at a time. A caller that panicked does not lock out the others.
    pub fn lock(&self) -> MutexGuard<'_, S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
