//! The new accounts of a network on a day.

use crate::{
    keys,
    limits::{Counter, count_write},
    network::{Network, NetworkKeys},
};
use aws::{Change, Table};
use kernel::{RatePolicy, Result, Timestamp, limits::WELCOME_LOTS_DAILY};
use std::time::Duration;

/// The welcome lots of one network on a day (UTC).
const DAILY: RatePolicy =
    RatePolicy { name: "welcomes", limit: WELCOME_LOTS_DAILY, window: Duration::from_secs(24 * 60 * 60) };

/// Counts the welcome lots that new accounts of a network may spend at once.
#[derive(Debug)]
pub struct WelcomeLots {
    table: Table,
    keys: NetworkKeys,
}

impl WelcomeLots {
    /// Counters in `table`.
    #[must_use]
    pub fn new(table: Table, keys: NetworkKeys) -> Self {
        Self { table, keys }
    }

    /// The change that counts one more welcome lot of the network on the day of `now`; `None` when the
    /// network has reached the limit of the day. The caller puts the change into the transaction that
    /// gives the lot, so the count is exact. One consistent read.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn count_change(&self, network: Network, now: Timestamp) -> Result<Option<Change>> {
        let pk = keys::network(&self.keys.hash(network, now));
        let counted: Option<Counter> = self.table.get(&pk, keys::WELCOMES).await?;
        if counted.is_some_and(|counter| counter.count >= DAILY.limit) {
            return Ok(None);
        }
        count_write(&self.table, &pk, keys::WELCOMES, DAILY, now).into_change().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::keys;
    use aws::{Decision, transact};
    use testkit::{TRANSIENT_TABLE, World};

    /// Counts one welcome lot. Whether it may be spent at once.
    async fn count(world: &World, address: &str) -> bool {
        let db = world.clients().dynamodb();
        let lots = WelcomeLots::new(db.table(TRANSIENT_TABLE), keys(1));
        let network = Network::of(address.parse().unwrap());
        let decide = async || {
            Ok(match lots.count_change(network, world.now()).await? {
                Some(change) => Decision::Commit(vec![change], true),
                None => Decision::Answer(false),
            })
        };
        transact(&db, &world.ids(), decide).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_has_so_many_welcome_lots_a_day_also_at_once() {
        let world = World::new(1);
        let many = (0..WELCOME_LOTS_DAILY + 10).map(|_| count(&world, "203.0.113.7"));
        let given = futures_util::future::join_all(many).await.into_iter().filter(|given| *given).count();
        assert_eq!(given, WELCOME_LOTS_DAILY as usize);
        assert!(count(&world, "198.51.100.1").await, "another network is not affected");
        world.advance(Duration::from_secs(24 * 60 * 60));
        assert!(count(&world, "203.0.113.7").await, "the next day begins at zero");
    }
}
