//! The changes of a balance by operators: freezes, thaws and gifts. [`lot`] has the freezes of single
//! lots, [`day`] the holds of a day, [`sessions`] the record of an end of sessions.
//! Each change is one transaction, and its repetition changes nothing.

pub(crate) mod day;
pub(crate) mod lot;
pub(crate) mod sessions;

use crate::{
    balance::{Balance, adjustment::Adjustment},
    entry::{Entry, EntryKind},
    keys,
    store::CreditStore,
    terms::BalanceStatus,
};
use aws::{Condition, Decision, transact};
use kernel::{AccountId, Credits, Error, Ids, Note, Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The newest entries in which the last freeze or thaw is searched. A repetition comes soon after.
const SEARCHED: u32 = 50;

/// Longest key of a gift, in characters.
const KEY_CHARS: usize = 40;

/// The outcome of an operator's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorOutcome {
    /// The balance after the change.
    Changed(Box<Balance>),
    /// The same change was made before. The balance is as it was.
    Unchanged(Box<Balance>),
}

impl OperatorOutcome {
    /// The balance.
    #[must_use]
    pub fn balance(&self) -> &Balance {
        match self {
            Self::Changed(balance) | Self::Unchanged(balance) => balance,
        }
    }
}

/// A freeze or a thaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountSwitch {
    /// The account cannot spend credits, and receives only what it has paid for.
    Freeze,
    /// A frozen account is active again.
    Thaw,
}

impl AccountSwitch {
    /// The adjustment of the balance.
    #[must_use]
    pub fn adjustment(self) -> Adjustment {
        match self {
            Self::Freeze => Adjustment::Freeze,
            Self::Thaw => Adjustment::Thaw,
        }
    }

    /// Whether the last freeze or thaw was this one.
    fn was_made(self, balance: &Balance, entries: &[Entry], note: &Note) -> bool {
        let (kind, status) = match self {
            Self::Freeze => (EntryKind::Freeze, BalanceStatus::Frozen),
            Self::Thaw => (EntryKind::Thaw, BalanceStatus::Active),
        };
        let last = entries.iter().find(|entry| matches!(entry.kind, EntryKind::Freeze | EntryKind::Thaw));
        balance.status == status && last.is_some_and(|last| last.kind == kind && last.note.as_ref() == Some(note))
    }
}

/// The key of a gift: 1 to 40 characters of `a-z 0-9 -`. The same key gives once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftKey(String);

impl FromStr for GiftKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match (1..=KEY_CHARS).contains(&text.len()) && text.bytes().all(known) {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::invalid("key", "A key has 1 to 40 characters of a-z 0-9 and -.")),
        }
    }
}

impl fmt::Display for GiftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason for which credits are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftKind {
    /// They make good for a failure of ours.
    Compensation,
    /// They promote the service.
    Promotion,
}

/// Credits that an operator gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// The key: the same key gives once.
    pub key: GiftKey,
    /// The reason.
    pub kind: GiftKind,
    /// The credits, more than zero.
    pub credits: Credits,
    /// Their expiry; `None` is never.
    pub expires_at: Option<Timestamp>,
}

impl Gift {
    fn adjustment(&self) -> Adjustment {
        let (lot, credits, expires_at) = (format!("gift-{}", self.key), self.credits, self.expires_at);
        match self.kind {
            GiftKind::Compensation => Adjustment::Compensation { lot, credits, expires_at },
            GiftKind::Promotion => Adjustment::Promotion { lot, credits, expires_at },
        }
    }
}

/// The row of a gift.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct GiftRow {
    kind: GiftKind,
    credits: Credits,
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    lot_expires_at: Option<Timestamp>,
    note: Note,
}

impl CreditStore {
    /// Freezes or thaws an account. Two requests.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` when the account has another status, or was frozen for another
    /// reason; `unavailable`.
    pub async fn switch_account(
        &self,
        account: AccountId,
        switch: AccountSwitch,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<OperatorOutcome> {
        let was_made = |balance: &Balance, entries: &[Entry]| switch.was_made(balance, entries, note);
        self.switch(account, switch.adjustment(), was_made, note, ids, now).await
    }

    /// Gives credits once. The row of the key is in the same transaction. Two requests.
    ///
    /// # Errors
    /// `not_found`; `idempotency_key_reused` when the key gave something else to this account;
    /// `invalid` for no credits; the errors of [`Balance::grant`]; `unavailable`.
    pub async fn give(
        &self,
        account: AccountId,
        gift: &Gift,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<OperatorOutcome> {
        if gift.credits.is_zero() {
            return Err(Error::invalid("credits", "Give at least 1 credit."));
        }
        let row =
            GiftRow { kind: gift.kind, credits: gift.credits, lot_expires_at: gift.expires_at, note: note.clone() };
        let (pk, sk) = (account.to_string(), format!("{}{}", keys::GIFT, gift.key));
        transact(self.table().db(), ids, async || {
            let keys = [(self.table(), pk.as_str(), keys::BALANCE), (self.table(), &*pk, &*sk)];
            let [balance, known] = self.table().db().batch_get(keys).await?;
            let mut balance: Balance = aws::read(balance.ok_or(Error::NotFound)?)?;
            if let Some(known) = known {
                return match aws::read::<GiftRow>(known)? == row {
                    true => Ok(Decision::Answer(OperatorOutcome::Unchanged(Box::new(balance)))),
                    false => Err(Error::IdempotencyKeyReused),
                };
            }
            let entries = balance.adjust(gift.adjustment(), note.clone(), now)?;
            let mut changes = self.next_changes(account, &balance, &entries)?;
            changes.push(self.table().put(&pk, &sk, &row).when(Condition::Absent).into_change()?);
            Ok(Decision::Commit(changes, OperatorOutcome::Changed(Box::new(balance))))
        })
        .await
    }

    /// Freezes or thaws, unless `was_made` says that the balance and its newest entries have this
    /// change already. Two requests.
    async fn switch(
        &self,
        account: AccountId,
        adjustment: Adjustment,
        was_made: impl Fn(&Balance, &[Entry]) -> bool,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<OperatorOutcome> {
        transact(self.table().db(), ids, async || {
            let (mut balance, newest) = self.read_statement(account, SEARCHED, None).await?.ok_or(Error::NotFound)?;
            if was_made(&balance, &newest.items) {
                return Ok(Decision::Answer(OperatorOutcome::Unchanged(Box::new(balance))));
            }
            let entries = balance.adjust(adjustment.clone(), note.clone(), now)?;
            let changes = self.next_changes(account, &balance, &entries)?;
            Ok(Decision::Commit(changes, OperatorOutcome::Changed(Box::new(balance))))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
