//! The deployed template through HTTP alone, with IAM enforced.
//!
//! Most tests share one [`local::Platform`]: each has people of its own. A test that
//! turns the partners' knobs has the platform to itself. After every test no log of any
//! function may hold what the tests have typed so far: see [`stack`].
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail a test by panicking"
)]

mod answer;
mod burst;
mod clock;
mod dev;
mod edge;
mod environment;
mod idempotency;
mod journey;
mod ledger;
mod lifecycle;
mod pages;
mod permissions;
mod person;
#[cfg(target_os = "linux")]
mod processes;
mod recovery;
mod stack;
mod tables;
mod template;
mod two;
mod video;
mod walk;
mod webhooks;
