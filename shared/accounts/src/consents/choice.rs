//! A choice about advertising, and which of several choices is the last.

use crate::consents::times::of_late;
use kernel::{DocumentVersion, Error, Result, Timestamp, limits::WITHDRAWAL_ON_ITS_WAY};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::str::FromStr;

/// The kind of all choices, in keys and rows.
pub(crate) const ADVERTISING: &str = "advertising";

/// A choice of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ConsentChoice")]
pub enum Choice {
    /// The person consents.
    Given,
    /// The person does not consent.
    Refused,
    /// The person takes an earlier consent back.
    Withdrawn,
}

impl Choice {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for Choice {
    type Err = Error;

    /// From the word of the stored form, which is also that of the API.
    fn from_str(word: &str) -> Result<Self> {
        let known = [Self::Given, Self::Refused, Self::Withdrawn].into_iter().find(|choice| choice.as_str() == word);
        known.ok_or_else(|| Error::invalid("choice", "choice is given, refused or withdrawn."))
    }
}

/// The hash of a text that a person was shown, or its beginning: 8 to 64 hexadecimal digits, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct TextHash(#[schemars(regex(pattern = r"^[0-9A-Fa-f]{8,64}$"))] String);

impl FromStr for TextHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_hash = (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_hash {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(Error::invalid("hash", "hash has 8 to 64 hexadecimal digits.")),
        }
    }
}

/// A choice of a person about advertising, as its row has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    kind: String,
    choice: Choice,
    version: DocumentVersion,
    hash: TextHash,
    /// The time by the clock of the person's device.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    chosen_at: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    recorded_at: Timestamp,
    gpc: bool,
}

impl Consent {
    /// A choice at `chosen_at`, by the clock of the person's device, on the text with this version and hash. `gpc`
    /// says whether the browser had Global Privacy Control switched on.
    ///
    /// # Errors
    /// `invalid` for a `chosen_at` that is no time, is older than 180 days, or is more than a day ahead.
    pub fn new(
        choice: Choice,
        version: DocumentVersion,
        hash: TextHash,
        chosen_at: &str,
        gpc: bool,
        now: Timestamp,
    ) -> Result<Self> {
        let chosen_at = of_late("chosen_at", chosen_at, now)?;
        Ok(Self { kind: ADVERTISING.to_owned(), choice, version, hash, chosen_at, recorded_at: now, gpc })
    }

    /// The choice of the person.
    pub(crate) fn choice(&self) -> Choice {
        self.choice
    }

    /// When the person chose, by the clock of the device.
    pub(crate) fn chosen_at(&self) -> Timestamp {
        self.chosen_at
    }

    /// The choice in the form of an export.
    pub(crate) fn readable(&self) -> Value {
        json!({
            "kind": self.kind, "choice": self.choice, "version": self.version, "hash": self.hash,
            "chosen_at": self.chosen_at, "recorded_at": self.recorded_at, "gpc": self.gpc,
        })
    }

    /// The choice in the form of the profile, with the time at which it takes effect.
    fn latest(&self) -> LatestChoice {
        let Self { choice, version, gpc, .. } = self;
        LatestChoice { choice: *choice, version: *version, chosen_at: self.effective_at(), gpc: *gpc }
    }

    /// The time at which the choice takes effect. A clock that is ahead must not make a consent later than what
    /// follows, so it is the time of the record at the latest. A clock that is behind must not make a withdrawal earlier
    /// than the consent: a person withdraws on a page of ours that sends it at once, so it is at most
    /// [`WITHDRAWAL_ON_ITS_WAY`] before the record.
    fn effective_at(&self) -> Timestamp {
        let latest = self.chosen_at.min(self.recorded_at);
        let earliest = self.recorded_at.saturating_sub(WITHDRAWAL_ON_ITS_WAY).unwrap_or(Timestamp::MIN);
        if self.choice == Choice::Withdrawn { latest.max(earliest) } else { latest }
    }
}

/// The last choice of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestChoice {
    /// The choice of the person.
    pub choice: Choice,
    /// The version of the text on which the person chose.
    pub version: DocumentVersion,
    /// When the person chose, which is the time at which the choice takes effect.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub chosen_at: Timestamp,
    /// Whether the browser had Global Privacy Control switched on.
    pub gpc: bool,
}

impl LatestChoice {
    /// Whether the consent holds. Global Privacy Control is an objection, so a consent under it counts as refused.
    #[must_use]
    pub fn is_consent(&self) -> bool {
        self.choice == Choice::Given && !self.gpc
    }

    /// Whether it comes after another. Of two at the same time, the one that does not consent counts.
    fn is_after(&self, other: &Self) -> bool {
        (self.chosen_at, !self.is_consent()) > (other.chosen_at, !other.is_consent())
    }
}

/// The last choices of a person, one of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Consents {
    /// The choice about advertising.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertising: Option<LatestChoice>,
}

impl Consents {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The choices with another one. `None` if a later one is known.
    pub(crate) fn after(&self, consent: &Consent) -> Option<Self> {
        let next = consent.latest();
        let is_last = self.advertising.is_none_or(|known| next.is_after(&known));
        is_last.then_some(Self { advertising: Some(next) })
    }

    /// Whether the choice takes back a consent that holds.
    pub(crate) fn are_withdrawn_by(&self, consent: &Consent) -> bool {
        let holds = self.advertising.is_some_and(|known| known.is_consent());
        holds && self.after(consent).and_then(|next| next.advertising).is_some_and(|next| !next.is_consent())
    }
}
