//! The balance of one account: its state, and the questions that it answers.
//!
//! The rules ([`rules`]) decide entries, and [`Balance::apply`] does what an entry says. No other
//! code changes a balance.

pub(crate) mod adjustment;
pub(crate) mod fold;
#[cfg(feature = "planted-faults")]
mod planted;
pub(crate) mod rules;

use crate::{
    lot::{Lot, LotFreeze},
    terms::{AccountTerms, BalanceStatus, free_cancels_daily, is_usual},
    unpaid::UnpaidJobs,
    usage::Usage,
};
use kernel::{Credits, Error, GenerationId, MicroDollars, Note, Result, Timestamp, limits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Credits that are reserved for one generation. A hold pins parts of lots: a pinned part does not
/// expire with its lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The generation. A generation has one hold.
    pub generation: GenerationId,
    /// The pinned parts, in spending order.
    pub parts: Vec<Lot>,
    /// Pinned parts whose payment was clawed back since. They are taken back when the hold ends.
    /// The cost uses them last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<Lot>,
    /// The deadline of the generation, shown to the person. It does not end the hold: only the
    /// transition of the generation does.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub expires_at: Timestamp,
    /// The provider's cost of the job. It is counted when the job ends without a payment.
    #[serde(default, skip_serializing_if = "MicroDollars::is_zero")]
    pub provider_cost: MicroDollars,
}

impl Hold {
    /// The held amount.
    #[must_use]
    pub fn amount(&self) -> Credits {
        self.parts.iter().chain(&self.due).map(|part| part.remaining).sum()
    }
}

/// A hold that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewHold {
    /// The generation.
    pub generation: GenerationId,
    /// The credits to reserve.
    pub amount: Credits,
    /// The provider's cost of the job.
    pub provider_cost: MicroDollars,
    /// The deadline of the generation.
    pub deadline: Timestamp,
}

/// The unspent rest of a paid lot that expired. A payment can be clawed back after its credits
/// expired, and credits that were never spent are no debt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredLot {
    /// The id of the lot.
    pub lot: String,
    /// The credits that it had left at its expiry.
    pub amount: Credits,
}

/// The balance of one account. It is one item with many writers, and each entry makes a new
/// version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Whether the account may receive credits and spend them.
    pub status: BalanceStatus,
    /// The number of entries. Every write is conditional on the version that the writer read
    /// (optimistic locking).
    pub version: u64,
    /// Access tokens that were issued before this time cannot spend.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub valid_from: Timestamp,
    /// Most generations that may be under way at once.
    pub parallel_limit: u32,
    /// What may be canceled for nothing on a day (UTC), by the cost of the jobs.
    #[serde(default = "free_cancels_daily", skip_serializing_if = "is_usual")]
    pub free_cancels_daily: MicroDollars,
    /// The jobs that ended today without a payment.
    #[serde(default, skip_serializing_if = "UnpaidJobs::is_empty")]
    pub unpaid: UnpaidJobs,
    /// Credits that were clawed back after they were spent. A debt blocks spending until grants
    /// cover it.
    #[serde(default)]
    pub debt: Credits,
    /// The lots with credits that no hold pins, in spending order. Some may be frozen.
    pub lots: Vec<Lot>,
    /// The holds of the generations under way, oldest first.
    pub holds: Vec<Hold>,
    /// The newest paid lots that had credits left at their expiry, oldest first.
    #[serde(rename = "lapsed", default, skip_serializing_if = "Vec::is_empty")]
    pub expired: Vec<ExpiredLot>,
    /// The credits that were spent, by month and model.
    #[serde(default)]
    pub usage: Usage,
    /// The note of the freeze, while the account is frozen. The person reads its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze_note: Option<Note>,
}

impl Balance {
    /// The balance before the first entry.
    fn empty() -> Self {
        Self {
            status: BalanceStatus::Closing,
            version: 0,
            valid_from: Timestamp::MAX,
            parallel_limit: 0,
            free_cancels_daily: MicroDollars::ZERO,
            unpaid: UnpaidJobs::default(),
            debt: Credits::ZERO,
            lots: Vec::new(),
            holds: Vec::new(),
            expired: Vec::new(),
            usage: Usage::default(),
            freeze_note: None,
        }
    }

    /// The credits that can be spent now.
    #[must_use]
    pub fn available(&self, now: Timestamp) -> Credits {
        if self.debt > Credits::ZERO {
            return Credits::ZERO;
        }
        self.spendable(now).map(|lot| lot.remaining).sum()
    }

    /// The lots that can be spent now, in spending order.
    pub fn spendable(&self, now: Timestamp) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |lot| lot.spendable(now))
    }

    /// The lots that are effective and have not expired, in spending order. Some may be frozen.
    pub fn valid_lots(&self, now: Timestamp) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |lot| lot.valid(now))
    }

    /// The credits of valid lots that cannot be spent because their lots are frozen.
    #[must_use]
    pub fn frozen_credits(&self, now: Timestamp) -> Credits {
        self.valid_lots(now).filter(|lot| lot.is_frozen()).map(|lot| lot.remaining).sum()
    }

    /// The freezes of lots, by the id of the lot. A lot whose credits are all held has one too.
    #[must_use]
    pub fn lot_freezes(&self) -> BTreeMap<&str, &LotFreeze> {
        let frozen = self.parts().filter_map(|part| Some((part.id.as_str(), part.frozen.as_ref()?)));
        frozen.collect()
    }

    /// The credits that are reserved for generations under way.
    #[must_use]
    pub fn held(&self) -> Credits {
        self.holds.iter().map(Hold::amount).sum()
    }

    /// The hold of a generation, if it has one.
    #[must_use]
    pub fn hold_of(&self, generation: GenerationId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.generation == generation)
    }

    /// The highest price of canceling a job of this price and cost after it was sent: zero where the
    /// cancellation is free whatever else is canceled before. `generation` is the job's own, if it
    /// has a hold already.
    #[must_use]
    pub fn cancel_price(
        &self,
        generation: Option<GenerationId>,
        price: Credits,
        cost: MicroDollars,
        now: Timestamp,
    ) -> Credits {
        let others = self.holds.iter().filter(|hold| Some(hold.generation) != generation);
        let costs = others.map(|hold| hold.provider_cost);
        match self.unpaid.surely_cancels_free(cost, costs, self.free_cancels_daily, now) {
            true => Credits::ZERO,
            false => price,
        }
    }

    /// Whether a lot can be given now. `checkout` asks before a person may pay for one. A paid lot is
    /// added to a frozen account too: see [`Self::grant`].
    ///
    /// # Errors
    /// `account_not_active`; `too_many_lots` when as many lots are open as the balance's item may
    /// have, pinned ones included.
    pub fn can_take_a_lot(&self, now: Timestamp) -> Result<()> {
        if self.status != BalanceStatus::Active {
            return Err(Error::AccountNotActive);
        }
        self.require_room(now)
    }

    /// Checks that one more lot may be open.
    pub(crate) fn require_room(&self, now: Timestamp) -> Result<()> {
        if self.open_lots(now).len() >= limits::LOTS_MAX {
            return Err(Error::TooManyLots { limit: limits::LOTS_MAX });
        }
        Ok(())
    }

    /// The ids of the open lots: those with unexpired credits, and those that a hold may give back.
    #[must_use]
    pub fn open_lots(&self, now: Timestamp) -> BTreeSet<&str> {
        let unexpired = self.lots.iter().filter(|lot| !lot.expired(now));
        unexpired.chain(self.pinned_parts()).map(|lot| lot.id.as_str()).collect()
    }

    /// The parts of lots that holds pin.
    fn pinned_parts(&self) -> impl Iterator<Item = &Lot> {
        self.holds.iter().flat_map(|hold| hold.parts.iter().chain(&hold.due))
    }

    /// All parts of lots.
    fn parts(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter().chain(self.pinned_parts())
    }

    pub(crate) fn terms(&self) -> AccountTerms {
        AccountTerms {
            status: self.status,
            valid_from: self.valid_from,
            parallel_limit: self.parallel_limit,
            free_cancels_daily: self.free_cancels_daily,
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
