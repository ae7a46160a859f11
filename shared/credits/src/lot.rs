//! Lots: credits of one origin.

use crate::Money;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Credits, Timestamp, limits};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The priority of every lot that is not told otherwise: in the middle, so that one may be
/// put before or behind.
const PRIORITY: u8 = 100;

/// Where a lot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The gift to a new account.
    Welcome,
    /// One period of a subscription.
    Subscription,
    /// Bought once, at a fixed price.
    Pack,
    /// A gift to win somebody.
    Promotion,
    /// A gift to make good.
    Compensation,
}

impl Source {
    /// Whether money was paid for it. What was given is spent before what was paid.
    #[must_use]
    pub fn paid(self) -> bool {
        match self {
            Self::Welcome | Self::Promotion | Self::Compensation => false,
            Self::Subscription | Self::Pack => true,
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
    /// What is left and not held. In a hold: what is held of it. In the entry of a grant:
    /// what was granted.
    pub remaining: Credits,
    /// Lower is spent first.
    pub priority: u8,
    /// From when on it can be spent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub effective_at: Timestamp,
    /// From when on it cannot be spent any more; `None` is never.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<Timestamp>,
    /// Set on what came back from a hold too late for `expires_at`: how long that part lives
    /// instead. A lot has at most one such part beside what was never late.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub prolonged_until: Option<Timestamp>,
    /// What was paid for the whole lot, if it was bought. A part keeps it, so that a
    /// refund always finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
}

impl Lot {
    /// The lot of a new account. Welcome credits do not expire.
    #[must_use]
    pub fn welcome(now: Timestamp) -> Self {
        Self::new("welcome", Source::Welcome, limits::WELCOME_CREDITS, now)
    }

    /// A lot that was bought. Bought credits do not expire.
    #[must_use]
    pub fn pack(id: impl Into<String>, credits: Credits, paid: Money, now: Timestamp) -> Self {
        Self { paid: Some(paid), ..Self::new(id, Source::Pack, credits, now) }
    }

    /// A period of a subscription: spendable from `from` to `until`.
    #[must_use]
    pub fn subscription(
        id: impl Into<String>,
        credits: Credits,
        paid: Money,
        from: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self { paid: Some(paid), expires_at: Some(until), ..Self::new(id, Source::Subscription, credits, from) }
    }

    /// What was given, not paid for.
    pub(crate) fn given(
        id: String,
        source: Source,
        credits: Credits,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self { expires_at, ..Self::new(id, source, credits, now) }
    }

    fn new(id: impl Into<String>, source: Source, remaining: Credits, effective_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            source,
            remaining,
            priority: PRIORITY,
            effective_at,
            expires_at: None,
            prolonged_until: None,
            paid: None,
        }
    }

    /// From when on it cannot be spent any more; `None` is never.
    #[must_use]
    pub fn expiry(&self) -> Option<Timestamp> {
        self.prolonged_until.or(self.expires_at)
    }

    /// Whether its time is over.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::SpendExpired) {
            return false;
        }
        self.expiry().is_some_and(|expiry| expiry <= now)
    }

    /// Whether it can be spent now. Nothing rests on a sweep that books the expiry.
    #[must_use]
    pub fn spendable(&self, now: Timestamp) -> bool {
        self.effective_at <= now && !self.expired(now)
    }

    /// Whether it is the part of its lot that came back late.
    pub(crate) fn late(&self) -> bool {
        self.prolonged_until.is_some()
    }

    /// Whether nobody could tell the two apart but by their names. What was paid for never
    /// equals another lot, because a refund names it.
    pub(crate) fn equals(&self, other: &Self, now: Timestamp) -> bool {
        let terms = |lot: &Self| (lot.source, lot.priority, lot.expires_at, lot.prolonged_until);
        !self.source.paid() && terms(self) == terms(other) && self.effective_at.max(other.effective_at) <= now
    }

    /// The spending order: priority, soonest expiry, given before paid, oldest. The rest
    /// only makes the order the same everywhere.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let expiry = |lot: &Self| lot.expiry().unwrap_or(Timestamp::MAX);
        self.priority
            .cmp(&other.priority)
            .then(expiry(self).cmp(&expiry(other)))
            .then(self.source.paid().cmp(&other.source.paid()))
            .then(self.effective_at.cmp(&other.effective_at))
            .then(self.id.cmp(&other.id))
            .then(self.late().cmp(&other.late()))
    }

    /// A part of this lot, as a hold pins it.
    pub(crate) fn part(&self, amount: Credits) -> Self {
        Self { remaining: amount, ..self.clone() }
    }

    /// Until when this part must be let live when it comes back now; `None` when it may
    /// go back where it came from. Who asks and calls off again and again cannot keep a lot
    /// alive by that: it ends [`limits::LATE_LIFETIME`] after its own expiry.
    pub(crate) fn prolonged(&self, now: Timestamp) -> Option<Timestamp> {
        let (expiry, own) = (self.expiry()?, self.expires_at?);
        let after = |start: Timestamp, time| start.saturating_add(time).unwrap_or(Timestamp::MAX);
        let soonest = after(now, limits::RELEASED_LIFETIME).min(after(own, limits::LATE_LIFETIME));
        (self.late() || expiry < soonest).then(|| expiry.max(soonest))
    }
}
