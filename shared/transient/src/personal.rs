//! The personal data of this slice: the counters of an account.
//!
//! The items of networks and of used attempts belong to no account: they hold keyed or plain hashes and
//! numbers. They expire within a day, and DynamoDB removes them a little later.

use crate::{
    keys,
    limits::{AccountRates, Counter},
};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde::Deserialize;
use serde_json::json;

const TABLE: &str = "Transient";

/// A counter with its sort key, which names the policy and the window.
#[derive(Deserialize)]
struct Counted {
    sk: String,
    #[serde(flatten)]
    counter: Counter,
}

impl PersonalData for AccountRates {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Items { table: TABLE, partition: "account_id", prefix: keys::RATE },
            Claim::Items { table: TABLE, partition: keys::NETWORK, prefix: keys::RATE },
            Claim::Items { table: TABLE, partition: keys::NETWORK, prefix: keys::WELCOMES },
            Claim::Items { table: TABLE, partition: keys::ATTEMPT, prefix: keys::USED },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let counters: Vec<Counted> = self.table().query(&account.to_string()).all().await?;
            let records = counters.into_iter().map(|Counted { sk, counter }| Record {
                section: "request_counts",
                json: json!({ "counter": sk, "count": counter.count }).to_string(),
            });
            Ok(records.collect())
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move { Ok(Erased { items: self.table().erase(&account.to_string()).await?, objects: 0 }) })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partition = account.to_string();
            let sorts = self.table().sort_keys(&partition).await?;
            let key = |sort| Key::Item { table: TABLE, partition: partition.clone(), sort };
            Ok(sorts.into_iter().map(key).collect())
        })
    }
}
