//! The stored items, read directly: past the functions, and without counting requests.

use crate::app::App;
use credits::{Balance, Entry};
use generations::{DailySpend, Generation};
use kernel::{AccountId, GenerationId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::{CREDITS_TABLE, GENERATIONS_TABLE, MEDIA_BUCKET, StoredObject};

/// The end of every thumbnail's key.
pub(crate) const THUMBNAIL: &str = ".thumbnail.webp";

impl App {
    /// Every generation, of all accounts.
    #[must_use]
    pub fn all_generations(&self) -> Vec<Generation> {
        let items = self.world().items(GENERATIONS_TABLE).into_iter();
        items.filter(is_generation).map(read).collect()
    }

    /// The spend on a provider on a day such as `2027-01-15`, in millionths of a dollar, and its
    /// number of jobs.
    #[must_use]
    pub fn spent(&self, provider: &str, day: &str) -> (u64, u64) {
        let row = self.world().item(GENERATIONS_TABLE, &format!("spend#{provider}#{day}"), "spend");
        let spent: DailySpend = row.map(read).unwrap_or_default();
        (spent.micro_dollars, spent.jobs)
    }

    /// An account's generations, oldest first.
    #[must_use]
    pub fn generations(&self, account: AccountId) -> Vec<Generation> {
        self.all_generations().into_iter().filter(|generation| generation.account == account).collect()
    }

    /// The generation with this id.
    ///
    /// # Panics
    /// When it does not exist.
    #[must_use]
    pub fn generation(&self, id: &str) -> Generation {
        let found = self.all_generations().into_iter().find(|generation| generation.id.to_string() == id);
        found.unwrap_or_else(|| panic!("there is no generation {id}"))
    }

    /// An account's balance.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn balance(&self, account: AccountId) -> Balance {
        let item = self.world().item(CREDITS_TABLE, &account.to_string(), credits::keys::BALANCE);
        read(item.unwrap_or_else(|| panic!("{account} has no balance")))
    }

    /// An account's entries, oldest first.
    #[must_use]
    pub fn entries(&self, account: AccountId) -> Vec<Entry> {
        let items = self.world().items(CREDITS_TABLE).into_iter();
        let ours = items.filter(|item| text(item, "pk") == account.to_string());
        let mut entries: Vec<Entry> =
            ours.filter(|item| text(item, "sk").starts_with(credits::keys::ENTRY)).map(read).collect();
        entries.sort_by_key(|entry| entry.version);
        entries
    }

    /// The accounts that have a balance.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountId> {
        let items = self.world().items(CREDITS_TABLE).into_iter();
        let balances = items.filter(|item| text(item, "sk") == credits::keys::BALANCE);
        balances.map(|item| text(&item, "pk").parse().expect("the partition of a balance is an account")).collect()
    }

    /// Every object but the thumbnails, in all versions.
    #[must_use]
    pub fn originals(&self) -> Vec<StoredObject> {
        self.objects().into_iter().filter(|object| !object.key.ends_with(THUMBNAIL)).collect()
    }

    /// Every object with bytes, in all versions.
    #[must_use]
    pub fn objects(&self) -> Vec<StoredObject> {
        self.world().objects(MEDIA_BUCKET)
    }
}

/// The body of a request for an image.
#[must_use]
pub fn prompt(text: &str) -> Value {
    json!({ "model": "flux-schnell", "prompt": text })
}

/// Whether an item of the table `Generations` is a generation.
pub(crate) fn is_generation(item: &Value) -> bool {
    text(item, "sk").parse::<GenerationId>().is_ok()
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

pub(crate) fn read<T: DeserializeOwned>(item: Value) -> T {
    serde_json::from_value(item.clone()).unwrap_or_else(|error| panic!("the item does not parse ({error}): {item}"))
}
