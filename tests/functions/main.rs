//! The functions in process: a test sends a recorded event as Lambda would, and checks the answer
//! and the stored items.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod batch;
mod billing;
mod cancel;
mod claims;
mod cookies;
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
mod outcomes;
mod page;
mod personal;
mod printed;
mod progress;
mod providers;
mod public_keys;
mod purge;
mod quote;
mod races;
mod requests;
mod sessions;
mod sign_in;
mod sign_ins;
mod spend;
mod strays;
mod thumbnails;
mod unauthenticated;
mod uploads;
mod video;
mod webhooks;
mod wiring;
mod works;
