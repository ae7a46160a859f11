//! The knobs of the fake Apple, and its counts.

use crate::fakes::sign_in::answers::AnswerMode;
use serde::{Deserialize, Serialize};

/// How the fake behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppleKnobs {
    /// How ID tokens say yes and no.
    pub flags: AppleFlags,
    /// The state of ID tokens.
    pub id_token: AppleIdTokenMode,
    /// How the token endpoint and the endpoint of revocation are answered.
    pub answers: AnswerMode,
    /// How notifications are sent.
    pub notices: AppleNoticeMode,
}

/// How `email_verified` and `is_private_email` are written. Apple documents both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppleFlags {
    /// `"true"`.
    #[default]
    Text,
    /// `true`.
    Boolean,
}

/// One way in which an ID token can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppleIdTokenMode {
    /// Right.
    #[default]
    Good,
    /// Signed by a key that is not published.
    UnknownKey,
    /// Names a published key and is signed by another.
    OtherKey,
    /// `alg` is `none` and there is no signature.
    Unsigned,
    /// From another issuer.
    Issuer,
    /// For another client.
    Audience,
    /// For another attempt to sign in.
    Nonce,
    /// Without a nonce.
    NoNonce,
    /// Expired an hour ago.
    Expired,
    /// Without a subject.
    NoSubject,
    /// Without an address.
    NoEmail,
}

impl AppleIdTokenMode {
    /// Every token that must be refused, for tables of cases.
    pub const WRONG: [Self; 9] = [
        Self::UnknownKey,
        Self::OtherKey,
        Self::Unsigned,
        Self::Issuer,
        Self::Audience,
        Self::Nonce,
        Self::NoNonce,
        Self::Expired,
        Self::NoSubject,
    ];
}

/// How notifications are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppleNoticeMode {
    /// Each once, and again only after an answer that is not a 2xx.
    #[default]
    Once,
    /// None at all.
    Never,
    /// Each twice, with the same id.
    Twice,
    /// Names a published key and is signed by another.
    OtherKey,
    /// Signed by a key that is not published.
    UnknownKey,
    /// For our primary App ID instead of our client. Apple does not document which one it names.
    AppId,
    /// For another client.
    Audience,
    /// From another issuer.
    Issuer,
}

/// The events so far, for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct AppleCounts {
    /// Authorizations by people.
    pub authorizations: u64,
    /// Requests to the token endpoint, refused ones included.
    pub token_requests: u64,
    /// Exchanged codes.
    pub exchanges: u64,
    /// Requests for the keys.
    pub key_requests: u64,
    /// Requests to revoke a token that were answered 200.
    pub revocations: u64,
    /// Authorizations that such a request has ended.
    pub revoked: u64,
    /// Notifications, unsent ones included.
    pub notices: u64,
}
