//! Sign in with Apple: the sign-in page, the token endpoint, the keys, revocation, and the
//! notifications from server to server.
//!
//! Sources: "Sign in with Apple REST API" and "Processing changes for Sign in with Apple
//! accounts" in Apple's documentation, and for what those leave open the answers that its users
//! publish: <https://developer.apple.com/forums/thread/655485>.
//!
//! - The answer to a sign-in is a form that the page posts to us from Apple's site.
//! - `user` with the name comes at the first authorization of a person, and never again until the
//!   authorization ends.
//! - A code is valid once and for five minutes. The first exchange spends it, also if it fails.
//! - A client secret is a token that we sign: every member of it is checked.
//! - The endpoint of revocation answers 200 to any token.

mod api;
mod authorize;
mod client;
mod control;
mod fake;
mod id_token;
mod keys;
mod knobs;
mod notices;
mod page;
mod problem;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod token;

pub use super::{deliveries::Webhook, sign_in::answers::AnswerMode};
pub use authorize::{AppleAnswer, AppleProfile};
pub use client::AppleClientKey;
pub use fake::{AppleProtocol, FakeApple};
pub use knobs::{AppleCounts, AppleFlags, AppleIdTokenMode, AppleKnobs, AppleNoticeMode};
pub use notices::AppleEvent;
pub use settings::FakeAppleSettings;
