//! The knobs of the fake Facebook, and its counts.

use crate::fakes::sign_in::answers::AnswerMode;
use serde::{Deserialize, Serialize};

/// How the fake behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FacebookKnobs {
    /// How the Graph API is answered.
    pub answers: AnswerMode,
    /// How `debug_token` describes the tokens of people.
    pub token: FacebookTokenMode,
    /// How the callbacks are sent.
    pub callbacks: FacebookCallbackMode,
}

/// One way in which a token can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacebookTokenMode {
    /// Right.
    #[default]
    Good,
    /// Made for another app.
    OtherApp,
    /// Of another person than the one of `/me`.
    OtherUser,
    /// Of a page.
    Page,
    /// No longer valid.
    Invalid,
    /// Expired an hour ago, and yet called valid.
    Expired,
}

impl FacebookTokenMode {
    /// Every token that must be refused, for tables of cases.
    pub const WRONG: [Self; 5] = [Self::OtherApp, Self::OtherUser, Self::Page, Self::Invalid, Self::Expired];
}

/// How the callbacks are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacebookCallbackMode {
    /// Each once, and again only after an answer that is not a 2xx.
    #[default]
    Once,
    /// None at all.
    Never,
    /// Each twice, byte by byte.
    Twice,
    /// Signed with another secret.
    OtherSecret,
    /// With another algorithm in it, correctly signed.
    OtherAlgorithm,
}

/// The events so far, for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FacebookCounts {
    /// Authorizations by people.
    pub authorizations: u64,
    /// Requests to the Graph API, refused ones included.
    pub requests: u64,
    /// Exchanged codes.
    pub exchanges: u64,
    /// Callbacks, unsent ones included.
    pub callbacks: u64,
}
