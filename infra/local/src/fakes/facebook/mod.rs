//! Facebook Login: the dialog, the exchange of codes, `debug_token`, `/me`, and the two callbacks
//! with a signed request.
//!
//! Sources: "Manually Build a Login Flow", "Securing Graph API Requests", "Handling Errors" and
//! "Data Deletion Request Callback" in Meta's documentation for developers, and the answers that
//! its users publish.
//!
//! - The redirect URI is compared byte by byte, in the dialog and in the exchange.
//! - A code is valid once and for five minutes. The first exchange spends it, also if it fails.
//! - A call with a person's token needs the right `appsecret_proof`, as with the setting "Require
//!   app secret".
//! - An id of a person is one for our app alone.
//! - The address may be missing: the account has none, or the person keeps it back.

mod callbacks;
mod control;
mod dialog;
mod fake;
mod graph;
mod knobs;
mod me;
mod page;
mod problem;
mod profile;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod token;

pub use super::{deliveries::Webhook, sign_in::answers::AnswerMode};
pub use callbacks::FacebookCallback;
pub use fake::{FacebookProtocol, FakeFacebook};
pub use knobs::{FacebookCallbackMode, FacebookCounts, FacebookKnobs, FacebookTokenMode};
pub use profile::FacebookProfile;
pub use settings::{FakeFacebookSettings, GRAPH_VERSION};
