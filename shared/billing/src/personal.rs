//! Personal data: the payments of an account.
//!
//! Erase `credits` first. Without a balance nothing is granted, so no payment can be added during
//! the erasure.

use crate::payments::{PREFIX, PaymentItem, PaymentStore};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde_json::json;

const TABLE: &str = "Credits";

impl PersonalData for PaymentStore {
    fn claims(&self) -> &'static [Claim] {
        &[Claim::Items { table: TABLE, partition: "account_id", prefix: PREFIX }]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let items: Vec<PaymentItem> = self.table().query(&account.to_string()).prefix(PREFIX).all().await?;
            Ok(items.iter().map(|item| Record { section: "payments", json: readable(item) }).collect())
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let items = self.table().erase_of(&account.to_string(), &[PREFIX]).await?;
            Ok(Erased { items, objects: 0 })
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partition = account.to_string();
            Ok(Key::items(TABLE, &partition, self.table().sort_keys_of(&partition, &[PREFIX]).await?))
        })
    }
}

fn readable(item: &PaymentItem) -> String {
    let PaymentItem { provider, payment, order, plan, paid, granted, granted_at, .. } = item;
    json!({
        "provider": provider, "payment": payment, "order": order, "plan": plan, "paid": paid, "credits": granted,
        "at": granted_at,
    })
    .to_string()
}
