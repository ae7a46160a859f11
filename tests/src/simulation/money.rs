//! Payments, grants, clawbacks and corrections.

use super::{Simulation, steps::PAUSES_S};
use crate::event::Event;
use aws::{Change, Condition, Decision, transact};
use credits::{
    Adjustment, Balance, ClawbackCause, CreditStore, Currency, Lot, LotClawback, LotSwitch, Money, OperatorOutcome,
    Place,
};
use jiff::Timestamp;
use kernel::{AccountId, Credits, Note, Result};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use testkit::CREDITS_TABLE;

impl Simulation {
    /// A person opens a page at Stripe and usually pays.
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

    /// Delivers one of Stripe's webhooks, and tells Stripe how it was answered.
    pub(super) async fn deliver_payment_webhook(&self, webhook: &local::fakes::stripe::Webhook) {
        let body = std::str::from_utf8(&webhook.body).expect("a webhook is text");
        let signature = webhook.headers["stripe-signature"].to_str().expect("a signature is text");
        let event = Event::recorded("stripe-webhook").header("stripe-signature", signature).body(body);
        let answer = self.request(event).await;
        self.app.stripe().webhook_answered(webhook.id, answer.is_some_and(|answer| answer.status() < 300));
    }

    /// An operator gives an account credits that expire soon.
    async fn grant_promotion(&mut self, account: AccountId) {
        let (lot, end) = (self.random.hex(16), self.soon());
        let gift = Adjustment::Promotion { lot, credits: Credits(10), expires_at: Some(end) };
        self.adjust(account, gift, "A gift.").await;
    }

    /// An operator or a bank changes the credits of an account.
    pub(super) async fn somebody_changes_credits(&mut self) {
        let account = self.any_account();
        if !self.app.balance(account).debt.is_zero() {
            return self.begin_period(account).await;
        }
        match self.random.below(15) {
            0..3 => self.begin_period(account).await,
            3..7 => self.claw_back_payment(account).await,
            7 => self.correct_lot(account).await,
            8 => self.adjust(account, Adjustment::Freeze, "Somebody looks at this account.").await,
            9 => self.adjust(account, Adjustment::Thaw, "All is well.").await,
            10..13 => self.switch_lot(account).await,
            _ => self.grant_promotion(account).await,
        }
    }

    /// A paid period of a subscription begins. Its credits expire soon.
    pub(super) async fn begin_period(&mut self, account: AccountId) {
        let (lot, now, end) = (self.random.hex(16), self.app.world().now(), self.soon());
        let paid = Money { amount: 500, currency: Currency::Eur };
        let lot = Lot::subscription(lot, Credits(40), paid, now, end);
        let mark = self.random.hex(16);
        self.change_balance(account, &mark, |credits, balance, now| {
            credits.grant_changes(account, balance, lot.clone(), now)
        })
        .await;
    }

    /// Claws a lot back, wholly or in part, mostly a spent one. Each lot is clawed back once, because
    /// in production the caller of the clawback ensures that.
    async fn claw_back_payment(&mut self, account: AccountId) {
        let entries = self.app.entries(account);
        let moves = entries.iter().flat_map(|entry| &entry.moves);
        let spent: BTreeSet<_> = moves.filter(|step| step.to == Place::Spent).map(|step| &step.lot).collect();
        let paid: Vec<&Lot> =
            entries.iter().filter_map(|entry| entry.lot.as_ref()).filter(|lot| lot.source.paid()).collect();
        let used = paid.iter().rfind(|lot| spent.contains(&lot.id)).filter(|_| self.random.chance(0.7));
        let Some(lot) = used.or_else(|| self.random.pick(&paid)) else {
            return self.begin_period(account).await;
        };
        let whole = lot.remaining;
        let amount =
            if self.random.chance(0.6) { whole } else { Credits(1 + self.random.below(whole.0 as usize) as u64) };
        let cause = if self.random.chance(0.5) { ClawbackCause::Refund } else { ClawbackCause::Dispute };
        let demands = [LotClawback { lot: lot.id.clone(), amount }];
        self.change_balance(account, &lot.id, |credits, balance, now| {
            credits.claw_back_changes(account, balance, cause, &demands, now)
        })
        .await;
        // Sometimes the account then gets a new lot.
        if self.random.chance(0.4) {
            self.begin_period(account).await;
        }
    }

    /// A correction takes credits out of a lot. The lot may have fewer left.
    async fn correct_lot(&mut self, account: AccountId) {
        let lots: Vec<_> = self.app.balance(account).lots.into_iter().map(|lot| lot.id).collect();
        let Some(lot) = self.random.pick(&lots).cloned() else { return };
        let credits = Credits(1 + self.random.below(12) as u64);
        self.adjust(account, Adjustment::Correction { lot, credits }, "This was counted twice.").await;
    }

    /// An operator freezes a lot, or mostly thaws one if a lot is frozen. Sometimes the command is
    /// typed again, and then changes nothing more.
    async fn switch_lot(&mut self, account: AccountId) {
        let (balance, now) = (self.app.balance(account), self.app.world().now());
        let frozen: Vec<String> = balance.lot_freezes().into_keys().map(str::to_owned).collect();
        let open: Vec<String> = balance.open_lots(now).into_iter().map(str::to_owned).collect();
        let (switch, lots) = match !frozen.is_empty() && self.random.chance(0.6) {
            true => (LotSwitch::Thaw, frozen),
            false => (LotSwitch::Freeze, open),
        };
        let Some(lot) = self.random.pick(&lots).cloned() else { return };
        let note = Note::new("simulation", "Somebody looks at these credits.").expect("the note is valid");
        let (db, ids) = (self.app.world().clients().dynamodb(), self.app.world().ids());
        let credits = CreditStore::new(db.table(CREDITS_TABLE));
        let times = if self.random.chance(0.3) { 2 } else { 1 };
        let mut changed = 0;
        for _ in 0..times {
            let switched = credits.switch_lot(account, &lot, switch, &note, &ids, now);
            let outcome = self.app.world().run(switched).await;
            changed += u32::from(matches!(outcome, Ok(Ok(OperatorOutcome::Changed(_)))));
        }
        assert!(changed <= 1, "{account}: the same {switch:?} of {lot} changed something twice");
    }

    async fn adjust(&mut self, account: AccountId, adjustment: Adjustment, reason: &str) {
        let note = Note::new("simulation", reason).expect("the note is valid");
        let mark = self.random.hex(16);
        self.change_balance(account, &mark, |credits, balance, now| {
            credits.adjust_changes(account, balance, adjustment.clone(), note.clone(), now)
        })
        .await;
    }

    /// Changes a balance, once for each mark. A failure is ignored, because every outcome is valid
    /// here.
    async fn change_balance(
        &self,
        account: AccountId,
        mark: &str,
        decide: impl Fn(&CreditStore, Balance, Timestamp) -> Result<Vec<Change>>,
    ) {
        let (db, ids, now) = (self.app.world().clients().dynamodb(), self.app.world().ids(), self.app.world().now());
        let table = db.table(CREDITS_TABLE);
        let (credits, partition, mark) = (CreditStore::new(table.clone()), account.to_string(), format!("mark#{mark}"));
        let change = transact(&db, &ids, async || {
            let (of_balance, balance) = credits.balance_key();
            let keys = [(of_balance, partition.as_str(), balance), (&table, &partition, &mark)];
            let [Some(balance), None] = db.batch_get(keys).await? else { return Ok(Decision::Answer(())) };
            let mut changes = decide(&credits, aws::read(balance)?, now)?;
            changes.push(table.put(&partition, &mark, &json!({})).when(Condition::Absent).into_change()?);
            Ok(Decision::Commit(changes, ()))
        });
        drop(self.app.world().run(change).await);
    }

    fn any_account(&mut self) -> AccountId {
        let at = self.random.below(self.people.len());
        self.people[at].person.account()
    }

    fn soon(&mut self) -> Timestamp {
        let seconds = *self.random.pick(&PAUSES_S).unwrap_or(&1);
        self.app.world().now().saturating_add(Duration::from_secs(seconds)).expect("the time is in range")
    }
}
