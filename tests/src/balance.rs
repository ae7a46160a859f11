//! Balances for tests that need other ones than the welcome gift.

use crate::app::App;
use credits::{AccountTerms, Balance, Lot, keys};
use kernel::{AccountId, Credits};
use testkit::CREDITS_TABLE;

impl App {
    /// Makes a new account one that was welcomed with `credits` and may have `parallel`
    /// generations under way.
    ///
    /// # Panics
    /// When the account has done something with its credits already.
    pub async fn welcome_with(&self, account: AccountId, credits: u64, parallel: u32) {
        let now = self.world().now();
        let stored = self.balance(account);
        assert_eq!(stored.version, 1, "set the balance before the account does anything");
        let lot = Lot { remaining: Credits(credits), ..Lot::welcome(now) };
        let terms = AccountTerms { status: stored.status, valid_from: stored.valid_from, parallel_limit: parallel };
        let (balance, entry) = Balance::opened_on(terms, Some(lot), now).expect("a balance may begin so");
        let table = self.world().clients().dynamodb().table(CREDITS_TABLE);
        let pk = account.to_string();
        table.put(&pk, keys::BALANCE, &balance).apply().await.expect("nothing goes wrong here");
        table.put(&pk, &keys::entry(1), &entry).apply().await.expect("nothing goes wrong here");
        self.world().reset_count();
    }
}
