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
//! assert_eq!(world.messages("media").len(), 1, "but the message was sent");
//! assert_eq!(counts.of("sqs.SendMessage"), 1);
//! assert!(world.items(CREDITS_TABLE).is_empty());
//! assert!(world.snapshot() != before);
//! # }
//! ```
//!
//! - **Calls.** Every call outside has a name such as `dynamodb.PutItem` or
//!   `http.POST api.replicate.test/v1/predictions`. The world numbers, counts and traces
//!   it, and asks the [`Faults`] policy for its fault. Then the call is applied at once and
//!   as a whole. The seed decides which of two racing calls comes first.
//! - **Determinism.** One thread, paused Tokio time, the SDK's retries off, all random
//!   numbers from the seed: the same seed gives the same [`World::trace`].
//! - **Strictness.** An operation, a header or a host that no model knows fails the test
//!   by name, even when the program under test swallows the panic.
//! - **Processes.** [`World::run`] runs a program that an injected fault may end.
//! - **Layers.** `WorldState` holds the state of all models, the models use it, and
//!   [`World`] uses the models.
//! - **Functions.** [`World::init`] and [`World::ctx`] start a function with the variables
//!   that the real template gives it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test helper that cannot go on must fail the test")]

mod calls;
mod clock;
mod dynamodb;
mod fakes;
mod functions;
mod google;
mod lock;
mod names;
mod partners;
mod random;
mod s3;
mod schema;
mod sdk;
mod seam;
mod sqs;
mod ssm;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod world;

pub use calls::{
    faults::{Fault, Faults, OutsideCall},
    journal::{CallCounts, TracedCall},
    process::Died,
};
pub use dynamodb::tables::{
    ACCOUNTS_TABLE, CASES_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, GENERATIONS_TABLE, TRANSIENT_TABLE,
};
pub use functions::PUBLIC_ORIGIN;
pub use google::{
    consent::{
        GOOGLE_AUTHORIZE_URL, GOOGLE_CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, GOOGLE_PICTURES, GOOGLE_TOKEN_URL,
        GoogleProfile,
    },
    fake::FakeGoogle,
    token::Tampering,
};
pub use jsonschema::Validator;
pub use names::{MEDIA_BUCKET, REGION, SECRETS_PATH};
pub use partners::partner::{
    APPLE_ISSUER, BFL_API, FACEBOOK_GRAPH, FACEBOOK_SITE, FAL_API, Partner, REPLICATE_API, STRIPE_API,
};
pub use random::Random;
pub use s3::store::{OpenMultipartUpload, StoredObject};
pub use schema::validator;
pub use sqs::queues::{QueueMessage, event};
pub use template::has_policies;
pub use world::{World, snapshot::Snapshot};
