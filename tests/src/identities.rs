//! The stored identities, and their invariants. They hold after every sequence of faults.

use crate::app::App;
use accounts::keys;
use kernel::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use testkit::{ACCOUNTS_TABLE, DELETION_RECEIPTS_TABLE};

/// The source of a name that the person set.
const PERSON: &str = "person";

/// The fields of a profile that partners give, each with the field of its source. An identity has them under the
/// same names.
pub(crate) const FIELDS: [(&str, &str); 3] =
    [("name", "name_from"), ("email", "email_from"), ("picture_url", "picture_from")];

/// The statuses of a deletion whose account may be erased in part.
const ERASING: [&str; 2] = ["erasing", "settling"];

/// The items of the table `Accounts` at one moment.
#[derive(Default)]
pub(crate) struct StoredAccounts(Vec<Value>);

impl StoredAccounts {
    pub(crate) fn of(app: &App) -> Self {
        Self(app.world().items(ACCOUNTS_TABLE))
    }

    /// All items of the table.
    pub(crate) fn of_items(items: Vec<Value>) -> Self {
        Self(items)
    }

    /// The items in the partition of an account.
    pub(crate) fn items<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |item| text(item, "pk") == account)
    }

    /// The accounts that have a profile.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|item| text(item, "sk") == keys::PROFILE).map(|item| text(item, "pk"))
    }

    pub(crate) fn profile<'a>(&'a self, account: &'a str) -> Option<&'a Value> {
        self.items(account).find(|item| text(item, "sk") == keys::PROFILE)
    }

    /// The identities that an account says are its own.
    pub(crate) fn identities<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Value> {
        self.items(account).filter(|item| text(item, "sk").starts_with(keys::IDENTITY))
    }

    pub(crate) fn identity<'a>(&'a self, account: &'a str, provider: &str) -> Option<&'a Value> {
        self.identities(account).find(|identity| text(identity, "provider") == provider)
    }

    pub(crate) fn sessions<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Value> {
        self.items(account).filter(|item| text(item, "sk").starts_with(keys::SESSION))
    }

    /// The code of the deletion that was requested for an account.
    pub(crate) fn deletion<'a>(&'a self, account: &'a str) -> Option<&'a str> {
        self.items(account).find(|item| text(item, "sk") == keys::DELETION).map(|mark| text(mark, "code"))
    }

    /// Every reverse key, with the account to which it leads.
    pub(crate) fn reverse_keys(&self) -> impl Iterator<Item = (&str, &str)> {
        let reverse = self.0.iter().filter(|item| text(item, "sk") == keys::ACCOUNT);
        reverse.map(|item| (text(item, "pk"), text(item, "account")))
    }

    /// The account to which a reverse key leads, with the time of the link.
    pub(crate) fn leads_to(&self, reverse: &str) -> Option<(String, Timestamp)> {
        let (_, account) = self.reverse_keys().find(|(key, _)| *key == reverse)?;
        let identity = self.identities(account).find(|identity| reverse_of(identity) == reverse)?;
        Some((account.to_owned(), time(identity, "linked_at")?))
    }

    /// The invariants of identities. They do not hold for an account that is being erased.
    ///
    /// - Each reverse key leads to an account that exists and has this identity.
    /// - Each identity has its reverse key. So it leads to one account alone.
    /// - An account has at least one identity.
    /// - Each source of a field is an identity of the account, or the person.
    ///
    /// # Panics
    /// When one does not hold.
    pub(crate) fn check(&self, erasing: &BTreeSet<String>) {
        for (reverse, account) in self.reverse_keys().filter(|(_, account)| !erasing.contains(*account)) {
            assert!(self.profile(account).is_some(), "{reverse} leads to {account}, which does not exist");
            let is_ours = self.identities(account).any(|identity| reverse_of(identity) == reverse);
            assert!(is_ours, "{reverse} leads to {account}, which has no such identity");
        }
        for account in self.accounts().filter(|account| !erasing.contains(*account)) {
            check_account(self, account);
        }
    }
}

impl App {
    /// The invariants of identities, as they are stored now.
    ///
    /// # Panics
    /// When one does not hold.
    pub(crate) fn check_identities(&self) {
        StoredAccounts::of(self).check(&self.being_erased());
    }

    /// The accounts that a purge has begun to erase.
    fn being_erased(&self) -> BTreeSet<String> {
        let deletions = self.world().items(DELETION_RECEIPTS_TABLE).into_iter();
        let erasing = deletions.filter(|deletion| ERASING.contains(&text(deletion, "status")));
        erasing.map(|deletion| text(&deletion, "account").to_owned()).collect()
    }
}

fn check_account(stored: &StoredAccounts, account: &str) {
    assert!(stored.identities(account).next().is_some(), "{account} has no identity, so nobody can sign in to it");
    for identity in stored.identities(account) {
        let reverse = reverse_of(identity);
        let leads_to = stored.reverse_keys().find(|(key, _)| *key == reverse).map(|(_, account)| account);
        assert_eq!(leads_to, Some(account), "{reverse} is an identity of {account} and must lead to it");
    }
    let profile = stored.profile(account).expect("the account exists");
    for (field, source) in FIELDS {
        let from = text(profile, source);
        let is_known = ["", PERSON].contains(&from) || stored.identity(account, from).is_some();
        assert!(is_known, "{account}: {field} came from {from}, and the account has no such identity: {profile}");
    }
}

/// The partition of the reverse key of an identity.
pub(crate) fn reverse_of(identity: &Value) -> String {
    keys::reverse(text(identity, "provider"), text(identity, "subject"))
}

/// A stored time, in milliseconds.
pub(crate) fn time(item: &Value, name: &str) -> Option<Timestamp> {
    item[name].as_i64().and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
}

/// A stored text; empty if there is none.
pub(crate) fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}
