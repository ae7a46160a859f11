//! What the tests share: the whole service at the seam, driven as people, partners and
//! schedules drive it.
//!
//! [`App`] starts every function on one in-process [`World`](testkit::World), with the
//! same `Deps` as in production and the variables that the template gives it. Recorded
//! events go in where Lambda would hand them over; what comes out, and what is stored
//! then, is what the tests judge.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test helper that cannot go on must fail the test"
)]

mod answer;
mod app;
mod balance;
mod browser;
mod debts;
mod deletion;
mod early;
mod event;
mod flow;
mod functions;
mod invariants;
mod logs;
pub mod pictures;
pub mod simulation;
mod stored;
mod tokens;
mod upload;

pub use answer::Answer;
pub use app::App;
pub use browser::{Browser, Person};
pub use event::{Access, Event};
pub use flow::webhook_event;
pub use functions::{HTTP, JOBS, changing, of_one_generation, protected};
pub use invariants::Strays;
pub use logs::Printed;
pub use stored::{hex_sha256, prompt};
pub use tokens::{Forged, forged};
