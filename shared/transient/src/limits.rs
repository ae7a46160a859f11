//! Counters of requests.

use crate::{
    keys::{self, COUNT, EXPIRES_AT},
    network::{Network, NetworkKeys},
};
use aws::{Condition, Table, Write, WriteOutcome, any, seconds};
use kernel::{AccountId, Error, RatePolicy, RateState, Result, Timestamp};
use serde::Deserialize;

/// Counts the requests of accounts.
#[derive(Debug, Clone)]
pub struct AccountRates {
    table: Table,
}

impl AccountRates {
    /// Counters in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Counts one request of the account, in one request.
    ///
    /// # Errors
    /// `too_many_requests`; `unavailable` when AWS does not answer.
    pub async fn count(&self, policy: RatePolicy, account: AccountId, now: Timestamp) -> Result<RateState> {
        count(&self.table, &account.to_string(), policy, now).await
    }
}

/// Counts the requests of networks.
#[derive(Debug)]
pub struct NetworkRates {
    table: Table,
    keys: NetworkKeys,
}

impl NetworkRates {
    /// Counters in `table`.
    #[must_use]
    pub fn new(table: Table, keys: NetworkKeys) -> Self {
        Self { table, keys }
    }

    /// Counts one request of the network, in one request.
    ///
    /// # Errors
    /// `too_many_requests`; `unavailable` when AWS does not answer.
    pub async fn count(&self, policy: RatePolicy, network: Network, now: Timestamp) -> Result<RateState> {
        count(&self.table, &keys::network(&self.keys.hash(network, now)), policy, now).await
    }

    /// Counts one request of the account, or of the network if the person is not signed in.
    ///
    /// # Errors
    /// As for [`Self::count`].
    pub async fn count_caller(
        &self,
        policy: RatePolicy,
        account: Option<AccountId>,
        network: Network,
        now: Timestamp,
    ) -> Result<RateState> {
        match account {
            Some(account) => count(&self.table, &account.to_string(), policy, now).await,
            None => self.count(policy, network, now).await,
        }
    }
}

/// A stored counter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Counter {
    pub(crate) count: u32,
}

/// Counts one request of a partition. When the answer is lost, the SDK sends the write again and the
/// request may count twice: a counter may be too high by one, and never too low.
async fn count(table: &Table, pk: &str, policy: RatePolicy, now: Timestamp) -> Result<RateState> {
    let (begins, _) = policy.window_of(now);
    match count_write(table, pk, &keys::rate(&policy, begins), policy, now).apply().await? {
        WriteOutcome::Applied(item) => Ok(policy.after(aws::read::<Counter>(item)?.count, now)),
        WriteOutcome::ConditionFailed(_) => Err(Error::TooManyRequests(policy.after(policy.limit, now))),
    }
}

/// The write that adds one to a counter in the window of `now`. Its condition fails at the limit of the
/// policy.
pub(crate) fn count_write(table: &Table, pk: &str, sk: &str, policy: RatePolicy, now: Timestamp) -> Write {
    let (_, ends) = policy.window_of(now);
    let is_free = any([Condition::Missing(COUNT), Condition::at_most(COUNT, policy.limit.saturating_sub(1))]);
    table.update(pk, sk).add(COUNT, 1).set(EXPIRES_AT, seconds(ends)).when(is_free)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::keys;
    use std::time::Duration;
    use testkit::{TRANSIENT_TABLE, World};
    use uuid::Uuid;

    const POLICY: RatePolicy = RatePolicy { name: "x", limit: 3, window: Duration::from_secs(60) };

    fn rates(world: &World) -> NetworkRates {
        NetworkRates::new(world.clients().dynamodb().table(TRANSIENT_TABLE), keys(1))
    }

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    fn account(number: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(number))
    }

    #[tokio::test(start_paused = true)]
    async fn requests_beyond_a_policy_are_refused_until_the_next_window() {
        let world = World::new(1);
        let (rates, here) = (rates(&world), network("203.0.113.7"));
        for remaining in [2, 1, 0] {
            let (state, counts) = world.counted(rates.count(POLICY, here, world.now())).await;
            assert_eq!(state.unwrap().remaining, remaining);
            assert_eq!((counts.aws_total(), counts.of("dynamodb.UpdateItem")), (1, 1), "{counts}");
        }
        let refused = rates.count(POLICY, network("203.0.113.99"), world.now()).await.unwrap_err();
        assert_eq!(refused.code(), "too_many_requests");
        let Error::TooManyRequests(state) = refused else { panic!("{refused:?}") };
        let wait = Duration::from_secs(state.wait_seconds());
        assert!(wait <= POLICY.window && state.remaining == 0, "{state:?}");
        assert_eq!(rates.count(POLICY, network("198.51.100.1"), world.now()).await.unwrap().remaining, 2);
        let other = RatePolicy { name: "y", ..POLICY };
        assert_eq!(rates.count(other, here, world.now()).await.unwrap().remaining, 2, "each policy counts apart");
        world.advance(wait);
        assert_eq!(rates.count(POLICY, here, world.now()).await.unwrap().remaining, 2, "Retry-After must be enough");
        let stored = format!("{:?}", world.items(TRANSIENT_TABLE));
        assert!(!stored.contains("203.0.113") && !stored.contains("198.51.100"), "no address is stored: {stored}");
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_requests_at_once_exactly_the_limit_passes() {
        let world = World::new(2);
        let (rates, here) = (rates(&world), network("2001:db8::1"));
        let ended = futures_util::future::join_all((0..20).map(|_| rates.count(POLICY, here, world.now()))).await;
        assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_who_is_signed_in_is_counted_by_account() {
        let world = World::new(3);
        let (rates, here) = (rates(&world), network("203.0.113.7"));
        for person in [Some(account(1)), Some(account(2)), None] {
            for _ in 0..3 {
                rates.count_caller(POLICY, person, here, world.now()).await.unwrap();
            }
            assert!(rates.count_caller(POLICY, person, here, world.now()).await.is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_counters_of_an_account_are_exported_and_erased() {
        use kernel::PersonalData;
        let world = World::new(4);
        let rates = AccountRates::new(world.clients().dynamodb().table(TRANSIENT_TABLE));
        for person in [account(1), account(1), account(2)] {
            rates.count(POLICY, person, world.now()).await.unwrap();
        }
        let exported = rates.export(account(1)).await.unwrap();
        assert!(exported.len() == 1 && exported[0].json.contains(r#""count":2"#), "{exported:?}");
        assert_eq!(rates.find(account(1)).await.unwrap().len(), 1);
        assert_eq!(rates.erase(account(1)).await.unwrap().items, 1);
        assert_eq!(rates.erase(account(1)).await.unwrap().items, 0);
        assert!(rates.find(account(1)).await.unwrap().is_empty());
        assert_eq!(rates.find(account(2)).await.unwrap().len(), 1, "another account keeps its counters");
    }
}
