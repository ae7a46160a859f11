//! What people pay, what is given to them, and what is taken back.

use super::{Simulation, steps::PAUSES_S};
use crate::event::Event;
use aws::{Change, Condition, Decision, transact};
use credits::{
    Adjustment, Balance, BalanceStatus, ClawbackCause, CreditStore, Currency, Lot, LotClawback, Money, Note, Place,
};
use jiff::Timestamp;
use kernel::{AccountId, Credits, Result};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use testkit::CREDITS_TABLE;

impl Simulation {
    /// Opens a page of Stripe's and mostly pays on it.
    pub(super) async fn somebody_buys(&mut self) {
        let at = self.random.below(self.people.len());
        let key = self.random.hex(16);
        let token = self.people[at].person.token().to_owned();
        let answer = self.request(Event::recorded("checkout").fill("token", &token).fill("key", &key)).await;
        let Some(answer) = answer.filter(|answer| answer.status() == 201) else { return };
        let page = answer.json()["id"].as_str().expect("a page has an id").to_owned();
        if self.random.chance(0.8) {
            let _ = self.app.stripe().pay(self.app.world().now(), &page);
            self.people[at].pages.push(page);
        }
    }

    /// Hands one of Stripe's webhooks over, and tells it what came of that.
    pub(super) async fn told(&self, webhook: &local::fakes::stripe::Webhook) {
        let body = std::str::from_utf8(&webhook.body).expect("a webhook is text");
        let signature = webhook.headers["stripe-signature"].to_str().expect("a signature is text");
        let event = Event::recorded("stripe-webhook").header("stripe-signature", signature).body(body);
        let answer = self.request(event).await;
        self.app.stripe().webhook_answered(webhook.id, answer.is_some_and(|answer| answer.status() < 300));
    }

    /// Somebody is given credits that end soon.
    async fn somebody_is_given(&mut self, account: AccountId) {
        let (lot, end) = (self.random.hex(16), self.soon());
        let gift = Adjustment::Promotion { lot, credits: Credits(10), expires_at: Some(end) };
        self.adjusted(account, gift, "A gift.").await;
    }

    /// What operators and banks do to somebody's credits.
    pub(super) async fn somebody_keeps_the_books(&mut self) {
        let account = self.anybody();
        if !self.app.balance(account).debt.is_zero() {
            return self.a_period_begins(account).await;
        }
        match self.random.below(12) {
            0..3 => self.a_period_begins(account).await,
            3..7 => self.a_payment_is_taken_back(account).await,
            7 => self.something_is_corrected(account).await,
            8 => self.adjusted(account, Adjustment::Freeze, "Somebody looks at this account.").await,
            9 => self.adjusted(account, Adjustment::Thaw, "All is well.").await,
            _ => self.somebody_is_given(account).await,
        }
    }

    /// A period of a subscription: paid, and it ends soon.
    pub(super) async fn a_period_begins(&mut self, account: AccountId) {
        let (lot, now, end) = (self.random.hex(16), self.app.world().now(), self.soon());
        let paid = Money { amount: 500, currency: Currency::Eur };
        let lot = Lot::subscription(lot, Credits(40), paid, now, end);
        let mark = self.random.hex(16);
        self.booked(account, &mark, |credits, balance, now| credits.grant_changes(account, balance, lot.clone(), now))
            .await;
    }

    /// The money for a lot goes back, or a part of it, whatever became of the lot; once for
    /// each, because whoever claws back sees to that. Mostly for one that was spent.
    async fn a_payment_is_taken_back(&mut self, account: AccountId) {
        let entries = self.app.entries(account);
        let moves = entries.iter().flat_map(|entry| &entry.moves);
        let spent: BTreeSet<_> = moves.filter(|step| step.to == Place::Spent).map(|step| &step.lot).collect();
        let paid: Vec<&Lot> =
            entries.iter().filter_map(|entry| entry.lot.as_ref()).filter(|lot| lot.source.paid()).collect();
        let used = paid.iter().rfind(|lot| spent.contains(&lot.id)).filter(|_| self.random.chance(0.7));
        let Some(lot) = used.or_else(|| self.random.pick(&paid)) else {
            return self.a_period_begins(account).await;
        };
        let whole = lot.remaining;
        let amount =
            if self.random.chance(0.6) { whole } else { Credits(1 + self.random.below(whole.0 as usize) as u64) };
        let cause = if self.random.chance(0.5) { ClawbackCause::Refund } else { ClawbackCause::Dispute };
        let demands = [LotClawback { lot: lot.id.clone(), amount }];
        self.booked(account, &lot.id, |credits, balance, now| {
            credits.claw_back_changes(account, balance, cause, &demands, now)
        })
        .await;
        // Sometimes that turns out wrong, and is made good.
        if self.random.chance(0.4) {
            self.a_period_begins(account).await;
        }
    }

    /// What should not have been there goes, from a lot that may have less left.
    async fn something_is_corrected(&mut self, account: AccountId) {
        let lots: Vec<_> = self.app.balance(account).lots.into_iter().map(|lot| lot.id).collect();
        let Some(lot) = self.random.pick(&lots).cloned() else { return };
        let credits = Credits(1 + self.random.below(12) as u64);
        self.adjusted(account, Adjustment::Correction { lot, credits }, "This was counted twice.").await;
    }

    /// Whatever is frozen is active again.
    pub(super) async fn thawed(&mut self) {
        for account in self.app.accounts() {
            if self.app.balance(account).status == BalanceStatus::Frozen {
                self.adjusted(account, Adjustment::Thaw, "All is well.").await;
            }
        }
    }

    async fn adjusted(&mut self, account: AccountId, adjustment: Adjustment, reason: &str) {
        let note = Note::new("simulation", reason).expect("the note is valid");
        let mark = self.random.hex(16);
        self.booked(account, &mark, |credits, balance, now| {
            credits.adjust_changes(account, balance, adjustment.clone(), note.clone(), now)
        })
        .await;
    }

    /// Changes a balance, once for each mark. Whether it works is the concern of whoever
    /// wants it.
    async fn booked(
        &self,
        account: AccountId,
        mark: &str,
        decide: impl Fn(&CreditStore, Balance, Timestamp) -> Result<Vec<Change>>,
    ) {
        let (db, ids, now) = (self.app.world().clients().dynamodb(), self.app.world().ids(), self.app.world().now());
        let table = db.table(CREDITS_TABLE);
        let (credits, partition, mark) = (CreditStore::new(table.clone()), account.to_string(), format!("mark#{mark}"));
        let booked = transact(&db, &ids, async || {
            let (of_balance, balance) = credits.balance_key();
            let keys = [(of_balance, partition.as_str(), balance), (&table, &partition, &mark)];
            let [Some(balance), None] = db.batch_get(keys).await? else { return Ok(Decision::Answer(())) };
            let mut changes = decide(&credits, aws::read(balance)?, now)?;
            changes.push(table.put(&partition, &mark, &json!({})).when(Condition::Absent).into_change()?);
            Ok(Decision::Commit(changes, ()))
        });
        drop(self.app.world().run(booked).await);
    }

    fn anybody(&mut self) -> AccountId {
        let at = self.random.below(self.people.len());
        self.people[at].person.account()
    }

    fn soon(&mut self) -> Timestamp {
        let lives = *self.random.pick(&PAUSES_S).unwrap_or(&1);
        self.app.world().now().saturating_add(Duration::from_secs(lives)).expect("the world is young")
    }
}
