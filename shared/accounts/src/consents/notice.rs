//! A notice about a changed document. It is a record of what a person was shown, and never a consent.

use crate::consents::times::of_late;
use kernel::{DocumentVersion, Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A document whose changes people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeDocument {
    /// The privacy policy.
    Policy,
    /// The terms.
    Terms,
}

impl NoticeDocument {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Terms => "terms",
        }
    }
}

impl FromStr for NoticeDocument {
    type Err = Error;

    /// From the word of the stored form, which is also that of the API.
    fn from_str(word: &str) -> Result<Self> {
        let known = [Self::Policy, Self::Terms].into_iter().find(|document| document.as_str() == word);
        known.ok_or_else(|| Error::invalid("document", "document is policy or terms."))
    }
}

/// The notice about a version of a document: when a person saw it, and when the person used the service after that
/// for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The document.
    pub document: NoticeDocument,
    /// The version that the notice is about.
    pub version: DocumentVersion,
    /// When the notice was shown, by the clock of the person's device.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub shown_at: Timestamp,
    /// When the person used the service after that for the first time.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub used_at: Timestamp,
}

impl Notice {
    /// A notice that was shown at `shown_at` to a person who uses the service now.
    ///
    /// # Errors
    /// `invalid` for a `shown_at` that is no time, is older than 180 days, or is more than a day ahead.
    pub fn new(document: NoticeDocument, version: DocumentVersion, shown_at: &str, now: Timestamp) -> Result<Self> {
        Ok(Self { document, version, shown_at: of_late("shown_at", shown_at, now)?, used_at: now })
    }
}

/// The notices about the newest versions, one of each document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Notices {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<Notice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<Notice>,
}

impl Notices {
    /// The notices, that about the policy first.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.policy.iter().chain(&self.terms)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The notices with another one. `None` if one about the same version or a newer one is known.
    pub(crate) fn after(&self, notice: &Notice) -> Option<Self> {
        let known = match notice.document {
            NoticeDocument::Policy => self.policy,
            NoticeDocument::Terms => self.terms,
        };
        if known.is_some_and(|known| notice.version <= known.version) {
            return None;
        }
        let newest = Some(*notice);
        Some(match notice.document {
            NoticeDocument::Policy => Self { policy: newest, ..*self },
            NoticeDocument::Terms => Self { terms: newest, ..*self },
        })
    }
}
