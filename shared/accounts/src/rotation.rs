//! Refresh token rotation (RFC 9700 §4.14.2): each refresh token is used once, and a second use
//! reveals a thief.
//!
//! The successor of a secret is `HMAC-SHA256(secret, salt)` with the salt of the rotation. So the
//! server can repeat the successor to a client that presents the previous secret: two tabs may
//! refresh at once, and an answer may be lost. The store has only hashes and a salt, from which no
//! token can be made.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{
    Ids, Timestamp, later,
    limits::{RECENT_SIGN_IN, REFRESH_GRACE, SESSION_IDLE_LIFETIME, SESSION_LIFETIME},
};
use ring::{
    digest::{SHA256, digest},
    hmac,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;

/// The secret of a refresh token.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSecret([u8; 32]);

impl RefreshSecret {
    /// The secret that a token carries.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new random secret.
    #[must_use]
    pub fn fresh(ids: &Ids) -> Self {
        Self(ids.bytes())
    }

    /// The bytes, for the token.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.0))
    }

    fn successor(&self, salt: &str) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), salt.as_bytes());
        let mut successor = [0; 32];
        successor.copy_from_slice(tag.as_ref());
        Self(successor)
    }
}

impl fmt::Debug for RefreshSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A new random salt for a rotation. It is made before the first round, so that every round of a
/// refresh uses the same one.
#[must_use]
pub fn fresh_salt(ids: &Ids) -> String {
    URL_SAFE_NO_PAD.encode(ids.bytes::<16>())
}

/// The stored state of a token family: the refresh tokens of one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFamily {
    /// When the session began, at the sign-in.
    #[serde(rename = "created_at", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub began_at: Timestamp,
    /// SHA-256 of the current secret, in base64url.
    pub current_hash: String,
    /// SHA-256 of the secret before the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_hash: Option<String>,
    /// The salt that made the current secret from the previous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// When the current secret was made.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub rotated_at: Timestamp,
    /// When the session expires unless it is refreshed, at most [`SESSION_LIFETIME`] after it began.
    /// It is also the item's time to live; DynamoDB
    /// removes expired items late.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub expires_at: Timestamp,
    /// When the session was ended, if it was.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<Timestamp>,
}

/// The decision about a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshDecision {
    /// The token is the current one. Store `next`, on the condition that the state has not changed,
    /// and answer with `successor`.
    Rotate {
        /// The new secret.
        successor: RefreshSecret,
        /// The new state.
        next: TokenFamily,
    },
    /// The token is the previous one and was used within the grace time. Answer with the same
    /// successor again; nothing changes.
    Repeat {
        /// The secret that the first use yielded.
        successor: RefreshSecret,
    },
    /// The token was used before, or never was one of the family. A thief may have a token, so end
    /// the session.
    EndSession,
    /// The session has ended or expired. Refuse the token.
    Refuse,
}

impl TokenFamily {
    /// The state of a session that begins with `secret`.
    #[must_use]
    pub fn begin(secret: &RefreshSecret, now: Timestamp) -> Self {
        Self {
            began_at: now,
            current_hash: secret.hash(),
            previous_hash: None,
            salt: None,
            rotated_at: now,
            expires_at: expiry(now, now),
            ended_at: None,
        }
    }

    /// Whether the session has neither ended nor expired.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at.min(later(self.began_at, SESSION_LIFETIME))
    }

    /// Whether the session may spend, buy, upload and delete: only while it is alive.
    #[must_use]
    pub fn may_act(&self, now: Timestamp) -> bool {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::SpendInEndedSession) {
            return true;
        }
        self.is_alive(now)
    }

    /// Whether the person signed in at most [`RECENT_SIGN_IN`] ago. A refresh does not change it.
    #[must_use]
    pub fn began_recently(&self, now: Timestamp) -> bool {
        now <= later(self.began_at, RECENT_SIGN_IN)
    }

    /// Whether `presented` is the secret of the session's browser: the current one, or the one before
    /// it if the browser did not get the answer with the current one.
    #[must_use]
    pub fn is_proven_by(&self, presented: &RefreshSecret) -> bool {
        let hash = presented.hash();
        same(&hash, &self.current_hash) || self.previous_hash.as_ref().is_some_and(|previous| same(&hash, previous))
    }

    /// Whether a refresh with the secret `presented` would continue the session at `now`: the session is
    /// alive, and the secret is the current one, or within the grace time the one before it. Nothing is
    /// rotated, so the secret may be presented again.
    #[must_use]
    pub fn continues_with(&self, presented: &RefreshSecret, now: Timestamp) -> bool {
        let decision = self.refresh_decision(presented, now, String::new());
        matches!(decision, RefreshDecision::Rotate { .. } | RefreshDecision::Repeat { .. })
    }

    /// Decides about the secret `presented`. `fresh_salt` is the salt of a possible rotation.
    ///
    /// A secret that is neither the current nor the previous one ends the session too: after two
    /// rotations by a thief, the victim's secret is neither. A stranger cannot end a session with
    /// a random secret, because only its tokens contain the session's id.
    #[must_use]
    pub fn refresh_decision(&self, presented: &RefreshSecret, now: Timestamp, fresh_salt: String) -> RefreshDecision {
        if !self.is_alive(now) {
            return RefreshDecision::Refuse;
        }
        let hash = presented.hash();
        if same(&hash, &self.current_hash) {
            let successor = presented.successor(&fresh_salt);
            let next = Self {
                began_at: self.began_at,
                current_hash: successor.hash(),
                previous_hash: Some(hash),
                salt: Some(fresh_salt),
                rotated_at: now,
                expires_at: expiry(self.began_at, now),
                ended_at: None,
            };
            return RefreshDecision::Rotate { successor, next };
        }
        match (&self.previous_hash, &self.salt) {
            (Some(previous), Some(salt)) if same(&hash, previous) && self.within_grace(now) => {
                RefreshDecision::Repeat { successor: presented.successor(salt) }
            }
            _ => RefreshDecision::EndSession,
        }
    }

    fn within_grace(&self, now: Timestamp) -> bool {
        now.duration_since(self.rotated_at).as_millis() <= i128::try_from(REFRESH_GRACE.as_millis()).unwrap_or_default()
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// The expiry of a session that began at `began_at` and is not refreshed after `now`.
fn expiry(began_at: Timestamp, now: Timestamp) -> Timestamp {
    later(now, SESSION_IDLE_LIFETIME).min(later(began_at, SESSION_LIFETIME))
}

#[cfg(test)]
mod tests;
