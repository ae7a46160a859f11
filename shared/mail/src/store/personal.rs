//! The personal data of this slice: the mails of an account.
//!
//! Mails of people without an account lie under the number of their case or the code of their request. They have no
//! address and no facts once they are sent or dropped, and expire 30 days later. Rows of the suppression list have a
//! keyed hash, and belong to no account.

use crate::{
    row::{
        key::{MAIL, MailTable},
        mail_row::MailRow,
    },
    store::mail_store::MailStore,
    suppression::list::{ACCOUNT, MAILBOX},
};
use aws::Table;
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde_json::json;

const TABLE: &str = MailTable::Accounts.name();
const CASES: &str = MailTable::Cases.name();
const RECEIPTS: &str = MailTable::DeletionReceipts.name();

/// The mails of accounts, in the table `Accounts`.
#[derive(Debug, Clone)]
pub struct AccountMails(MailStore);

impl AccountMails {
    /// The mails in `table`, which is `Accounts`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self(MailStore::new(table, MailTable::Accounts))
    }

    fn table(&self) -> &Table {
        self.0.table()
    }
}

impl PersonalData for AccountMails {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Items { table: TABLE, partition: "account_id", prefix: MAIL },
            Claim::Items { table: TABLE, partition: MAILBOX, prefix: ACCOUNT },
            Claim::Items { table: CASES, partition: "C-", prefix: MAIL },
            Claim::Items { table: RECEIPTS, partition: "", prefix: MAIL },
        ]
    }

    /// None: a mailbox of the suppression list leads to no account.
    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let rows: Vec<MailRow> = self.table().query(&account.to_string()).prefix(MAIL).all().await?;
            Ok(rows.iter().map(|row| Record { section: "mails", json: readable(row) }).collect())
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let items = self.table().erase_of(&account.to_string(), &[MAIL]).await?;
            Ok(Erased { items, objects: 0 })
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partition = account.to_string();
            let sorts = self.table().sort_keys_of(&partition, &[MAIL]).await?;
            Ok(Key::items(TABLE, &partition, sorts))
        })
    }
}

/// Without the counters and claims of runs, which say nothing about the person.
fn readable(row: &MailRow) -> String {
    json!({
        "id": row.sk.strip_prefix(MAIL), "kind": row.kind, "state": row.state, "facts": row.facts,
        "created_at": row.created_at, "ended_at": row.ended_at, "dropped_because": row.reason,
        "message_id": row.message_id, "expires_at": row.expires_at,
    })
    .to_string()
}
