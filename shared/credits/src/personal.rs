//! The personal data of this slice: balance, statement and the keys of gifts. Payments, in the same partition, belong
//! to `billing`.

use crate::{keys, store::CreditStore};
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

const TABLE: &str = "Credits";

/// The prefixes of this slice's items in an account's partition. The balance is first: without it
/// nothing can be granted or spent, so no writer adds entries while an erasure removes them.
const OURS: [&str; 3] = [keys::BALANCE, keys::ENTRY, keys::GIFT];

impl PersonalData for CreditStore {
    fn claims(&self) -> &'static [Claim] {
        const ACCOUNT: &str = "account_id";
        &[
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::BALANCE },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::ENTRY },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::GIFT },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let items: Vec<Value> = self.own(account).await?;
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
            let partition = account.to_string();
            let mut erased = Erased::default();
            for SortKey { sk } in self.own(account).await? {
                self.table().delete(&partition, &sk).apply().await?;
                erased.items += 1;
            }
            Ok(erased)
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partition = account.to_string();
            let keys: Vec<SortKey> = self.own(account).await?;
            Ok(keys
                .into_iter()
                .map(|key| Key::Item { table: TABLE, partition: partition.clone(), sort: key.sk })
                .collect())
        })
    }
}

#[derive(Deserialize)]
struct SortKey {
    sk: String,
}

impl CreditStore {
    async fn own<T: DeserializeOwned>(&self, account: AccountId) -> Result<Vec<T>> {
        let mut found = Vec::new();
        for prefix in OURS {
            found.extend(self.table().query(&account.to_string()).prefix(prefix).all::<T>().await?);
        }
        Ok(found)
    }
}
