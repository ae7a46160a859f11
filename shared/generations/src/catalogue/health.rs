//! A model whose jobs fail pauses itself, and is tried again by itself. Pure.
//!
//! It is a circuit breaker: <https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker>.

use kernel::{AccountId, Error, Result, Timestamp, later};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// The failures in a row after which a model pauses.
const FAILURES: u32 = 6;

/// The accounts that must have failed jobs among these. One account alone, with its own prompts or
/// pictures, pauses no model for others.
const ACCOUNTS: usize = 3;

/// The first pause. Each later one, without a success in between, is twice as long.
const PAUSE: Duration = Duration::from_secs(5 * 60);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

/// The failures in a row of one model. The item is about no person: an account is one of 256 groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ModelHealth {
    /// The number of changes.
    #[serde(default)]
    pub(crate) version: u64,
    /// The number of failures since the last success.
    #[serde(default)]
    pub(crate) failures: u32,
    /// The groups of the accounts whose jobs failed.
    #[serde(default)]
    pub(crate) groups: BTreeSet<u8>,
    /// The number of pauses since the last success.
    #[serde(default)]
    pub(crate) pauses: u32,
    /// The end of the last pause.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) paused_until: Option<Timestamp>,
}

impl ModelHealth {
    /// Checks whether the model takes a new job. After a pause it does: the next failure begins
    /// another pause, and the next success ends them.
    ///
    /// # Errors
    /// `provider_paused` until the end of the pause.
    pub(crate) fn admit(&self, now: Timestamp) -> Result<()> {
        match self.paused_until.filter(|until| now < *until) {
            Some(until) => {
                let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                Err(Error::ModelPaused { retry_after: wait })
            }
            None => Ok(()),
        }
    }

    /// Whether jobs have failed since the last success.
    pub(crate) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// The health after a failed job of this account, and whether a pause begins.
    pub(crate) fn after_failure(&self, account: AccountId, now: Timestamp) -> (Self, bool) {
        let mut next = Self { version: self.version + 1, failures: self.failures.saturating_add(1), ..self.clone() };
        next.groups.insert(group(account));
        // Jobs that were under way when the pause began do not make it longer.
        let is_paused = self.paused_until.is_some_and(|until| now < until);
        let pauses = !is_paused && next.failures >= FAILURES && next.groups.len() >= ACCOUNTS;
        if pauses {
            let factor = 1_u32.checked_shl(next.pauses).unwrap_or(u32::MAX);
            next.paused_until = Some(later(now, PAUSE.saturating_mul(factor).min(PAUSE_MAX)));
            next.pauses = next.pauses.saturating_add(1);
        }
        (next, pauses)
    }

    /// The health after a success.
    pub(crate) fn after_success(&self) -> Self {
        Self { version: self.version + 1, ..Self::default() }
    }
}

/// The group of an account: one of 256.
fn group(account: AccountId) -> u8 {
    digest(&SHA256, account.to_string().as_bytes()).as_ref().first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn account(n: u128) -> AccountId {
        format!("01929e6b-6c00-7000-8000-{n:012}").parse().unwrap()
    }

    fn now() -> Timestamp {
        "2026-12-01T12:00:00Z".parse().unwrap()
    }

    fn fail(health: &ModelHealth, account_number: u128, now: Timestamp) -> (ModelHealth, bool) {
        health.after_failure(account(account_number), now)
    }

    /// A model that has just paused.
    fn paused() -> ModelHealth {
        let mut health = ModelHealth::default();
        for n in 0..u128::from(FAILURES) {
            health = fail(&health, n % 3, now()).0;
        }
        health
    }

    #[test]
    fn failures_in_a_row_of_several_accounts_pause_a_model() {
        let mut health = ModelHealth::default();
        for n in 1..FAILURES {
            let began;
            (health, began) = fail(&health, u128::from(n % 3), now());
            assert!(!began && health.admit(now()).is_ok(), "after {n} failures");
        }
        let (health, began) = fail(&health, 0, now());
        assert!(began);
        let Err(Error::ModelPaused { retry_after }) = health.admit(now()) else { panic!("it must pause") };
        assert_eq!(retry_after, 5 * MINUTE);
    }

    #[test]
    fn one_account_alone_and_two_together_pause_nothing() {
        for accounts in [1, 2] {
            let mut health = ModelHealth::default();
            for n in 0..1_000 {
                let began;
                (health, began) = fail(&health, n % accounts, now());
                assert!(!began && health.admit(now()).is_ok(), "{accounts} accounts");
            }
        }
    }

    #[test]
    fn a_success_in_between_begins_the_count_anew() {
        let mut health = ModelHealth::default();
        for n in 0..100 {
            health = fail(&health, n, now()).0;
            assert!(health.admit(now()).is_ok() && health.is_failing());
            if n % 5 == 4 {
                health = health.after_success();
                assert!(!health.is_failing());
            }
        }
    }

    #[test]
    fn a_model_is_tried_again_and_pauses_for_twice_as_long_if_it_still_fails() {
        let (mut health, mut at) = (paused(), now());
        for minutes in [5, 10, 20, 40, 60, 60] {
            // Jobs that were under way make the pause no longer.
            let began;
            (health, began) = fail(&health, 7, at);
            assert!(!began);
            at = later(at, minutes * MINUTE);
            assert!(health.admit(later(at, -jiff::SignedDuration::from_millis(1))).is_err(), "{minutes} minutes");
            assert!(health.admit(at).is_ok(), "after {minutes} minutes it is tried again");
            health = fail(&health, 8, at).0;
        }
        let recovered = health.after_success();
        assert!(recovered.admit(at).is_ok());
        assert!(fail(&recovered, 1, at).0.admit(at).is_ok(), "the next pause needs all failures again");
    }

    #[test]
    fn the_item_names_no_account() {
        let stored = serde_json::to_string(&paused()).unwrap();
        for n in 0..3 {
            assert!(!stored.contains(&account(n).to_string()), "{stored}");
        }
    }
}
