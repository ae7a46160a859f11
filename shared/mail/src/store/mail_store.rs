//! Mails in a table: each step is one conditional write of the whole row.

use crate::{
    row::{
        key::{MailKey, MailTable, sort_key},
        mail_row::{DropReason, MailRow, NewMail},
        sending::{Answer, Due, SentStep},
    },
    store::names::{NEXT_CHECK, OUTBOX, VERSION},
};
use aws::{Change, Condition, Table, WriteOutcome, millis};
use kernel::{Error, Result, Timestamp};
use serde::Deserialize;
use std::time::Duration;

/// The shards of the index `outbox`: one partition of an index takes about 1,000 writes a second.
pub const MAIL_SHARDS: u64 = 4;

/// The most mails that one look takes from a shard. The others are due again in a minute.
const DUE_PAGE: u32 = 200;

/// Most writers that may come between the read and the write of one step: a run, its event, a sweep.
const ROUNDS: u32 = 8;

/// How long a caller should wait after the last round.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The mails in one of the three tables. Cheap to clone.
#[derive(Debug, Clone)]
pub struct MailStore {
    table: Table,
    which: MailTable,
}

/// The result of [`MailStore::begin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The run has claimed the mail and sends it now.
    Send(Box<MailRow>),
    /// The mail was given up.
    Dropped(DropReason),
    /// Another run sends it, or it waits.
    NotYet,
    /// It is sent, dropped or erased.
    Over,
}

/// The record of a step. Every variant is a normal outcome of a repeated or late call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// The row is `sent` now.
    Sent,
    /// The row waits for another attempt.
    Postponed,
    /// The mail is given up.
    Dropped(DropReason),
    /// The row stays as it is: the outcome is unknown, or another step came first.
    Unchanged,
    /// SES has sent the mail twice.
    Double,
    /// The row does not exist any more: it was erased, or it has expired.
    Gone,
}

/// An entry of the index.
#[derive(Deserialize)]
struct Entry {
    pk: String,
    sk: String,
}

impl MailStore {
    /// The mails in `table`, which is `which`.
    #[must_use]
    pub fn new(table: Table, which: MailTable) -> Self {
        Self { table, which }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The key of a new mail, for the message that wakes `send-mail`.
    #[must_use]
    pub fn key(&self, new: &NewMail) -> MailKey {
        MailKey::new(self.which, new.partition.as_str(), new.id)
    }

    /// Writes a new mail, in the transaction that causes it. Stale if the row exists, because a round before has
    /// committed. The transaction must also demand that the owner exists: the account, the case or the request.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised, or when a mail has an address in another table than
    /// `DeletionReceipts`.
    pub fn mail_change(&self, new: &NewMail, now: Timestamp) -> Result<Change> {
        if new.address.is_some() && self.which != MailTable::DeletionReceipts {
            return Err(Error::internal("only a mail in DeletionReceipts has its address in its row"));
        }
        let row = MailRow::new(new, shard(new), now);
        self.table.put(&row.pk, &row.sk, &row).when(Condition::Absent).into_change()
    }

    /// Reads the row of a mail. One consistent request. `None` when it was erased, or has expired.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read(&self, key: &MailKey, now: Timestamp) -> Result<Option<MailRow>> {
        let row: Option<MailRow> = self.table.get(&key.pk, &key.sk).await?;
        Ok(row.filter(|row| !row.has_expired(now)))
    }

    /// Lists the mails of one shard (0 to [`MAIL_SHARDS`] − 1) that are due, longest due first, at most 200. The index
    /// lags, so [`Self::begin`] decides again.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn due(&self, shard: u64, now: Timestamp) -> Result<Vec<MailKey>> {
        let due = self.table.query(&shard.to_string()).index(OUTBOX, OUTBOX, NEXT_CHECK, millis(now));
        let page = due.limit(DUE_PAGE).page::<Entry>().await?;
        let key = |Entry { pk, sk }| MailKey { table: self.which, pk, sk };
        Ok(page.items.into_iter().map(key).collect())
    }

    /// Claims a mail for `run`, whose id no other run has. Of several runs at once, one gets it. A run of the sweep and
    /// a message that comes twice are normal. Two requests.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer. The claim may have been stored; then the mail waits 15 minutes, as after
    /// an unknown answer of SES.
    pub async fn begin(&self, key: &MailKey, run: &str, now: Timestamp) -> Result<Begun> {
        let begun = self.step(key, now, |row| match row.due(run, now) {
            Due::Over => (None, Begun::Over),
            Due::NotYet => (None, Begun::NotYet),
            Due::Send(next) => (Some((*next).clone()), Begun::Send(next)),
            Due::Drop(next) => {
                let reason = next.reason.unwrap_or(DropReason::Unknown);
                (Some(*next), Begun::Dropped(reason))
            }
        });
        Ok(begun.await?.unwrap_or(Begun::Over))
    }

    /// Records SES's answer to `run`, which has claimed the mail. May be repeated. Two requests.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer. Then SES's event records the same.
    pub async fn record_answer(&self, key: &MailKey, run: &str, answer: &Answer, now: Timestamp) -> Result<Recorded> {
        if let Answer::Accepted { message_id } = answer {
            return self.record_sent(key, message_id, now).await;
        }
        let recorded = self.step(key, now, |row| {
            let next = row.answered(run, answer, now);
            let recorded = next.as_ref().map_or(Recorded::Unchanged, |next| match next.reason {
                Some(reason) => Recorded::Dropped(reason),
                None => Recorded::Postponed,
            });
            (next, recorded)
        });
        Ok(recorded.await?.unwrap_or(Recorded::Gone))
    }

    /// Records that SES has the mail, by its answer or by its Send event, in any order and any number. Two requests, or
    /// one when it is known.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn record_sent(&self, key: &MailKey, message_id: &str, now: Timestamp) -> Result<Recorded> {
        let recorded = self.step(key, now, |row| match row.sent(message_id, now) {
            SentStep::Next(next) => (Some(*next), Recorded::Sent),
            SentStep::Known => (None, Recorded::Unchanged),
            SentStep::Double => (None, Recorded::Double),
        });
        Ok(recorded.await?.unwrap_or(Recorded::Gone))
    }

    /// Gives a mail up that `run` has claimed and not handed to SES. Two requests.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn drop_claimed(&self, key: &MailKey, run: &str, reason: DropReason, now: Timestamp) -> Result<Recorded> {
        let recorded = self.step(key, now, |row| {
            if row.is_claimed_by(run) {
                (Some(row.dropped(reason, now)), Recorded::Dropped(reason))
            } else {
                (None, Recorded::Unchanged)
            }
        });
        Ok(recorded.await?.unwrap_or(Recorded::Gone))
    }

    /// Reads the row, decides, and stores the next row on condition that the version is the one that was read. When
    /// another writer came first, it decides again on the row that the failed write returned. `None` when there is no
    /// row: it is never created here, so no late answer brings an erased mail back.
    async fn step<T>(
        &self,
        key: &MailKey,
        now: Timestamp,
        decide: impl Fn(&MailRow) -> (Option<MailRow>, T),
    ) -> Result<Option<T>> {
        let Some(mut seen) = self.read(key, now).await? else { return Ok(None) };
        for _ in 0..ROUNDS {
            let (next, outcome) = decide(&seen);
            let Some(next) = next else { return Ok(Some(outcome)) };
            let unchanged = Condition::number(VERSION, seen.version);
            match self.table.put(&key.pk, &key.sk, &next).when(unchanged).apply().await? {
                WriteOutcome::Applied(_) => return Ok(Some(outcome)),
                WriteOutcome::ConditionFailed(None) => return Ok(None),
                WriteOutcome::ConditionFailed(Some(stored)) => {
                    seen = aws::read(stored)?;
                    // The SDK repeats a write whose answer was lost. Then the stored row is this step's own.
                    if seen.is_same_step(&next) {
                        return Ok(Some(outcome));
                    }
                }
            }
        }
        Err(Error::unavailable(RETRY_AFTER, "the row of the mail kept changing"))
    }
}

/// The shard of a mail: the same each time, and spread also over the rows of an announcement, which have one id.
fn shard(new: &NewMail) -> u64 {
    let bytes = new.partition.bytes().chain(sort_key(new.id).into_bytes());
    bytes.fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % MAIL_SHARDS
}
