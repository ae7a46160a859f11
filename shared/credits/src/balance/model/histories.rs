//! Random histories on both sides: the rules and the model must agree after each step.

use super::{HOUR, Model, at};
use crate::{Adjustment, Balance, BalanceStatus, Cause, Currency, Demand, Entry, Lot, Money, Note, Source};
use kernel::{Credits, GenerationId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn generation(n: u8) -> GenerationId {
    GenerationId::new(Uuid::from_u128(n.into()))
}

#[derive(Debug, Clone)]
enum Step {
    Hold(u8, u64),
    Settle(u8, u64),
    Release(u8),
    Grant(u8, u64, Option<i64>, i64),
    ClawBack(usize, u64),
    Correct(usize, u64),
    Give(u64, Option<i64>),
    Status,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let life = || prop_oneof![Just(None), (0..60_i64).prop_map(|hours| Some(hours * HOUR))];
    let step = prop_oneof![
        4 => (0..6u8, 0..14u64).prop_map(|(n, amount)| Step::Hold(n, amount)),
        3 => (0..6u8, 0..14u64).prop_map(|(n, cost)| Step::Settle(n, cost)),
        3 => (0..6u8).prop_map(Step::Release),
        3 => (0..3u8, 0..20u64, life(), 0..20 * HOUR)
            .prop_map(|(source, credits, life, from)| Step::Grant(source, credits, life, from / 10 * 10)),
        2 => (0..8usize, 1..25u64).prop_map(|(lot, amount)| Step::ClawBack(lot, amount)),
        1 => (0..8usize, 0..10u64).prop_map(|(lot, amount)| Step::Correct(lot, amount)),
        1 => (1..9u64, life()).prop_map(|(credits, life)| Step::Give(credits, life)),
        1 => Just(Step::Status),
        2 => (1..30 * HOUR).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..80)
}

/// Both sides of one history.
struct Both {
    balance: Balance,
    entries: Vec<Entry>,
    model: Model,
    now: i64,
    lots: Vec<String>,
    paid: BTreeSet<String>,
}

impl Both {
    fn new() -> Self {
        let lot = Lot { remaining: Credits(30), ..Lot::welcome(at(0)) };
        let (mut balance, first) = Balance::born(lot.clone(), at(0)).unwrap();
        balance.parallel_limit = 4;
        let mut first = first;
        first.terms.as_mut().unwrap().parallel_limit = 4;
        let mut model = Model::default();
        model.grant(&lot, 0);
        let lots = vec![lot.id];
        Self { balance, entries: vec![first], model, now: 0, lots, paid: BTreeSet::new() }
    }

    fn lot(&mut self, source: u8, credits: u64, life: Option<i64>, from: i64) -> Lot {
        let (now, n) = (self.now, self.lots.len());
        let money = Money { amount: 999, currency: Currency::Eur };
        let credits = Credits(credits);
        let lot = match source {
            0 => Lot::pack(format!("pack-{n}"), credits, money, at(now)),
            1 => {
                let until = at(now + from + life.unwrap_or(40 * HOUR));
                Lot::subscription(format!("subscription-{n}"), credits, money, at(now + from), until)
            }
            _ => Lot::given(
                format!("promotion-{n}"),
                Source::Promotion,
                credits,
                life.map(|life| at(now + life)),
                at(now),
            ),
        };
        let lot = Lot { priority: [90, 100, 110][n % 3], ..lot };
        self.lots.push(lot.id.clone());
        if lot.source.paid() {
            self.paid.insert(lot.id.clone());
        }
        lot
    }

    /// Does one step on both sides. Each must take it or refuse it alike.
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        if let Step::Wait(seconds) = step {
            self.now += seconds;
        }
        let (now, before) = (at(self.now), self.balance.clone());
        self.model.pass(self.now);
        let frozen = self.balance.status != BalanceStatus::Active;
        let (booked, wanted) = match step {
            Step::Wait(_) => return Ok(()),
            Step::Hold(n, amount) => {
                if self.model.holds.contains(&n) {
                    return Ok(());
                }
                let wanted = !frozen && self.model.hold(n, usize::try_from(amount).unwrap(), self.now);
                (self.balance.hold(generation(n), Credits(amount), at(self.now + 600), now).ok(), wanted)
            }
            Step::Settle(n, cost) => {
                let wanted = self.model.end(n, usize::try_from(cost).unwrap(), self.now);
                (self.balance.settle(generation(n), "model", Credits(cost), now).ok().flatten(), wanted)
            }
            Step::Release(n) => {
                let wanted = self.model.end(n, 0, self.now);
                (self.balance.release(generation(n), now).ok().flatten(), wanted)
            }
            Step::Grant(source, credits, life, from) => {
                let lot = self.lot(source, credits, life, from);
                if !frozen {
                    self.model.grant(&lot, self.now);
                    self.model.pass(self.now);
                }
                let booked = self.balance.grant(lot, now).ok();
                (booked, !frozen)
            }
            Step::ClawBack(lot, amount) => {
                let lot = self.lots[lot % self.lots.len()].clone();
                let amount = usize::try_from(amount).unwrap().min(self.model.owed(&lot));
                if amount == 0 || !self.paid.contains(&lot) {
                    return Ok(());
                }
                self.model.claw_back(&lot, amount);
                let demand = Demand { lot, amount: Credits(amount as u64) };
                (self.balance.claw_back(Cause::Refund, &[demand], now).ok(), true)
            }
            Step::Correct(lot, amount) => {
                let lot = self.lots[lot % self.lots.len()].clone();
                let wanted = self.model.correct(&lot, usize::try_from(amount).unwrap());
                let correction = Adjustment::Correction { lot, credits: Credits(amount) };
                (self.balance.adjust(correction, note(), now).ok(), wanted)
            }
            Step::Give(credits, life) => {
                let lot = format!("compensation-{}", self.lots.len());
                self.lots.push(lot.clone());
                let (credits, expires_at) = (Credits(credits), life.map(|life| at(self.now + life)));
                if !frozen {
                    let given = Lot::given(lot.clone(), Source::Compensation, credits, expires_at, now);
                    self.model.grant(&given, self.now);
                    self.model.pass(self.now);
                }
                let booked = self.balance.adjust(Adjustment::Compensation { lot, credits, expires_at }, note(), now);
                (booked.ok(), !frozen)
            }
            Step::Status => {
                let turn = if frozen { Adjustment::Thaw } else { Adjustment::Freeze };
                (self.balance.adjust(turn, note(), now).ok(), true)
            }
        };
        prop_assert_eq!(booked.is_some(), wanted, "both must take it or refuse it: {:?}", before);
        match booked {
            Some(booked) => self.entries.extend(booked),
            None => prop_assert_eq!(&self.balance, &before, "a refused change must change nothing"),
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        self.model.pass(self.now);
        let (now, model) = (at(self.now), &self.model);
        prop_assert_eq!(self.balance.available(now).0, model.available(self.now) as u64);
        prop_assert_eq!(self.balance.debt.0, model.debt as u64);
        let holds: Vec<_> = self.balance.holds.iter().map(|hold| (hold.generation, hold.amount().0)).collect();
        let wanted = model.holds.iter().map(|n| (generation(*n), model.held(|hold, _| hold == *n) as u64));
        prop_assert_eq!(holds, wanted.collect::<Vec<_>>());
        let due: Credits = self.balance.holds.iter().flat_map(|hold| &hold.due).map(|part| part.remaining).sum();
        prop_assert_eq!(due.0, model.held(|_, due| due) as u64);
        let living = self.balance.lots.iter().filter(|lot| !lot.expired(now)).map(|lot| {
            let expiry = lot.expiry().map(|expiry| expiry.as_second() - 1_800_000_000);
            ((lot.id.clone(), lot.late()), (lot.remaining.0, expiry))
        });
        prop_assert_eq!(living.collect::<BTreeMap<_, _>>(), model.free());
        prop_assert!(self.balance.lots.is_sorted_by(|one, other| one.order(other).is_lt()), "in spending order");
        let used: u64 = self.balance.usage.months().map(|(month, _)| self.balance.usage.of(month).credits.0).sum();
        let settled = self.entries.iter().filter(|entry| entry.kind == crate::EntryKind::Settle);
        let spent = settled.flat_map(|entry| &entry.moves).filter(|step| step.to == crate::Place::Spent);
        prop_assert_eq!(used, spent.map(|step| step.amount.0).sum::<u64>());
        let sum = |change: fn(&Entry) -> i64| self.entries.iter().map(change).sum::<i64>();
        let free: Credits = self.balance.lots.iter().map(|lot| lot.remaining).sum();
        let wanted = [free, self.balance.held(), self.balance.debt].map(|credits| i64::try_from(credits.0).unwrap());
        prop_assert_eq!([sum(Entry::free_change), sum(Entry::held_change), sum(Entry::debt_change)], wanted);
        prop_assert_eq!(self.balance.prove(&self.entries), Ok(()));
        Ok(())
    }

    /// The same of what is stored.
    fn stored(&self) -> Result<(), TestCaseError> {
        let entries: Vec<Entry> = serde_json::from_value(serde_json::to_value(&self.entries).unwrap()).unwrap();
        let balance: Balance = serde_json::from_value(serde_json::to_value(&self.balance).unwrap()).unwrap();
        prop_assert_eq!(&balance, &self.balance);
        prop_assert_eq!(balance.prove(&entries), Ok(()));
        Ok(())
    }
}

fn note() -> Note {
    Note::new("support", "A test.").unwrap()
}

proptest! {
    /// Nothing is lost or made, every rule does what it does to single credits, and the
    /// entries fold to the balance, after each step of any history.
    #[test]
    fn entries_fold_to_the_balance_and_nothing_is_lost_or_made(steps in steps()) {
        let mut both = Both::new();
        for step in steps {
            both.step(step)?;
            both.compare()?;
        }
        both.stored()?;
    }
}
