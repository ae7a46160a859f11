//! The history of the table `Accounts`: what each write did to accounts and identities.

use crate::identities::{StoredAccounts, reverse_of, text, time};
use accounts::keys;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::ACCOUNTS_TABLE;

/// One write: the table, the key, and the item after it.
type Written = (String, Value, Option<Value>);

/// An identity of an account that exists.
type Holder = (String, String);

/// The state after all writes so far.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The items that exist.
    items: BTreeMap<(String, String), Value>,
    /// The account to which each reverse key leads.
    leads_to: BTreeMap<String, String>,
    /// The identities of accounts: the reverse key and the time of the link, by account and sort key.
    identities: BTreeMap<Holder, (String, Option<Timestamp>)>,
    /// The accounts whose profile was erased.
    erased: BTreeSet<String>,
    /// The time of the last welcome lot, by reverse key.
    welcomed: BTreeMap<String, Timestamp>,
    /// The time at which an identity last left an account, by reverse key.
    left: BTreeMap<String, Timestamp>,
}

/// The changes by some writes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The new accounts, each with the reverse key of its first identity.
    pub(super) born: BTreeMap<String, String>,
    pub(super) gone: Vec<Gone>,
}

/// An identity that left an account that still exists.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) account: String,
    /// The sort key.
    pub(super) key: String,
    /// The partition of its reverse key.
    pub(super) reverse: String,
    pub(super) linked_at: Option<Timestamp>,
}

impl History {
    /// Reads writes in their order.
    ///
    /// # Panics
    /// When a reverse key was moved from one account to another, or an erased account came back.
    pub(super) fn read(&mut self, written: Vec<Written>, now: Timestamp) -> Changes {
        let (mut changes, mut profiles) = (Changes::default(), BTreeSet::new());
        for (_, key, item) in written.into_iter().filter(|(table, ..)| table == ACCOUNTS_TABLE) {
            let (pk, sk) = (text(&key, "pk").to_owned(), text(&key, "sk").to_owned());
            let place = (pk.clone(), sk.clone());
            let before = match &item {
                Some(item) => self.items.insert(place, item.clone()),
                None => self.items.remove(&place),
            };
            let is_new = item.is_some() && before.is_none();
            assert!(!is_new || !self.erased.contains(&pk), "{pk} was erased and came back: {item:?}");
            match item {
                item if sk == keys::ACCOUNT => self.reverse_written(pk, item.as_ref(), now),
                Some(_) if sk == keys::PROFILE && is_new => {
                    profiles.insert(pk);
                }
                None if sk == keys::PROFILE => {
                    self.erased.insert(pk);
                }
                Some(item) if sk.starts_with(keys::IDENTITY) => {
                    let reverse = reverse_of(&item);
                    changes.born.entry(pk.clone()).or_insert_with(|| reverse.clone());
                    self.identities.insert((pk, sk), (reverse, time(&item, "linked_at")));
                }
                None if sk.starts_with(keys::IDENTITY) => changes.gone.extend(self.identity_gone(pk, sk)),
                _ => {}
            }
        }
        changes.born.retain(|account, _| profiles.contains(account));
        changes
    }

    /// The items that exist.
    pub(super) fn stored(&self) -> StoredAccounts {
        StoredAccounts::of_items(self.items.values().cloned().collect())
    }

    fn reverse_written(&mut self, reverse: String, item: Option<&Value>, now: Timestamp) {
        match item {
            Some(item) => {
                let to = text(item, "account").to_owned();
                let before = self.leads_to.insert(reverse.clone(), to.clone());
                let is_moved = before.as_ref().is_some_and(|before| *before != to);
                assert!(!is_moved, "{reverse} was moved from {before:?} to {to}");
            }
            None => {
                self.leads_to.remove(&reverse);
                self.left.insert(reverse, now);
            }
        }
    }

    fn identity_gone(&mut self, account: String, key: String) -> Option<Gone> {
        let (reverse, linked_at) = self.identities.remove(&(account.clone(), key.clone()))?;
        (!self.erased.contains(&account)).then_some(Gone { account, key, reverse, linked_at })
    }

    /// A person got a welcome lot with a new account.
    ///
    /// # Panics
    /// When the person had one in the last 90 days, or left an account in that time.
    pub(super) fn welcomed(&mut self, reverse: &str, now: Timestamp) {
        // An erasure writes the marker when it begins, and the identity leaves a little later.
        let days = |at: &Timestamp| now.duration_since(*at).as_hours() / 24;
        let (before, left) = (self.welcomed.get(reverse), self.left.get(reverse));
        assert!(before.is_none_or(|at| days(at) >= 89), "{reverse}: a welcome at {before:?}, and again at {now}");
        assert!(left.is_none_or(|at| days(at) >= 89), "{reverse} left an account at {left:?}; a welcome at {now}");
        self.welcomed.insert(reverse.to_owned(), now);
    }
}
