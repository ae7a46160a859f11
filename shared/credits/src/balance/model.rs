//! The rules against a naive model, in which every single credit is a record of its own. The model
//! shares no code with the rules.

mod histories;

use crate::lot::Lot;
use kernel::Timestamp;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

const HOUR: i64 = 3_600;

/// The provider's cost of a held credit, in millionths of a dollar.
const COST: u64 = 60_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// The place of one credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Free,
    Held(u8, bool),
    Spent,
    Expired,
    TakenBack,
}

/// One credit.
#[derive(Debug, Clone)]
struct Coin {
    lot: String,
    paid: bool,
    priority: u8,
    effective: i64,
    expiry: Option<i64>,
    /// The lot's own expiry.
    own: Option<i64>,
    late: bool,
    at: At,
    /// The order in which holds took the credits. A cost uses the lowest first.
    turn: usize,
    /// Whether a clawback has counted it: as expired, or as spent and so as debt.
    asked: bool,
}

#[derive(Debug, Default)]
struct Model {
    coins: Vec<Coin>,
    debt: usize,
    holds: Vec<u8>,
    turn: usize,
    /// The held amounts at their beginning.
    amounts: BTreeMap<u8, u64>,
    /// The lots that are frozen. A lot stays here when its last credit is gone.
    frozen: BTreeSet<String>,
    /// The day and the cost of each canceled job, and of each failed one.
    canceled: Vec<(i64, u64)>,
    failed: Vec<(i64, u64)>,
}

impl Model {
    fn order(one: &Coin, other: &Coin) -> Ordering {
        let key = |coin: &Coin| (coin.priority, coin.expiry.unwrap_or(i64::MAX), coin.paid, coin.effective);
        key(one).cmp(&key(other)).then_with(|| (&one.lot, one.late).cmp(&(&other.lot, other.late)))
    }

    /// Expires credits at once.
    fn pass(&mut self, now: i64) {
        for coin in &mut self.coins {
            if coin.at == At::Free && coin.expiry.is_some_and(|expiry| expiry <= now) {
                coin.at = At::Expired;
            }
        }
    }

    fn grant(&mut self, lot: &Lot, now: i64) {
        let second = |time: Timestamp| time.as_second() - 1_800_000_000;
        let (paid, effective, expiry) = (lot.source.paid(), second(lot.effective_at), lot.expires_at.map(second));
        let is_frozen = lot.frozen.is_some();
        let same = |coin: &&Coin| {
            let terms = (coin.paid, coin.late, coin.priority, coin.expiry) == (false, false, lot.priority, expiry);
            let separate = is_frozen || self.frozen.contains(&coin.lot);
            let free = coin.at == At::Free && !separate;
            free && terms && coin.effective.max(effective) <= now && kind(&coin.lot) == kind(&lot.id)
        };
        let twin =
            self.coins.iter().filter(same).min_by(|one, other| Self::order(one, other)).filter(|_| !paid).cloned();
        if is_frozen {
            self.frozen.insert(lot.id.clone());
        }
        for _ in 0..lot.remaining.0 {
            let covers = self.debt > 0 && !is_frozen;
            let at = if covers { At::Spent } else { At::Free };
            self.debt -= usize::from(covers);
            let (name, effective) =
                twin.as_ref().map_or((lot.id.clone(), effective), |twin| (twin.lot.clone(), twin.effective));
            let (priority, late, turn, asked) = (lot.priority, false, 0, false);
            self.coins.push(Coin { lot: name, paid, priority, effective, expiry, own: expiry, late, at, turn, asked });
        }
    }

    fn available(&self, now: i64) -> usize {
        if self.debt > 0 { 0 } else { self.coins.iter().filter(|coin| self.spendable(coin, now)).count() }
    }

    fn spendable(&self, coin: &Coin, now: i64) -> bool {
        coin.at == At::Free && coin.effective <= now && !self.frozen.contains(&coin.lot)
    }

    /// Freezes a lot, or thaws a frozen one.
    fn switch(&mut self, lot: &str) -> bool {
        let open = |coin: &Coin| coin.lot == lot && matches!(coin.at, At::Free | At::Held(..));
        let is_open = self.coins.iter().any(open);
        if is_open && !self.frozen.remove(lot) {
            self.frozen.insert(lot.to_owned());
        }
        is_open
    }

    /// The frozen lots that are open.
    fn frozen_lots(&self) -> BTreeSet<&str> {
        let open = self.coins.iter().filter(|coin| matches!(coin.at, At::Free | At::Held(..)));
        open.map(|coin| coin.lot.as_str()).filter(|lot| self.frozen.contains(*lot)).collect()
    }

    fn held(&self, of: impl Fn(u8, bool) -> bool) -> usize {
        self.coins.iter().filter(|coin| matches!(coin.at, At::Held(hold, due) if of(hold, due))).count()
    }

    fn hold(&mut self, n: u8, amount: usize, now: i64) -> bool {
        let failed = on(&self.failed, now).sum::<u64>();
        if amount > self.available(now) || self.holds.len() >= 4 || failed >= 15_000_000 {
            return false;
        }
        self.holds.push(n);
        self.amounts.insert(n, amount as u64);
        for _ in 0..amount {
            let free = (0..self.coins.len()).filter(|index| self.spendable(&self.coins[*index], now));
            let first = free.min_by(|one, other| Self::order(&self.coins[*one], &self.coins[*other])).unwrap();
            let coin = &mut self.coins[first];
            self.turn += 1;
            (coin.at, coin.turn) = (At::Held(n, false), self.turn);
        }
        true
    }

    fn end(&mut self, n: u8, cost: usize, now: i64) -> bool {
        if !self.holds.contains(&n) || cost > self.held(|hold, _| hold == n) {
            return false;
        }
        self.holds.retain(|hold| *hold != n);
        for _ in 0..cost {
            let held = self.coins.iter_mut().filter(|coin| matches!(coin.at, At::Held(hold, _) if hold == n));
            let coin = held.min_by_key(|coin| (matches!(coin.at, At::Held(_, true)), coin.turn)).unwrap();
            if coin.at == At::Held(n, true) {
                self.debt += 1;
                coin.asked = true;
            }
            coin.at = At::Spent;
        }
        let mut prolonged = BTreeMap::new();
        for coin in &mut self.coins {
            match coin.at {
                At::Held(hold, true) if hold == n => coin.at = At::TakenBack,
                At::Held(hold, false) if hold == n => {
                    coin.at = At::Free;
                    let soonest = coin.own.map_or(i64::MAX, |own| own + 48 * HOUR).min(now + 24 * HOUR);
                    if let Some(expiry) = coin.expiry.filter(|expiry| coin.late || *expiry < soonest) {
                        (coin.late, coin.expiry) = (true, Some(expiry.max(soonest)));
                        prolonged.insert(coin.lot.clone(), ());
                    }
                }
                _ => {}
            }
        }
        // All late credits of a lot have the latest of their expiries.
        for lot in prolonged.keys() {
            let late = |coin: &&mut Coin| coin.lot == *lot && coin.late && coin.at == At::Free;
            let latest = self.coins.iter_mut().filter(late).filter_map(|coin| coin.expiry).max();
            self.coins.iter_mut().filter(late).for_each(|coin| coin.expiry = latest);
        }
        true
    }

    fn fail(&mut self, n: u8, now: i64) {
        self.failed.push((day(now), self.amounts[&n] * COST));
    }

    /// Cancels a job that was sent. Answers the charge.
    fn cancel(&mut self, n: u8, now: i64) -> Option<usize> {
        let cost = self.holds.contains(&n).then(|| self.amounts[&n] * COST)?;
        let free = on(&self.canceled, now).next().is_none() || on(&self.canceled, now).sum::<u64>() + cost <= 500_000;
        let charge = if free { 0 } else { self.held(|hold, _| hold == n) };
        self.canceled.push((day(now), cost));
        self.end(n, charge, now).then_some(charge)
    }

    /// The credits of a lot that no clawback has counted yet.
    fn owed(&self, lot: &str) -> usize {
        let unasked = |coin: &&Coin| {
            let due = matches!(coin.at, At::TakenBack | At::Held(_, true));
            coin.lot == lot && !coin.asked && !due
        };
        self.coins.iter().filter(unasked).count()
    }

    fn claw_back(&mut self, lot: &str, amount: usize) {
        for _ in 0..amount {
            let wanted = |coin: &Coin| match coin.at {
                _ if coin.lot != lot || coin.asked => None,
                At::Free => Some((0, 0, usize::from(coin.late))),
                At::Expired => Some((1, 0, 0)),
                At::Held(hold, false) => Some((2, self.holds.iter().position(|it| *it == hold).unwrap(), coin.turn)),
                At::Spent => Some((3, 0, 0)),
                At::Held(_, true) | At::TakenBack => None,
            };
            let found = self.coins.iter().enumerate().filter_map(|(index, coin)| Some((wanted(coin)?, index)));
            let index = found.min().unwrap().1;
            let coin = &mut self.coins[index];
            match coin.at {
                At::Free => coin.at = At::TakenBack,
                At::Held(hold, _) => coin.at = At::Held(hold, true),
                At::Spent => {
                    self.debt += 1;
                    coin.asked = true;
                }
                At::Expired | At::TakenBack => coin.asked = true,
            }
        }
    }

    fn correct(&mut self, lot: &str, amount: usize) -> bool {
        let free: Vec<_> = (0..self.coins.len())
            .filter(|index| self.coins[*index].at == At::Free && self.coins[*index].lot == lot)
            .collect();
        if amount == 0 || amount > free.len() {
            return false;
        }
        let mut free = free;
        free.sort_by(|one, other| Self::order(&self.coins[*one], &self.coins[*other]));
        free.iter().take(amount).for_each(|index| self.coins[*index].at = At::TakenBack);
        true
    }

    /// Free credits by lot and lateness.
    fn free(&self) -> BTreeMap<(String, bool), (u64, Option<i64>)> {
        let mut free = BTreeMap::new();
        for coin in self.coins.iter().filter(|coin| coin.at == At::Free) {
            free.entry((coin.lot.clone(), coin.late)).or_insert((0, coin.expiry)).0 += 1;
        }
        free
    }
}

/// The day in UTC.
fn day(now: i64) -> i64 {
    (1_800_000_000 + now).div_euclid(24 * HOUR)
}

/// The costs on the day of `now`.
fn on(jobs: &[(i64, u64)], now: i64) -> impl Iterator<Item = u64> {
    jobs.iter().filter(move |(then, _)| *then == day(now)).map(|(_, cost)| *cost)
}

/// The kind of a lot, from its name. Given lots of one kind can merge.
fn kind(lot: &str) -> &str {
    lot.split('-').next().unwrap_or_default()
}
