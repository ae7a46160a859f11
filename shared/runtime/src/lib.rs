//! The bootstrap that every function shares: configuration, clients, logs, and one shape
//! of handler for HTTP, queues and schedules.
//!
//! A function's `main` is one call:
//!
//! ```text
//! fn main() -> runtime::Exit {
//!     runtime::http::serve(get_credits::Deps::new, get_credits::handle)
//! }
//! ```
//!
//! This crate takes the environment, the clock and ids from `machine`, and gives them to the
//! functions as values: in [`Init`] at cold start and in [`Ctx`] at each invocation.

mod bootstrap;
pub mod http;
mod init;
pub mod logs;
pub mod metric;
pub mod queue;
pub mod schedule;
mod source;

pub use bootstrap::Exit;
pub use init::{Asked, Init, Platform};

use kernel::{Ids, Timestamp};
use std::time::Duration;

/// The context of one invocation: time, ids and deadline.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// The time at which the invocation began. It stays the same for the whole invocation.
    pub now: Timestamp,
    /// The same moment by the clock of AWS, which checks signatures: links are signed at this time.
    /// It differs from `now` on the local platform alone, where time can be moved.
    pub signed_at: Timestamp,
    /// The source of ids and random bytes.
    pub ids: Ids,
    /// The platform's id of this invocation, for logs and problem documents.
    pub request_id: String,
    /// The time at which the platform ends the invocation, by the clock of `now`.
    pub deadline: Timestamp,
}

impl Ctx {
    /// The time that the invocation had left when it began.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        Duration::try_from(self.deadline.duration_since(self.now)).unwrap_or_default()
    }
}
