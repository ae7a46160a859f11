//! Fakes: working stand-ins for outside partners.
//!
//! A fake speaks its partner's wire protocol strictly and refuses the requests that the
//! partner refuses. Each is a state machine without I/O, so that the same code serves a
//! socket for `cargo dev` and answers in process for the tests. The tests of each fake use
//! the partner's own official client, an independent one, or its published schema where there is
//! no client.
//!
//! [`Fake`] is their common part, and [`serve`] puts one on a socket. Response
//! extensions change how the caller sends an answer: [`AnswerLost`], [`HoldOpen`],
//! [`WebhookFirst`], [`InPieces`] and [`Padding`]. A body that, with its padding, is shorter
//! than its `content-length` is a connection that broke midway.

pub mod ads;
pub mod apple;
pub mod bfl;
mod clock;
mod control;
mod deliveries;
pub mod facebook;
mod fake;
pub mod fal;
mod fastapi;
mod inputs;
mod knobs;
mod media;
mod provider;
pub mod replicate;
mod response;
mod server;
mod shared;
mod sign_in;
pub mod stripe;
mod text;

pub use ads::{AdCounts, AdKnobs, AdMode, FakeAdNetwork, FakeAdNetworkSettings, SeenConversion};
pub use apple::{AppleClientKey, AppleEvent, AppleProfile, FakeApple, FakeAppleSettings};
pub use bfl::{FakeBfl, FakeBflSettings};
pub use clock::FakeClock;
pub use deliveries::Webhook;
pub use facebook::{FacebookProfile, FakeFacebook, FakeFacebookSettings};
pub use fake::{Fake, PartnerProtocol};
pub use fal::{FakeFal, FakeFalSettings};
pub use knobs::{CancelMode, JobCounts, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode};
pub use replicate::{FakeReplicate, FakeReplicateSettings};
pub use response::{AnswerLost, HoldOpen, InPieces, Padding, WebhookFirst};
pub use server::serve;
pub use sign_in::rsa::RsaKey;
pub use stripe::{FakeStripe, FakeStripeSettings, PaymentMode, StripeCounts, StripeKnobs, StripeWebhookMode};
