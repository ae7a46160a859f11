//! Everything that there is about a person: all slices, in the order in which they are
//! erased.

use crate::{
    deletion::{Count, Counts},
    personal::Marks,
};
use accounts::Subject;
use kernel::{AccountId, Claim, Error, Key, PersonalData, Result};
use std::{collections::BTreeSet, fmt};

/// One slice under the name that receipts give it.
type Slice = (&'static str, Box<dyn PersonalData>);

/// The name of the slice that accounts and the keys that lead to them are counted under.
const ACCOUNTS: &str = "accounts";

/// Every slice that keeps personal data.
pub struct Everything {
    slices: Vec<Slice>,
    accounts: accounts::AccountStore,
}

/// What there is of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Inventory {
    /// How much, by slice. Slices without anything are left out.
    pub(crate) counts: Counts,
    /// The partitions that lead to it.
    pub(crate) reverse: BTreeSet<String>,
    /// The identities that lead to it.
    pub(crate) subjects: Vec<Subject>,
}

impl Everything {
    /// All slices. Media go first, because generations name them; accounts last, because
    /// they name the keys that lead to the account. Credits go before the mark of the
    /// deletion: an account without a balance starts nothing, marked or not.
    #[must_use]
    pub fn new(
        media: media::MediaStore,
        generations: generations::GenerationStore,
        payments: billing::Payments,
        credits: credits::CreditStore,
        accounts: accounts::AccountStore,
    ) -> Self {
        let slices: Vec<Slice> = vec![
            ("media", Box::new(media)),
            ("generations", Box::new(generations)),
            ("payments", Box::new(payments)),
            ("credits", Box::new(credits)),
            ("deletion", Box::new(Marks::new(accounts.clone()))),
            (ACCOUNTS, Box::new(accounts.clone())),
        ];
        Self { slices, accounts }
    }

    /// Every place that holds personal data.
    pub fn claims(&self) -> impl Iterator<Item = &'static Claim> {
        self.slices.iter().flat_map(|(_, slice)| slice.claims())
    }

    /// What there is of an account, by key. `remembered` are partitions that led to it
    /// when this was asked before: its own items may name them no more.
    pub(crate) async fn take_stock(&self, account: AccountId, remembered: &[String]) -> Result<Inventory> {
        let mut stock = Inventory { subjects: self.accounts.list_subjects(account).await?, ..Inventory::default() };
        let mut forgotten: BTreeSet<&String> = remembered.iter().collect();
        for (name, slice) in &self.slices {
            for key in slice.reverse_keys(account).await? {
                stock.reverse.insert(partition(key)?);
            }
            let found = slice.find(account).await?;
            forgotten.retain(|partition| !found.iter().any(|key| leads(key, partition)));
            let objects = found.iter().filter(|key| matches!(key, Key::Object { .. })).count() as u64;
            add(&mut stock.counts, name, Count { items: found.len() as u64 - objects, objects });
        }
        for partition in forgotten {
            if self.accounts.check_leads_to(partition, account).await? {
                add(&mut stock.counts, ACCOUNTS, Count { items: 1, objects: 0 });
            }
        }
        Ok(stock)
    }

    /// Erases everything of an account, and the keys that are remembered to have led to
    /// it. May be repeated.
    pub(crate) async fn erase(&self, account: AccountId, remembered: &[String]) -> Result<()> {
        for (name, slice) in &self.slices {
            if *name == ACCOUNTS {
                for partition in remembered {
                    self.accounts.erase_reverse(partition, account).await?;
                }
            }
            slice.erase(account).await?;
        }
        Ok(())
    }
}

impl Inventory {
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

fn add(counts: &mut Counts, slice: &str, count: Count) {
    if count != Count::default() {
        let so_far = counts.entry(slice.to_owned()).or_default();
        so_far.items += count.items;
        so_far.objects += count.objects;
    }
}

/// The partition of a reverse key. All of them lie in one table under one sort key.
fn partition(key: Key) -> Result<String> {
    match key {
        Key::Item { table: "Accounts", partition, sort } if sort == accounts::keys::ACCOUNT => Ok(partition),
        _ => Err(Error::internal("a reverse key that the purge cannot remember")),
    }
}

fn leads(key: &Key, reverse: &str) -> bool {
    matches!(key, Key::Item { table: "Accounts", partition, sort } if partition == reverse && sort == accounts::keys::ACCOUNT)
}

impl fmt::Debug for Everything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slices.iter().map(|(name, _)| name)).finish()
    }
}
