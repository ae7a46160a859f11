//! Personal data: a person's generations, idempotency rows and upload slots.

use crate::store::table::GenerationStore;
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
use serde_json::Value;

const TABLE: &str = "Generations";

impl PersonalData for GenerationStore {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Items { table: TABLE, partition: "account_id", prefix: "" },
            Claim::Items { table: TABLE, partition: "account_id", prefix: "request#" },
            Claim::Items { table: TABLE, partition: "account_id", prefix: "upload#" },
            // The daily spend at a provider: it is about no person, so nothing is erased.
            Claim::Items { table: TABLE, partition: "spend#", prefix: "spend" },
            // The failures of a model, by groups of 1 in 256 accounts: they are about no person, so
            // nothing is erased.
            Claim::Items { table: TABLE, partition: "health#", prefix: "health" },
            Claim::Messages { queue: "GenerationQueue" },
            Claim::Messages { queue: "GenerationDeadLetters" },
            Claim::Messages { queue: "MediaQueue" },
            Claim::Messages { queue: "MediaDeadLetters" },
            Claim::Messages { queue: "ThumbnailQueue" },
            Claim::Messages { queue: "ThumbnailDeadLetters" },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let items: Vec<Value> = self.table().query(&account.to_string()).all().await?;
            let records = items.iter().map(|item| {
                let json = serde_json::to_string(item).map_err(Error::internal)?;
                Ok(Record { section: "generations", json })
            });
            records.collect()
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let items = self.table().erase(&account.to_string()).await?;
            Ok(Erased { items, objects: 0 })
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partition = account.to_string();
            Ok(Key::items(TABLE, &partition, self.table().sort_keys(&partition).await?))
        })
    }
}
