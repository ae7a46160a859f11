//! Security events of Cross-Account Protection.
//!
//! Sources: "Protect user accounts with Cross-Account Protection" in Google's identity
//! documentation, and RFC 8417.

use super::{
    consent::{GOOGLE_CLIENT_ID, GOOGLE_ISSUER},
    token::{self, Tampering},
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// The kind of a security event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoogleEvent {
    /// All sessions of the person have ended.
    SessionsRevoked,
    /// All tokens of the person have ended.
    TokensRevoked,
    /// One token has ended.
    TokenRevoked,
    /// The account is disabled, because somebody has taken it over.
    AccountDisabled,
    /// The account is enabled again.
    AccountEnabled,
    /// The person must change how they sign in.
    CredentialChangeRequired,
    /// A test message, about nobody.
    Verification,
}

impl GoogleEvent {
    /// All of them, for tables of cases.
    pub const ALL: [Self; 7] = [
        Self::SessionsRevoked,
        Self::TokensRevoked,
        Self::TokenRevoked,
        Self::AccountDisabled,
        Self::AccountEnabled,
        Self::CredentialChangeRequired,
        Self::Verification,
    ];

    /// The URI of the kind.
    #[must_use]
    pub fn uri(self) -> String {
        let (family, name) = match self {
            Self::SessionsRevoked => ("risc", "sessions-revoked"),
            Self::TokensRevoked => ("oauth", "tokens-revoked"),
            Self::TokenRevoked => ("oauth", "token-revoked"),
            Self::AccountDisabled => ("risc", "account-disabled"),
            Self::AccountEnabled => ("risc", "account-enabled"),
            Self::CredentialChangeRequired => ("risc", "account-credential-change-required"),
            Self::Verification => ("risc", "verification"),
        };
        format!("https://schemas.openid.net/secevent/{family}/event-type/{name}")
    }

    fn about(self, subject: &str) -> Value {
        let person = json!({ "subject_type": "iss-sub", "iss": GOOGLE_ISSUER, "sub": subject });
        match self {
            Self::Verification => json!({ "state": "a state of the test message" }),
            Self::AccountDisabled => json!({ "subject": person, "reason": "hijacking" }),
            Self::TokenRevoked => json!({ "subject": person, "reason": "user_revoked" }),
            _ => json!({ "subject": person }),
        }
    }
}

/// The token with these events about this person, issued at `now` under this id.
pub(super) fn issue(
    id: &str,
    now: Timestamp,
    events: &[GoogleEvent],
    subject: &str,
    rotations: usize,
    tampering: Option<Tampering>,
) -> String {
    let events: Map<_, _> = events.iter().map(|event| (event.uri(), event.about(subject))).collect();
    let claims = json!({
        "iss": GOOGLE_ISSUER,
        "aud": GOOGLE_CLIENT_ID,
        "iat": now.as_second(),
        "jti": id,
        "events": events,
    });
    token::signed("secevent+jwt", claims, rotations, tampering)
}
