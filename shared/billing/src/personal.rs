//! Personal data: what a person has paid.
//!
//! Erase `credits` first: without a balance nothing is granted, so no payment can be
//! added behind an erasure's back.

use crate::payments::{PREFIX, Payments, Row};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

const TABLE: &str = "Credits";

impl PersonalData for Payments {
    fn claims(&self) -> &'static [Claim] {
        &[Claim::Items { table: TABLE, partition: "account_id", prefix: PREFIX }]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let rows: Vec<Row> = self.own(account).await?;
            Ok(rows.iter().map(|row| Record { section: "payments", json: readable(row) }).collect())
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

impl Payments {
    async fn own<T: DeserializeOwned>(&self, account: AccountId) -> Result<Vec<T>> {
        self.table().query(&account.to_string()).prefix(PREFIX).all().await
    }
}

fn readable(row: &Row) -> String {
    let Row { provider, payment, order, plan, paid, granted, granted_at, .. } = row;
    json!({
        "provider": provider, "payment": payment, "order": order, "plan": plan, "paid": paid, "credits": granted,
        "at": granted_at,
    })
    .to_string()
}
