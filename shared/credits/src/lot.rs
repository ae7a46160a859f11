//! Lots: credits of one origin.

use crate::Money;
use jiff::SignedDuration;
use kernel::{Credits, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What comes back from a lot that expired meanwhile lives at least this long, so that a
/// failed job does not cost a person their credits.
pub(crate) const RELEASED_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Where a lot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The gift to a new account.
    Welcome,
    /// Bought once, at a fixed price.
    Pack,
}

impl Source {
    /// Whether money was paid for it. What was given is spent before what was paid.
    fn paid(self) -> bool {
        match self {
            Self::Welcome => false,
            Self::Pack => true,
        }
    }
}

/// Credits of one origin, what is left of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Names the lot within its account.
    pub id: String,
    /// Where it came from.
    pub source: Source,
    /// What is left and not held.
    pub remaining: Credits,
    /// Lower is spent first.
    pub priority: u8,
    /// From when on it can be spent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub effective_at: Timestamp,
    /// From when on it cannot be spent any more; `None` is never.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional", default)]
    pub expires_at: Option<Timestamp>,
    /// What was paid for the whole lot, if it was bought. A part keeps it, so that a
    /// refund always finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
}

impl Lot {
    /// The lot of a new account. Welcome credits do not expire.
    #[must_use]
    pub fn welcome(now: Timestamp) -> Self {
        Self {
            id: "welcome".to_owned(),
            source: Source::Welcome,
            remaining: kernel::limits::WELCOME_CREDITS,
            priority: 100,
            effective_at: now,
            expires_at: None,
            paid: None,
        }
    }

    /// A lot that was bought. Bought credits do not expire.
    #[must_use]
    pub fn pack(id: impl Into<String>, credits: Credits, paid: Money, now: Timestamp) -> Self {
        Self {
            id: id.into(),
            source: Source::Pack,
            remaining: credits,
            priority: 100,
            effective_at: now,
            expires_at: None,
            paid: Some(paid),
        }
    }

    /// Whether it can be spent now. Nothing rests on a sweep that books the expiry.
    #[must_use]
    pub fn spendable(&self, now: Timestamp) -> bool {
        self.effective_at <= now && self.expires_at.is_none_or(|expiry| now < expiry)
    }

    /// The spending order: priority, soonest expiry, given before paid, oldest.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let expiry = |lot: &Self| lot.expires_at.unwrap_or(Timestamp::MAX);
        self.priority
            .cmp(&other.priority)
            .then(expiry(self).cmp(&expiry(other)))
            .then(self.source.paid().cmp(&other.source.paid()))
            .then(self.effective_at.cmp(&other.effective_at))
            .then(self.id.cmp(&other.id))
    }

    /// A part of this lot, as a hold pins it.
    pub(crate) fn part(&self, amount: Credits) -> Self {
        Self { remaining: amount, ..self.clone() }
    }

    /// The same part as it comes back.
    pub(crate) fn released(mut self, now: Timestamp) -> Self {
        let soonest = now.saturating_add(RELEASED_LIFETIME).unwrap_or(Timestamp::MAX);
        self.expires_at = self.expires_at.map(|expiry| expiry.max(soonest));
        self
    }
}
