//! Personal data: a person's statement.

use crate::{Store, store::SortKey};
use aws::Outcome;
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
use serde_json::Value;

const TABLE: &str = "Credits";

impl PersonalData for Store {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Items { table: TABLE, partition: "account_id", prefix: "balance" },
            Claim::Items { table: TABLE, partition: "account_id", prefix: "entry#" },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let items: Vec<Value> = self.table().query(&account.to_string()).all().await?;
            items
                .into_iter()
                .map(|item| {
                    let json = serde_json::to_string(&item).map_err(Error::internal)?;
                    Ok(Record { section: "credits", json })
                })
                .collect()
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let account = account.to_string();
            let keys: Vec<SortKey> = self.table().query(&account).all().await?;
            let mut erased = Erased::default();
            for SortKey { sk } in keys {
                if let Outcome::Applied(_) = self.table().delete(&account, &sk).apply().await? {
                    erased.items += 1;
                }
            }
            Ok(erased)
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let account = account.to_string();
            let keys: Vec<SortKey> = self.table().query(&account).all().await?;
            Ok(keys
                .into_iter()
                .map(|key| Key::Item { table: TABLE, partition: account.clone(), sort: key.sk })
                .collect())
        })
    }
}
