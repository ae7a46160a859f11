//! The platform in process, for tests: one implementation of the SDK's HTTP client and
//! of `net`'s, dispatching to a real DynamoDB engine, to models of S3, SQS and SSM, and
//! to the partners' fakes.
//!
//! ```
//! use testkit::{CREDITS_TABLE, Fault, Faults, World};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let world = World::new(7);
//! let before = world.snapshot();
//! world.inject(Faults::nth("sqs.SendMessage", 1, Fault::AnswerLost));
//! let queue = aws::Queue::new(world.clients().sqs(), world.queue_url("media"));
//! let (sent, counts) = world.counted(queue.send(&"hello")).await;
//! assert!(sent.is_err(), "the answer was lost");
//! assert_eq!(world.messages("media").len(), 1, "and yet the message is there");
//! assert_eq!(counts.of("sqs.SendMessage"), 1);
//! assert!(world.items(CREDITS_TABLE).is_empty());
//! assert!(world.snapshot() != before);
//! # }
//! ```
//!
//! - **Calls.** Every call outside has a name such as `dynamodb.PutItem` or
//!   `http.POST api.replicate.test/v1/predictions`. It is numbered, counted, traced and
//!   shown to the [`Faults`] policy; then it is applied at once and as a whole. Calls that
//!   race overtake each other by the seed.
//! - **Determinism.** One thread, paused Tokio time, the SDK's retries off, all chance
//!   from the seed: the same seed gives the same [`World::trace`].
//! - **Strictness.** What a model does not know (an operation, a header, a host) fails the
//!   test by name, even when the program under test swallows the panic.
//! - **Processes.** [`World::run`] runs a program that an injected death may end.
//! - **Functions.** [`World::init`] and [`World::ctx`] start a function with the variables
//!   that the real template gives it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test helper that cannot go on must fail the test")]

mod dynamodb;
mod faults;
mod functions;
mod google;
mod process;
mod random;
mod s3;
mod sdk;
mod seam;
mod sqs;
mod ssm;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod trace;
mod vendors;
mod world;

pub use dynamodb::{ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, GENERATIONS_TABLE};
pub use faults::{Call, Fault, Faults};
pub use functions::PUBLIC_ORIGIN;
pub use google::{
    GOOGLE_AUTHORIZE_URL, GOOGLE_CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL, Google, Profile,
    Tampering,
};
pub use process::Died;
pub use random::Random;
pub use s3::{Object, OpenUpload};
pub use seam::Traced;
pub use sqs::{Message, event};
pub use state::Snapshot;
pub use template::has_policies;
pub use trace::Counts;
pub use vendors::{BFL_API, FAL_API, Partner, REPLICATE_API, STRIPE_API};
pub use world::{MEDIA_BUCKET, REGION, SECRETS_PATH, World};
