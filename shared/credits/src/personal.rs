//! The personal data of this slice: balance, statement and the keys of gifts. Payments, in the same partition, belong
//! to `billing`.

use crate::{keys, store::CreditStore};
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
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
            let partition = account.to_string();
            let mut items: Vec<Value> = Vec::new();
            for prefix in OURS {
                items.extend(self.table().query(&partition).prefix(prefix).all::<Value>().await?);
            }
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
            let items = self.table().erase_of(&account.to_string(), &OURS).await?;
            Ok(Erased { items, objects: 0 })
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partition = account.to_string();
            Ok(Key::items(TABLE, &partition, self.table().sort_keys_of(&partition, &OURS).await?))
        })
    }
}
