//! Balances other than the welcome gift.

use crate::app::App;
use credits::{AccountTerms, Balance, Entry, Lot, keys};
use kernel::{AccountId, Credits, GenerationId, MicroDollars, limits};
use testkit::CREDITS_TABLE;

impl App {
    /// Gives a new account `credits` as its welcome gift, and a limit of `parallel` generations
    /// under way.
    ///
    /// # Panics
    /// When the account's balance has changed since its creation.
    pub async fn welcome_with(&self, account: AccountId, credits: u64, parallel: u32) {
        self.open_again(account, Credits(credits), |terms| terms.parallel_limit = parallel).await;
    }

    /// Gives a new account another allowance of free cancellations.
    ///
    /// # Panics
    /// When the account's balance has changed since its creation.
    pub async fn set_free_cancels(&self, account: AccountId, allowance: MicroDollars) {
        self.open_again(account, limits::WELCOME_CREDITS, |terms| terms.free_cancels_daily = allowance).await;
    }

    async fn open_again(&self, account: AccountId, credits: Credits, change: impl FnOnce(&mut AccountTerms)) {
        let now = self.world().now();
        let stored = self.balance(account);
        assert_eq!(stored.version, 1, "set the balance before the account changes it");
        let lot = Lot { remaining: credits, ..Lot::welcome(now) };
        let mut terms = AccountTerms { valid_from: stored.valid_from, ..AccountTerms::of_new(now) };
        change(&mut terms);
        let (balance, entry) = Balance::opened_on(terms, Some(lot), now).expect("these terms open a balance");
        self.write_balance(account, &balance, &[entry]).await;
    }

    /// Lets the account cancel a job that costs more than its free cancellations of the day. The job's
    /// generation does not exist any more.
    ///
    /// # Panics
    /// When the account has as many holds as it may have.
    pub async fn use_up_free_cancels(&self, account: AccountId) {
        let (now, job) = (self.world().now(), GenerationId::new(self.world().ids().uuid_v7(self.world().now())));
        let mut balance = self.balance(account);
        let cost = balance.free_cancels_daily.saturating_add(MicroDollars(1));
        let mut entries = balance.hold(job, Credits::ZERO, cost, now, now).expect("one more job may begin");
        let (_, ended) = balance.cancel(job, "flux-schnell", now).expect("a hold can end").expect("it has a hold");
        entries.extend(ended);
        self.write_balance(account, &balance, &entries).await;
    }

    async fn write_balance(&self, account: AccountId, balance: &Balance, entries: &[Entry]) {
        let table = self.world().clients().dynamodb().table(CREDITS_TABLE);
        let pk = account.to_string();
        table.put(&pk, keys::BALANCE, balance).apply().await.expect("no fault is injected here");
        for entry in entries {
            table.put(&pk, &keys::entry(entry.version), entry).apply().await.expect("no fault is injected here");
        }
        self.world().reset_count();
    }
}
