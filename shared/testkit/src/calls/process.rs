//! A process that can die.

use std::{
    fmt,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

tokio::task_local! {
    static CURRENT: Process;
}

/// An injected [`Fault`](super::faults::Fault) ended the process before its work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Died;

impl fmt::Display for Died {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the process died of an injected fault")
    }
}

impl std::error::Error for Died {}

#[derive(Debug, Clone, Default)]
pub(crate) struct Process(Arc<Life>);

#[derive(Debug, Default)]
struct Life {
    dead: AtomicBool,
    ended: Notify,
}

impl Process {
    /// The process of the calling task, if it belongs to one.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs `work` as a new process. When it dies, `work` is dropped.
    pub(crate) async fn run<T>(work: impl Future<Output = T>) -> Result<T, Died> {
        let process = Self::default();
        CURRENT
            .scope(process.clone(), async {
                tokio::select! {
                    biased;
                    () = process.0.ended.notified() => Err(Died),
                    output = work => Ok(output),
                }
            })
            .await
    }

    /// Ends the process: the caller never gets an answer.
    pub(crate) async fn die<T>(&self) -> T {
        self.0.dead.store(true, Ordering::Relaxed);
        self.0.ended.notify_one();
        pending().await
    }

    /// Returns while the process lives. Never returns once it is dead.
    pub(crate) async fn survive(&self) {
        if self.0.dead.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    }
}
