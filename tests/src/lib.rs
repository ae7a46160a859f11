//! The library of the tests: it starts the whole service in process and acts as its people,
//! partners and schedules.
//!
//! [`App`] starts every function on one in-process [`World`](testkit::World), with the
//! same `Deps` as in production and the variables that the template sets. The tests send
//! recorded events to the functions as Lambda would. They check the answers and the stored
//! items.
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
pub mod front;
mod frozen;
mod functions;
mod identities;
mod invariants;
mod logs;
mod openapi;
pub mod pictures;
mod sessions;
pub mod simulation;
mod stored;
mod time;
mod tokens;
mod unpaid;
mod upload;

pub use answer::Answer;
pub use app::App;
pub use browser::{Browser, Person};
pub use event::{Access, Event};
pub use flow::webhook_event;
pub use functions::{HTTP, JOBS, changing, of_one_generation, protected};
pub use invariants::Strays;
pub use logs::Printed;
pub use openapi::{assert_is_a_problem, document, operations};
pub use sessions::unauthenticated;
pub use stored::prompt;
pub use time::{DAY, HOUR, slow};
pub use tokens::{Forged, forged, pseudonym_keys, signer, token_part, without_pseudonym};
