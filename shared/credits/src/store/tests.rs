use super::*;
use crate::{
    entry::EntryKind,
    money::{Currency, Money},
    terms::AccountTerms,
};
use aws::{Decision, transact};
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::{Ids, MicroDollars, PersonalData};
use std::collections::BTreeMap;
use testkit::{CREDITS_TABLE, Fault, Faults, OutsideCall, Random, World};

const PAID: Money = Money { amount: 999, currency: Currency::Eur };

/// One account in a world, and its writers.
#[derive(Clone)]
struct Ledger {
    world: World,
    store: CreditStore,
    ids: Ids,
    account: AccountId,
}

/// The change that a writer wants. Each leaves a mark by which the writer recognises its own write.
#[derive(Debug, Clone)]
enum Wish {
    Hold(GenerationId, u64),
    Settle(GenerationId, u64),
    Release(GenerationId),
    Grant(String, u64),
    ClawBack(String, u64),
    Compensate(String, u64),
}

impl Ledger {
    async fn open(seed: u64) -> Self {
        let world = World::new(seed);
        let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
        let (ids, now) = (world.ids(), world.now());
        let account = AccountId::new(ids.uuid_v7(now));
        let ledger = Self { world, store, ids, account };
        let lot = Lot { remaining: Credits(100), ..Lot::welcome(now) };
        let welcome = async || Ok(Decision::Commit(ledger.store.welcome_changes(account, lot.clone(), now)?, ()));
        transact(ledger.store.table.db(), &ledger.ids, welcome).await.unwrap();
        ledger.set_terms(32).await;
        ledger
    }

    /// Changes the limit of parallel generations by an entry, as a plan will.
    async fn set_terms(&self, parallel_limit: u32) {
        let balance = self.balance().await;
        let terms = AccountTerms { parallel_limit, ..balance.terms() };
        let entry = Entry { version: 2, terms: Some(terms), ..Entry::new(EntryKind::Open, self.world.now()) };
        let mut next = balance;
        next.apply(&entry).unwrap();
        self.commit(&next, &[entry]).await;
    }

    async fn commit(&self, balance: &Balance, entries: &[Entry]) {
        let write = async || Ok(Decision::Commit(self.store.next_changes(self.account, balance, entries)?, ()));
        transact(self.store.table.db(), &self.ids, write).await.unwrap();
    }

    fn generation(&self) -> GenerationId {
        GenerationId::new(self.ids.uuid_v7(self.world.now()))
    }

    async fn balance(&self) -> Balance {
        self.store.read_balance(self.account).await.unwrap().unwrap()
    }

    /// Makes the change once, in a transaction with a row that marks it, as payments and generations
    /// do.
    async fn make(&self, wish: &Wish) -> Result<()> {
        let (partition, row) = (self.account.to_string(), format!("payment#test#{wish:?}"));
        let now = self.world.now();
        transact(self.store.table.db(), &self.ids, async || {
            let keys = [(&self.store.table, partition.as_str(), keys::BALANCE), (&self.store.table, &partition, &row)];
            let [balance, known] = self.store.table.db().batch_get(keys).await?;
            if known.is_some() {
                return Ok(Decision::Answer(()));
            }
            let balance = aws::read(balance.ok_or(Error::NotFound)?)?;
            let mut changes = self.changes(wish, balance, now)?;
            let mark = BTreeMap::from([("done", true)]);
            changes.push(self.store.table.put(&partition, &row, &mark).when(Condition::Absent).into_change()?);
            Ok(Decision::Commit(changes, ()))
        })
        .await
    }

    fn changes(&self, wish: &Wish, balance: Balance, now: Timestamp) -> Result<Vec<Change>> {
        let (store, account) = (&self.store, self.account);
        let gone = || Error::WrongState { detail: "The generation has no hold." };
        match wish.clone() {
            Wish::Hold(generation, amount) => {
                let provider_cost = MicroDollars::ZERO;
                let hold = NewHold { generation, amount: Credits(amount), provider_cost, deadline: now };
                store.hold_changes(account, balance, hold, now)
            }
            Wish::Settle(generation, cost) => {
                store.settle_changes(account, balance, generation, "flux", Credits(cost), now)?.ok_or_else(gone)
            }
            Wish::Release(generation) => {
                store.release_changes(account, balance, generation, None, now)?.ok_or_else(gone)
            }
            Wish::Grant(lot, amount) => {
                store.grant_changes(account, balance, Lot::pack(lot, Credits(amount), PAID, now), now)
            }
            Wish::ClawBack(lot, amount) => store.claw_back_changes(
                account,
                balance,
                ClawbackCause::Refund,
                &[LotClawback { lot, amount: Credits(amount) }],
                now,
            ),
            Wish::Compensate(lot, amount) => {
                let gift = Adjustment::Compensation { lot, credits: Credits(amount), expires_at: None };
                store.adjust_changes(account, balance, gift, Note::new("support", "A test.")?, now)
            }
        }
    }

    async fn all(&self, wishes: &[Wish]) {
        let made = join_all(wishes.iter().map(|wish| self.make(wish))).await;
        for (wish, made) in wishes.iter().zip(made) {
            assert!(made.is_ok(), "{wish:?} must succeed among all writers: {made:?}");
        }
        let (balance, entries) = self.store.read_ledger(self.account).await.unwrap().unwrap();
        assert_eq!(balance.prove(&entries), Ok(()));
    }
}

/// AWS at its worst: calls are slow, two in five transactions collide, and one in ten answers is
/// lost.
fn worst() -> Faults {
    Faults::with(|call: &OutsideCall, random: &mut Random| match call.name.as_str() {
        "dynamodb.TransactWriteItems" if random.chance(0.4) => Some(Fault::TransactionConflict),
        "dynamodb.TransactWriteItems" if random.chance(0.1) => Some(Fault::AnswerLost),
        _ => Some(Fault::Delay(std::time::Duration::from_millis(2 + random.below(8) as u64))),
    })
}

#[tokio::test(start_paused = true)]
async fn racing_writers_neither_lose_nor_make_credits() {
    for seed in 0..12 {
        let ledger = Ledger::open(seed).await;
        let generations: Vec<_> = (0..8).map(|_| ledger.generation()).collect();
        ledger.all(&[Wish::Grant("p".into(), 50)]).await;
        ledger.world.inject(worst());
        ledger.all(&generations.iter().map(|it| Wish::Hold(*it, 10)).collect::<Vec<_>>()).await;
        let mut wishes: Vec<_> = (0..4).map(|n| Wish::Grant(format!("q{n}"), 5)).collect();
        wishes.extend(generations[..4].iter().map(|it| Wish::Settle(*it, 7)));
        wishes.extend(generations[4..].iter().map(|it| Wish::Release(*it)));
        wishes.extend([Wish::ClawBack("p".into(), 20), Wish::Compensate("c".into(), 3)]);
        ledger.all(&wishes).await;
        ledger.world.inject(Faults::none());
        let balance = ledger.balance().await;
        let sums = (balance.available(ledger.world.now()).0, balance.held().0, balance.debt.0);
        assert_eq!(sums, (100 + 50 - 28 + 20 - 20 + 3, 0, 0), "seed {seed}");
        assert_eq!(balance.version, 2 + 1 + 8 + wishes.len() as u64, "seed {seed}: each change once");
        ledger.all(&wishes).await;
        assert_eq!(ledger.balance().await, balance, "seed {seed}: no change may happen twice");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_racing_settlement_and_release_only_one_ends_the_hold() {
    for seed in 0..20 {
        let ledger = Ledger::open(seed).await;
        let generation = ledger.generation();
        ledger.make(&Wish::Hold(generation, 10)).await.unwrap();
        ledger.world.inject(worst());
        let (settle, release) = (Wish::Settle(generation, 10), Wish::Release(generation));
        let (settled, released) = tokio::join!(ledger.make(&settle), ledger.make(&release));
        ledger.world.inject(Faults::none());
        assert_eq!(settled.is_ok() as u8 + released.is_ok() as u8, 1, "seed {seed}: {settled:?} {released:?}");
        let wanted = if settled.is_ok() { 90 } else { 100 };
        assert_eq!(ledger.balance().await.available(ledger.world.now()).0, wanted, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clawback_that_races_the_end_of_a_hold_has_the_same_result() {
    for seed in 0..20 {
        for (delivered, wanted) in [(true, (0, 0, 10)), (false, (100, 0, 0))] {
            let ledger = Ledger::open(seed).await;
            let generation = ledger.generation();
            // All of the welcome, and ten of the pack.
            ledger.all(&[Wish::Grant("p".into(), 50)]).await;
            ledger.all(&[Wish::Hold(generation, 110)]).await;
            ledger.world.inject(worst());
            let end = if delivered { Wish::Settle(generation, 110) } else { Wish::Release(generation) };
            ledger.all(&[end, Wish::ClawBack("p".into(), 50)]).await;
            ledger.world.inject(Faults::none());
            let balance = ledger.balance().await;
            let sums = (balance.available(ledger.world.now()).0, balance.held().0, balance.debt.0);
            assert_eq!(sums, wanted, "seed {seed}, delivered {delivered}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_expiry_is_booked_with_the_change_or_not_at_all() {
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict, Fault::ServerError] {
        let ledger = Ledger::open(1).await;
        let (from, hour) = (ledger.world.now(), SignedDuration::from_hours(1));
        let lot = Lot::subscription("s", Credits(9), PAID, from, from.checked_add(hour).unwrap());
        let next = ledger.store.grant_changes(ledger.account, ledger.balance().await, lot, from).unwrap();
        let mut next = Some(next);
        let grant = async || Ok(next.take().map_or(Decision::Answer(()), |next| Decision::Commit(next, ())));
        transact(ledger.store.table.db(), &ledger.ids, grant).await.unwrap();
        ledger.world.advance(hour.unsigned_abs());
        ledger.world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        ledger.all(&[Wish::Hold(ledger.generation(), 4)]).await;
        let balance = ledger.balance().await;
        assert_eq!((balance.version, balance.expired[0].amount), (5, Credits(9)), "{fault:?}");
        assert_eq!(balance.available(ledger.world.now()).0, 96, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_export_has_every_stored_part() {
    let ledger = Ledger::open(1).await;
    let generation = ledger.generation();
    let wishes = [
        Wish::Grant("p".into(), 50),
        Wish::Hold(generation, 120),
        Wish::ClawBack("p".into(), 40),
        Wish::Settle(generation, 115),
        Wish::Compensate("c".into(), 3),
    ];
    for wish in &wishes {
        ledger.make(wish).await.unwrap();
    }
    let records = ledger.store.export(ledger.account).await.unwrap();
    assert_eq!(records.len(), 1 + 2 + wishes.len(), "the balance and its entries");
    let text: String = records.iter().map(|record| record.json.as_str()).collect();
    for part in
        ["\"usage\"", "\"flux\"", "\"debt\"", "\"moves\"", "\"A test.\"", "\"support\"", "\"refund\"", "\"paid\""]
    {
        assert!(text.contains(part), "the export must have {part}: {text}");
    }
    assert_eq!(ledger.store.erase(ledger.account).await.unwrap().items, records.len() as u64);
    assert_eq!(ledger.store.find(ledger.account).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_grows_during_the_read_is_proven() {
    for seed in 0..10 {
        let ledger = Ledger::open(seed).await;
        ledger.world.inject(worst());
        let writing = join_all((0..6).map(|n| {
            let (ledger, wish) = (&ledger, Wish::Compensate(format!("c{n}"), 1));
            async move { ledger.make(&wish).await }
        }));
        let reading = async {
            for _ in 0..20 {
                let (balance, entries) = ledger.store.read_ledger(ledger.account).await.unwrap().unwrap();
                assert_eq!(balance.prove(&entries), Ok(()), "seed {seed}");
            }
        };
        let (made, ()) = tokio::join!(writing, reading);
        assert!(made.iter().all(Result::is_ok), "seed {seed}: {made:?}");
    }
}
