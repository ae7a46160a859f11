//! The platform in process, for tests: one implementation of the SDK's HTTP client and
//! of `net`'s, dispatching to a real DynamoDB engine, to models of S3, SQS and SSM, and
//! to the partners' fakes.
//!
//! ```ignore
//! #[tokio::test(start_paused = true)]
//! async fn a_repeated_webhook_grants_once() {
//!     let world = World::new(1);
//!     let table = world.clients().dynamodb().table(testkit::CREDITS_TABLE);
//!     world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::AnswerLost));
//!     ...
//! }
//! ```
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

pub use dynamodb::{ACCOUNTS_TABLE, CREDITS_TABLE, GENERATIONS_TABLE};
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
pub use trace::Counts;
pub use vendors::{Partner, REPLICATE_API};
pub use world::{MEDIA_BUCKET, REGION, SECRETS_PATH, World};
