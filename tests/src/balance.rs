//! Balances other than the welcome gift.

use crate::app::App;
use credits::{AccountTerms, Balance, Lot, keys};
use kernel::{AccountId, Credits};
use testkit::CREDITS_TABLE;

impl App {
    /// Gives a new account `credits` as its welcome gift, and a limit of `parallel` generations
    /// under way.
    ///
    /// # Panics
    /// When the account's balance has changed since its creation.
    pub async fn welcome_with(&self, account: AccountId, credits: u64, parallel: u32) {
        let now = self.world().now();
        let stored = self.balance(account);
        assert_eq!(stored.version, 1, "set the balance before the account changes it");
        let lot = Lot { remaining: Credits(credits), ..Lot::welcome(now) };
        let terms = AccountTerms { status: stored.status, valid_from: stored.valid_from, parallel_limit: parallel };
        let (balance, entry) = Balance::opened_on(terms, Some(lot), now).expect("these terms open a balance");
        let table = self.world().clients().dynamodb().table(CREDITS_TABLE);
        let pk = account.to_string();
        table.put(&pk, keys::BALANCE, &balance).apply().await.expect("no fault is injected here");
        table.put(&pk, &keys::entry(1), &entry).apply().await.expect("no fault is injected here");
        self.world().reset_count();
    }
}
