//! The personal data of all slices, in the order of their erasure.

use crate::{
    deletion::{DataCount, Inventory},
    store::DeletionMarks,
};
use kernel::{AccountId, Claim, Error, Key, PersonalData, Result};
use std::{collections::BTreeSet, fmt};

/// One slice, with its name on receipts.
type Slice = (&'static str, Box<dyn PersonalData>);

/// The slice under which accounts and their reverse keys are counted.
const ACCOUNTS: &str = "accounts";

/// All slices that keep personal data.
pub struct AllPersonalData {
    slices: Vec<Slice>,
    accounts: accounts::AccountStore,
}

/// The stores of all slices that keep personal data.
#[derive(Debug)]
pub struct PersonalStores {
    /// The files of works, uploads and pictures of people.
    pub media: media::MediaStore,
    /// The works.
    pub generations: generations::GenerationStore,
    /// The messages to support.
    pub cases: cases::CaseStore,
    /// The payments.
    pub payments: billing::PaymentStore,
    /// The balances and ledgers.
    pub credits: credits::CreditStore,
    /// The counters of requests.
    pub request_counts: transient::AccountRates,
    /// The mails.
    pub mails: mail::AccountMails,
    /// The accounts.
    pub accounts: accounts::AccountStore,
}

impl AllPersonalData {
    /// All slices, in the order of their erasure. Media come first, because generations name
    /// them. Accounts come after all other data, because they name the reverse keys. The deletion
    /// mark comes last: as long as there is a profile, the mark keeps sign-ins and links out.
    #[must_use]
    pub fn new(stores: PersonalStores) -> Self {
        let PersonalStores { media, generations, cases, payments, credits, request_counts, mails, accounts } = stores;
        let slices: Vec<Slice> = vec![
            ("media", Box::new(media)),
            ("generations", Box::new(generations)),
            ("cases", Box::new(cases)),
            ("payments", Box::new(payments)),
            ("credits", Box::new(credits)),
            ("request_counts", Box::new(request_counts)),
            ("mails", Box::new(mails)),
            (ACCOUNTS, Box::new(accounts.clone())),
            ("deletion", Box::new(DeletionMarks::new(accounts.clone()))),
        ];
        Self { slices, accounts }
    }

    /// All places that hold personal data.
    pub fn claims(&self) -> impl Iterator<Item = &'static Claim> {
        self.slices.iter().flat_map(|(_, slice)| slice.claims())
    }

    /// Lists the data of an account. `remembered` are the partitions of reverse keys that
    /// earlier inventories found; the items that named them may be erased already.
    pub(crate) async fn take_inventory(&self, account: AccountId, remembered: &[String]) -> Result<Inventory> {
        let mut inventory = Inventory { subjects: self.accounts.list_subjects(account).await?, ..Inventory::default() };
        let mut forgotten: BTreeSet<&String> = remembered.iter().collect();
        for (name, slice) in &self.slices {
            for key in slice.reverse_keys(account).await? {
                inventory.reverse.insert(partition(key)?);
            }
            let found = slice.find(account).await?;
            forgotten.retain(|partition| !found.iter().any(|key| is_reverse(key, partition)));
            let objects = found.iter().filter(|key| matches!(key, Key::Object { .. })).count() as u64;
            inventory.add(name, DataCount { items: found.len() as u64 - objects, objects });
        }
        for partition in forgotten {
            if self.accounts.check_leads_to(partition, account).await? {
                inventory.add(ACCOUNTS, DataCount { items: 1, objects: 0 });
            }
        }
        Ok(inventory)
    }

    /// Erases all data of an account, and the reverse keys in `remembered`. Safe to repeat.
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

/// The partition of a reverse key. All reverse keys are in one table and have one sort key.
fn partition(key: Key) -> Result<String> {
    match key {
        Key::Item { table: "Accounts", partition, sort } if sort == accounts::keys::ACCOUNT => Ok(partition),
        _ => Err(Error::internal("the purge cannot remember this reverse key")),
    }
}

fn is_reverse(key: &Key, reverse: &str) -> bool {
    matches!(key, Key::Item { table: "Accounts", partition, sort } if partition == reverse && sort == accounts::keys::ACCOUNT)
}

impl fmt::Debug for AllPersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slices.iter().map(|(name, _)| name)).finish()
    }
}
