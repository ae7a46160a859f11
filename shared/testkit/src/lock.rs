//! Locking without poison.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. A panic under the lock has failed the test already, so a poisoned lock is taken
/// like any other.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
