//! The row of a mail.

use crate::row::{
    facts::Mail,
    key::{MailKey, MailTable},
    kind::MailKind,
};
use kernel::{MailId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It waits for a run that sends it.
    Waiting,
    /// A run has claimed it. SES may have it.
    Sending,
    /// SES has taken it.
    Sent,
    /// It is given up.
    Dropped,
}

/// Why a mail was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// SES was too busy for a day.
    TooLate,
    /// SES refuses the mail for good.
    Refused,
    /// Nobody knows whether SES has taken it, and it is not sent again.
    Unknown,
    /// This deployment sends no mail.
    MailOff,
    /// The account or the case does not exist any more.
    RecipientGone,
    /// There is no address that may get the mail: none, one that nobody has verified, or one that SES cannot reach.
    NoAddress,
    /// The partner has said that the private relay takes no mail.
    RelayOff,
    /// The address bounced.
    Bounced,
    /// The person complained about a mail of this stream.
    Complained,
    /// The person does not want mails of this kind.
    NotWanted,
}

impl DropReason {
    /// The word of the stored form, for metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLate => "too_late",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::MailOff => "mail_off",
            Self::RecipientGone => "recipient_gone",
            Self::NoAddress => "no_address",
            Self::RelayOff => "relay_off",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::NotWanted => "not_wanted",
        }
    }
}

/// A mail that a transaction causes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMail {
    /// The owner's partition: an account id, a case number or a code.
    pub partition: String,
    /// Its id. Made before the first round of the transaction, so that a repeated round writes the same row.
    pub id: MailId,
    /// Its kind and its facts.
    pub mail: Mail,
    /// The address that it goes to, for rows in `DeletionReceipts` alone. It is removed when the mail is sent or
    /// dropped. The address of every other mail is read when the mail is sent.
    pub address: Option<String>,
}

/// Without the address, so that no log gets it.
impl fmt::Debug for NewMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMail").field("id", &self.id).field("kind", &self.mail.kind()).finish_non_exhaustive()
    }
}

/// A mail, as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRow {
    /// The owner's partition.
    pub pk: String,
    /// The sort key.
    pub sk: String,
    /// The kind. It stays when the facts are removed.
    pub kind: MailKind,
    /// The state.
    pub state: MailState,
    /// The facts of the letter, until the mail is sent or dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Mail>,
    /// The address of a row in `DeletionReceipts`, until the mail is sent or dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The number of changes. Every change is conditional on the version that was read.
    pub version: u64,
    /// How often a run has claimed the mail.
    pub attempt: u32,
    /// How often the mail was sent again although SES may have had it: as many doubles are possible.
    #[serde(default)]
    pub repeats: u32,
    /// The id of the run that has claimed the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// When the mail was caused.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// The partition key of the index `outbox`: a shard. Missing once the mail is sent or dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox: Option<String>,
    /// When the sweep looks at the mail again; the sort key of the index `outbox`.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub next_check: Option<Timestamp>,
    /// The id that SES gave to the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Why it was dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DropReason>,
    /// When it was sent or dropped.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<Timestamp>,
    /// The time to live of a mail that is sent or dropped. DynamoDB removes expired items late.
    #[serde(with = "jiff::fmt::serde::timestamp::second::optional", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl MailRow {
    /// The key of the row in its table.
    #[must_use]
    pub fn key(&self, table: MailTable) -> MailKey {
        MailKey { table, pk: self.pk.clone(), sk: self.sk.clone() }
    }

    /// Whether the row has ended. DynamoDB removes expired items late, so every read asks this.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// Whether both rows are the result of the same step. The times are left out, because the stored ones are
    /// rounded.
    pub(crate) fn is_same_step(&self, other: &Self) -> bool {
        let step = |row: &Self| (row.version, row.state, row.claim.clone(), row.message_id.clone(), row.reason);
        step(self) == step(other)
    }
}

/// Without facts and address, so that no log gets them.
impl fmt::Debug for MailRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailRow")
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("version", &self.version)
            .field("attempt", &self.attempt)
            .field("repeats", &self.repeats)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
