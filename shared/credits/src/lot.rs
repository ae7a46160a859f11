//! Lots: credits of one origin. Stripe calls them credit grants.

use crate::money::Money;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Credits, Note, Result, Timestamp, later, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The default priority of lots. It is in the middle, so that a lot can be put before or after the
/// others.
const PRIORITY: u8 = 100;

/// The id of the welcome lot. A balance has at most one.
const WELCOME: &str = "welcome";

/// The rule that freezes a welcome lot, as the actor of its note.
const WAITING_WELCOME_RULE: &str = "many-new-accounts";

/// The reason of a welcome lot that waits, as the person reads it.
pub const WAITING_WELCOME_REASON: &str =
    "Many new accounts came from your network today. Write to us, and we will release your welcome credits.";

/// The origin of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "LotSource")]
pub enum Source {
    /// Given to a new account.
    Welcome,
    /// Paid: one period of a subscription.
    Subscription,
    /// Paid: bought once, at a fixed price.
    Pack,
    /// Given to promote the service.
    Promotion,
    /// Given to make good for a failure of ours.
    Compensation,
}

impl Source {
    /// Whether money was paid for the lot. Given credits are spent before paid ones.
    #[must_use]
    pub fn paid(self) -> bool {
        match self {
            Self::Welcome | Self::Promotion | Self::Compensation => false,
            Self::Subscription | Self::Pack => true,
        }
    }
}

/// The freeze of a lot: its time, its actor and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotFreeze {
    /// The time of the freeze.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The role or the rule that froze the lot, and the reason that the person reads.
    pub note: Note,
}

/// A lot: credits of one origin. A part of a lot, such as a hold pins, has the same form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The id of the lot, unique among the open lots of its account.
    pub id: String,
    /// The origin.
    pub source: Source,
    /// The credits that are left and not held. In a hold: the held credits. In the entry of a grant:
    /// the granted credits.
    pub remaining: Credits,
    /// The priority. Lots with a lower one are spent first.
    pub priority: u8,
    /// The time from which the lot can be spent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub effective_at: Timestamp,
    /// The expiry: the time from which the lot cannot be spent any more. `None` is never.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<Timestamp>,
    /// The expiry of the late part of a lot: the credits that came back from a hold too late for
    /// `expires_at`. A lot has at most one late part beside its regular one.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub prolonged_until: Option<Timestamp>,
    /// The price of the whole lot, if it was paid. Each part keeps it, so that a refund always finds
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// The freeze of the lot, while it is frozen. All parts of a lot have the same, pinned parts too,
    /// so that a release gives frozen credits back frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<LotFreeze>,
}

impl Lot {
    /// The welcome lot of a new account. It does not expire.
    #[must_use]
    pub fn welcome(now: Timestamp) -> Self {
        Self::new(WELCOME, Source::Welcome, limits::WELCOME_CREDITS, now)
    }

    /// A welcome lot that is frozen from its grant on, because many new accounts came from the same
    /// network. An operator thaws it when the person writes. The reason is
    /// [`WAITING_WELCOME_REASON`].
    ///
    /// # Errors
    /// `invalid` when the reason is longer than a note allows. A test checks that it is not.
    pub fn waiting_welcome(now: Timestamp) -> Result<Self> {
        let note = Note::new(WAITING_WELCOME_RULE, WAITING_WELCOME_REASON)?;
        Ok(Self { frozen: Some(LotFreeze { at: now, note }), ..Self::welcome(now) })
    }

    /// A lot that was bought once. It does not expire.
    #[must_use]
    pub fn pack(id: impl Into<String>, credits: Credits, paid: Money, now: Timestamp) -> Self {
        Self { paid: Some(paid), ..Self::new(id, Source::Pack, credits, now) }
    }

    /// The lot of one period of a subscription, spendable from `from` until `until`.
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

    /// A lot that was given.
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
            frozen: None,
        }
    }

    /// The time from which this lot or part cannot be spent any more. `None` is never.
    #[must_use]
    pub fn expiry(&self) -> Option<Timestamp> {
        self.prolonged_until.or(self.expires_at)
    }

    /// Whether the lot has expired.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::SpendExpired) {
            return false;
        }
        self.expiry().is_some_and(|expiry| expiry <= now)
    }

    /// Whether the lot is effective and has not expired. The answer does not depend on whether the
    /// expiry is booked yet.
    #[must_use]
    pub fn valid(&self, now: Timestamp) -> bool {
        self.effective_at <= now && !self.expired(now)
    }

    /// Whether the lot can be spent now: it is valid and not frozen.
    #[must_use]
    pub fn spendable(&self, now: Timestamp) -> bool {
        self.valid(now) && !self.is_frozen()
    }

    /// Whether the lot is frozen.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::SpendFrozen) {
            return false;
        }
        self.frozen.is_some()
    }

    /// Whether this is the late part of its lot.
    pub(crate) fn late(&self) -> bool {
        self.prolonged_until.is_some()
    }

    /// Whether the two lots differ in nothing but their ids, so that they can become one. Paid lots
    /// never can, because a refund names one. Frozen lots never can, because a freeze and a thaw name
    /// one.
    pub(crate) fn can_merge(&self, other: &Self, now: Timestamp) -> bool {
        let terms = |lot: &Self| (lot.source, lot.priority, lot.expires_at, lot.prolonged_until);
        let stays_separate = self.source.paid() || self.frozen.is_some() || other.frozen.is_some();
        !stays_separate && terms(self) == terms(other) && self.effective_at.max(other.effective_at) <= now
    }

    /// The spending order: priority, soonest expiry, given before paid, oldest. Id and lateness only
    /// make the order total.
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

    /// A part of this lot.
    pub(crate) fn part(&self, amount: Credits) -> Self {
        Self { remaining: amount, ..self.clone() }
    }

    /// The new expiry of a held part that is released now. `None` when its lot lives long enough.
    ///
    /// The part lives for [`limits::RELEASED_LIFETIME`], but not beyond [`limits::LATE_LIFETIME`]
    /// after the lot's own expiry. Without that bound, repeated requests and cancellations could
    /// keep a lot alive for ever.
    pub(crate) fn release_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let (expiry, own) = (self.expiry()?, self.expires_at?);
        let soonest = later(now, limits::RELEASED_LIFETIME).min(later(own, limits::LATE_LIFETIME));
        (self.late() || expiry < soonest).then(|| expiry.max(soonest))
    }
}
