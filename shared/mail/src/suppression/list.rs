//! The suppression list, in the table `Accounts`. Its rows belong to no account and outlive every one: they have a
//! keyed hash of the address, and nothing that leads to a person.

use crate::{
    mailbox::Mailbox,
    suppression::state::{Feedback, Suppression},
    tokens::keys::MailKeys,
};
use aws::{Table, millis};
use kernel::{Result, Timestamp};
use serde::Deserialize;

/// The prefix of the partitions of mailboxes. The keyed hash of the address follows.
pub(crate) const MAILBOX: &str = "mailbox#";

/// The sort key of every mailbox: that of all reverse keys.
pub(crate) const ACCOUNT: &str = "account";

const BOUNCED_AT: &str = "bounced_at";
const COMPLAINED_AT: &str = "complained_at";

/// The mailboxes that bounced or complained.
#[derive(Debug)]
pub struct SuppressionList {
    table: Table,
    keys: MailKeys,
}

#[derive(Deserialize)]
struct Row {
    bounced_at: Option<i64>,
    complained_at: Option<i64>,
}

impl SuppressionList {
    /// The list in `table`, which is `Accounts`.
    #[must_use]
    pub fn new(table: Table, keys: MailKeys) -> Self {
        Self { table, keys }
    }

    /// Reads what is known of a mailbox. One consistent request; one more for each previous key.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read(&self, mailbox: &Mailbox) -> Result<Suppression> {
        let mut known = Suppression::default();
        for hash in self.keys.mailboxes(mailbox) {
            let row: Option<Row> = self.table.get(&partition(&hash), ACCOUNT).await?;
            known.bounced |= row.as_ref().is_some_and(|row| row.bounced_at.is_some());
            known.complained |= row.as_ref().is_some_and(|row| row.complained_at.is_some());
        }
        Ok(known)
    }

    /// Records an event about a mailbox. One request, which may be repeated. It has no condition and may create the
    /// row: the row belongs to no account, and either event may come first.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn record(&self, mailbox: &Mailbox, feedback: Feedback, now: Timestamp) -> Result<()> {
        let name = match feedback {
            Feedback::Bounced => BOUNCED_AT,
            Feedback::Complained => COMPLAINED_AT,
        };
        let row = self.table.update(&partition(&self.keys.mailbox(mailbox)), ACCOUNT);
        row.set(name, millis(now)).apply().await.map(drop)
    }
}

fn partition(hash: &str) -> String {
    format!("{MAILBOX}{hash}")
}
