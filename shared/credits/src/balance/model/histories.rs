//! Random histories. The rules and the model must agree after each step.

use super::{COST, HOUR, Model, at};
use crate::{
    balance::{Balance, adjustment::Adjustment, rules::LotClawback},
    entry::{ClawbackCause, Entry, EntryKind, Place},
    lot::{Lot, LotFreeze, Source},
    money::{Currency, Money},
    terms::BalanceStatus,
    unpaid::UnpaidEnd,
};
use kernel::{Credits, GenerationId, MicroDollars, Note};
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
    Release(u8, bool),
    Cancel(u8),
    Grant(u8, u64, Option<i64>, i64),
    ClawBack(usize, u64),
    Correct(usize, u64),
    Give(u64, Option<i64>),
    GrantFrozen(u64, Option<i64>),
    SwitchLot(usize),
    Status,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let life = || prop_oneof![Just(None), (0..60_i64).prop_map(|hours| Some(hours * HOUR))];
    let step = prop_oneof![
        4 => (0..6u8, 0..14u64).prop_map(|(n, amount)| Step::Hold(n, amount)),
        3 => (0..6u8, 0..14u64).prop_map(|(n, cost)| Step::Settle(n, cost)),
        3 => (0..6u8, any::<bool>()).prop_map(|(n, failed)| Step::Release(n, failed)),
        2 => (0..6u8).prop_map(Step::Cancel),
        3 => (0..3u8, 0..20u64, life(), 0..20 * HOUR)
            .prop_map(|(source, credits, life, from)| Step::Grant(source, credits, life, from / 10 * 10)),
        2 => (0..8usize, 1..25u64).prop_map(|(lot, amount)| Step::ClawBack(lot, amount)),
        1 => (0..8usize, 0..10u64).prop_map(|(lot, amount)| Step::Correct(lot, amount)),
        1 => (1..9u64, life()).prop_map(|(credits, life)| Step::Give(credits, life)),
        1 => (1..9u64, life()).prop_map(|(credits, life)| Step::GrantFrozen(credits, life)),
        2 => (0..8usize).prop_map(Step::SwitchLot),
        1 => Just(Step::Status),
        2 => (1..30 * HOUR).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..80)
}

/// The entries of a step, if the rules accepted it, and whether the model accepts it.
type Made = (Option<Vec<Entry>>, bool);

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
        let (mut balance, first) = Balance::opened_with(lot.clone(), at(0)).unwrap();
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

    /// Makes one step on both sides. Both must accept it, or both must refuse it.
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        if let Step::Wait(seconds) = step {
            self.now += seconds;
        }
        let (now, before) = (at(self.now), self.balance.clone());
        self.model.pass(self.now);
        let made = match step {
            Step::Wait(_) => None,
            Step::Hold(n, amount) => self.hold(n, amount),
            Step::Settle(n, cost) => {
                let wanted = self.model.end(n, count(cost), self.now);
                Some((self.balance.settle(generation(n), "model", Credits(cost), now).ok().flatten(), wanted))
            }
            Step::Release(n, failed) => {
                let wanted = self.model.end(n, 0, self.now);
                if wanted && failed {
                    self.model.fail(n, self.now);
                }
                let unpaid = failed.then_some(UnpaidEnd::Failed);
                Some((self.balance.release(generation(n), unpaid, now).ok().flatten(), wanted))
            }
            Step::Cancel(n) => self.cancel(n),
            Step::Grant(source, credits, life, from) => {
                let lot = self.lot(source, credits, life, from);
                let wanted = self.grant_in_model(&lot);
                Some((self.balance.grant(lot, now).ok(), wanted))
            }
            Step::ClawBack(lot, amount) => self.claw_back(lot, amount),
            Step::Correct(lot, amount) => {
                let lot = self.lots[lot % self.lots.len()].clone();
                let wanted = self.model.correct(&lot, count(amount));
                let correction = Adjustment::Correction { lot, credits: Credits(amount) };
                Some((self.balance.adjust(correction, note(), now).ok(), wanted))
            }
            Step::Give(credits, life) => Some(self.give(credits, life)),
            Step::GrantFrozen(credits, life) => {
                let lot = self.lot(2, credits, life, 0);
                let lot = Lot { frozen: Some(LotFreeze { at: now, note: note() }), ..lot };
                let wanted = self.grant_in_model(&lot);
                Some((self.balance.grant(lot, now).ok(), wanted))
            }
            Step::SwitchLot(lot) => Some(self.switch_lot(lot)),
            Step::Status => {
                let turn = if self.frozen() { Adjustment::Thaw } else { Adjustment::Freeze };
                Some((self.balance.adjust(turn, note(), now).ok(), true))
            }
        };
        let Some((booked, wanted)) = made else { return Ok(()) };
        prop_assert_eq!(booked.is_some(), wanted, "both must accept or both must refuse: {:?}", before);
        match booked {
            Some(booked) => self.entries.extend(booked),
            None => prop_assert_eq!(&self.balance, &before, "a refused change must change nothing"),
        }
        Ok(())
    }

    fn frozen(&self) -> bool {
        self.balance.status != BalanceStatus::Active
    }

    fn hold(&mut self, n: u8, amount: u64) -> Option<Made> {
        if self.model.holds.contains(&n) {
            return None;
        }
        let wanted = !self.frozen() && self.model.hold(n, count(amount), self.now);
        let cost = MicroDollars(amount * COST);
        let booked = self.balance.hold(generation(n), Credits(amount), cost, at(self.now + 600), at(self.now));
        Some((booked.ok(), wanted))
    }

    fn cancel(&mut self, n: u8) -> Option<Made> {
        let canceled = self.balance.cancel(generation(n), "model", at(self.now)).unwrap();
        let wanted = self.model.cancel(n, self.now);
        let (charged, booked) = canceled.map_or((None, None), |(cost, entries)| (Some(count(cost.0)), Some(entries)));
        assert_eq!(charged, wanted, "the cost of a cancellation");
        Some((booked, wanted.is_some()))
    }

    /// Whether the model accepts the lot.
    fn grant_in_model(&mut self, lot: &Lot) -> bool {
        if self.frozen() && !self.paid.contains(&lot.id) {
            return false;
        }
        self.model.grant(lot, self.now);
        self.model.pass(self.now);
        true
    }

    fn claw_back(&mut self, lot: usize, amount: u64) -> Option<Made> {
        let lot = self.lots[lot % self.lots.len()].clone();
        let amount = count(amount).min(self.model.owed(&lot));
        if amount == 0 || !self.paid.contains(&lot) {
            return None;
        }
        self.model.claw_back(&lot, amount);
        let clawback = LotClawback { lot, amount: Credits(amount as u64) };
        Some((self.balance.claw_back(ClawbackCause::Refund, &[clawback], at(self.now)).ok(), true))
    }

    fn switch_lot(&mut self, lot: usize) -> Made {
        let lot = self.lots[lot % self.lots.len()].clone();
        let switch = match self.model.frozen.contains(&lot) {
            true => Adjustment::ThawLot { lot: lot.clone() },
            false => Adjustment::FreezeLot { lot: lot.clone() },
        };
        let wanted = self.model.switch(&lot);
        (self.balance.adjust(switch, note(), at(self.now)).ok(), wanted)
    }

    fn give(&mut self, credits: u64, life: Option<i64>) -> Made {
        let (lot, now) = (format!("compensation-{}", self.lots.len()), at(self.now));
        self.lots.push(lot.clone());
        let (credits, expires_at) = (Credits(credits), life.map(|life| at(self.now + life)));
        let wanted = self.grant_in_model(&Lot::given(lot.clone(), Source::Compensation, credits, expires_at, now));
        let compensation = Adjustment::Compensation { lot, credits, expires_at };
        (self.balance.adjust(compensation, note(), now).ok(), wanted)
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
        let open = self.balance.open_lots(now);
        let frozen = self.balance.lot_freezes().into_keys().filter(|lot| open.contains(lot));
        prop_assert_eq!(frozen.collect::<BTreeSet<_>>(), model.frozen_lots());
        prop_assert_eq!(living.collect::<BTreeMap<_, _>>(), model.free());
        prop_assert!(self.balance.lots.is_sorted_by(|one, other| one.order(other).is_lt()), "in spending order");
        let used: u64 =
            self.balance.usage.months().map(|(month, _)| self.balance.usage.month_total(month).credits.0).sum();
        let settled = self.entries.iter().filter(|entry| entry.kind == EntryKind::Settle);
        let spent = settled.flat_map(|entry| &entry.moves).filter(|step| step.to == Place::Spent);
        prop_assert_eq!(used, spent.map(|step| step.amount.0).sum::<u64>());
        let sum = |change: fn(&Entry) -> i64| self.entries.iter().map(change).sum::<i64>();
        let inside = |frozen: bool| -> Credits {
            let lots = self.balance.lots.iter().filter(|lot| lot.frozen.is_some() == frozen);
            lots.map(|lot| lot.remaining).sum()
        };
        let wanted = [inside(false), inside(true), self.balance.held(), self.balance.debt];
        let wanted = wanted.map(|credits| i64::try_from(credits.0).unwrap());
        let sums = [Entry::free_delta, Entry::frozen_delta, Entry::held_delta, Entry::debt_delta].map(sum);
        prop_assert_eq!(sums, wanted);
        prop_assert_eq!(self.balance.prove(&self.entries), Ok(()));
        Ok(())
    }

    /// Proves the stored form too.
    fn stored(&self) -> Result<(), TestCaseError> {
        let entries: Vec<Entry> = serde_json::from_value(serde_json::to_value(&self.entries).unwrap()).unwrap();
        let balance: Balance = serde_json::from_value(serde_json::to_value(&self.balance).unwrap()).unwrap();
        prop_assert_eq!(&balance, &self.balance);
        prop_assert_eq!(balance.prove(&entries), Ok(()));
        Ok(())
    }
}

fn count(amount: u64) -> usize {
    usize::try_from(amount).unwrap()
}

fn note() -> Note {
    Note::new("support", "A test.").unwrap()
}

proptest! {
    /// After each step of any history: no credit is lost or made, the rules agree with the model of
    /// single credits, and the balance is the sum of its entries.
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
