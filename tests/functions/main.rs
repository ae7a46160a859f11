//! The functions at the seam: a recorded event goes in as Lambda hands it over, and the
//! answer and what is stored then are judged.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod billing;
mod cancel;
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
mod invalid;
mod library;
mod lost;
mod outcomes;
mod personal;
mod printed;
mod providers;
mod purge;
mod races;
mod requests;
mod sessions;
mod sign_in;
mod thumbnails;
mod unauthenticated;
mod video;
mod webhooks;
