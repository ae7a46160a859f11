//! The functions in process: a test sends a recorded event as Lambda would, and checks the answer
//! and the stored items.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod batch;
mod billing;
mod cancel;
mod claims;
mod contact;
mod coverage;
mod credits;
mod deaths;
mod delete;
mod deletion;
mod foreign;
mod full;
mod happy;
mod headers;
mod idempotency;
mod inputs;
mod invalid;
mod library;
mod limits;
mod logged;
mod lost;
mod ops;
mod outcomes;
mod personal;
mod printed;
mod progress;
mod providers;
mod purge;
mod quote;
mod races;
mod requests;
mod sessions;
mod sign_in;
mod spend;
mod strays;
mod thumbnails;
mod unauthenticated;
mod uploads;
mod video;
mod webhooks;
mod wiring;
mod works;
