//! The deployed template through HTTP alone, with IAM enforced.
//!
//! Most tests share one [`local::LocalPlatform`], and each has people of its own. A test that turns
//! the partners' knobs runs alone on the platform. After every test, no log of any function may
//! contain the texts that the tests have sent so far: see [`stack`].
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail a test by panicking"
)]

mod answer;
mod burst;
mod canaries;
mod clock;
mod consents;
mod dev;
mod edge;
mod environment;
mod erasure;
mod flood;
mod idempotency;
mod identity_message;
mod journey;
mod ledger;
mod life;
mod lifecycle;
mod linked;
mod ops;
mod pages;
mod partners;
mod permissions;
mod person;
#[cfg(target_os = "linux")]
mod processes;
mod recovery;
mod scanner;
mod stack;
mod tables;
mod two;
mod upload_form;
mod uploads;
mod video;
mod walk;
mod webhooks;
