//! What a refresh token is worth: each is used once, and a second use gives a thief away
//! (RFC 9700 §4.14.2).
//!
//! The successor of a secret is `HMAC-SHA256(secret, salt)` with the salt of its
//! rotation. So the server can name the successor again to whoever holds the previous
//! secret, for two tabs that refresh at once and for answers that were lost, while what
//! is stored, hashes and a salt, yields no token to whoever reads it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{
    Ids, Timestamp,
    limits::{REFRESH_GRACE, SESSION_IDLE_LIFETIME},
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
pub struct Secret([u8; 32]);

impl Secret {
    /// The secret that a token carries.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A secret that nobody knows yet.
    #[must_use]
    pub fn fresh(ids: &Ids) -> Self {
        Self(ids.bytes())
    }

    /// The bytes, for the token.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.0))
    }

    fn successor(&self, salt: &str) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), salt.as_bytes());
        let mut successor = [0; 32];
        successor.copy_from_slice(tag.as_ref());
        Self(successor)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A salt for the next rotation, made before the state is read.
#[must_use]
pub fn fresh_salt(ids: &Ids) -> String {
    URL_SAFE_NO_PAD.encode(ids.bytes::<16>())
}

/// What is stored of a session's refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// SHA-256 of the secret that counts, in base64url.
    pub current_hash: String,
    /// SHA-256 of the secret before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_hash: Option<String>,
    /// The salt that made the current secret out of the previous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// When the current secret was made.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub rotated_at: Timestamp,
    /// When the session ends unless it is refreshed. The time to live of the item, which
    /// DynamoDB honours late.
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

/// What is to be done with a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It counts: store `next` on the condition that the state is as it was, and answer
    /// with `successor`.
    Rotate {
        /// The new secret.
        successor: Secret,
        /// The new state.
        next: Rotation,
    },
    /// It was used a moment ago: answer with the same successor again. Nothing changes.
    Repeat {
        /// The secret that the first use yielded.
        successor: Secret,
    },
    /// It was used before, or never was one: somebody else may hold a token of this
    /// session, so the session ends.
    Reused,
    /// The session has ended or expired.
    Over,
}

impl Rotation {
    /// The state of a session that begins with `secret`.
    #[must_use]
    pub fn begin(secret: &Secret, now: Timestamp) -> Self {
        Self {
            current_hash: secret.hash(),
            previous_hash: None,
            salt: None,
            rotated_at: now,
            expires_at: expiry(now),
            ended_at: None,
        }
    }

    /// Whether the session goes on at `now`.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// What `presented` is worth at `now`.
    ///
    /// A secret that is neither the current nor the previous one ends the session too:
    /// after two rotations by a thief, the victim's secret looks like that. Whoever can
    /// present one for a session knows its id, and that stands in its tokens alone.
    #[must_use]
    pub fn decide(&self, presented: &Secret, now: Timestamp, fresh_salt: String) -> Decision {
        if !self.is_alive(now) {
            return Decision::Over;
        }
        let hash = presented.hash();
        if same(&hash, &self.current_hash) {
            let successor = presented.successor(&fresh_salt);
            let next = Self {
                current_hash: successor.hash(),
                previous_hash: Some(hash),
                salt: Some(fresh_salt),
                rotated_at: now,
                expires_at: expiry(now),
                ended_at: None,
            };
            return Decision::Rotate { successor, next };
        }
        match (&self.previous_hash, &self.salt) {
            (Some(previous), Some(salt)) if same(&hash, previous) && self.within_grace(now) => {
                Decision::Repeat { successor: presented.successor(salt) }
            }
            _ => Decision::Reused,
        }
    }

    fn within_grace(&self, now: Timestamp) -> bool {
        now.duration_since(self.rotated_at).as_millis() <= i128::try_from(REFRESH_GRACE.as_millis()).unwrap_or_default()
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// The end of idle life. `Timestamp::MAX` is beyond the year 9999, so nothing saturates.
fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(SESSION_IDLE_LIFETIME).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
