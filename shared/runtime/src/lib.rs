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
//! This crate alone reads the environment and the clock and makes ids; everybody else
//! gets them as values, from [`Init`] at cold start and from [`Ctx`] at each invocation.

mod bootstrap;
pub mod http;
mod init;
pub mod logs;
pub mod metric;
pub mod queue;
pub mod schedule;
mod source;

pub use bootstrap::Exit;
pub use init::{Init, Platform};

use kernel::{Ids, Timestamp};
use std::time::Duration;

/// What one invocation is given besides its input.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// When the invocation began. One invocation has one time.
    pub now: Timestamp,
    /// When it began by the clock of AWS, which judges signatures: what links are signed
    /// at. It differs from `now` on the local platform alone, whose time can be moved.
    pub signed_at: Timestamp,
    /// Where ids and random bytes come from.
    pub ids: Ids,
    /// The platform's id of this invocation, for logs and problem documents.
    pub request_id: String,
    /// When the platform will end the invocation, by the clock of `now`.
    pub deadline: Timestamp,
}

impl Ctx {
    /// How long the invocation may still run, as of its beginning.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        Duration::try_from(self.deadline.duration_since(self.now)).unwrap_or_default()
    }
}
