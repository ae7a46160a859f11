//! The real workflows in rough weather: everything that a seed decides, and what must hold
//! whatever it decided.
//!
//! One seed is one life of the service: a few people ask, buy and leave; messages and
//! webhooks come late, twice, in another order or never; every outside call may fail before
//! or after it took effect; processes die between any two calls; several run at once.
//! Then the weather clears, everything comes to rest, and the invariants are checked. A
//! seed replays exactly.

mod coverage;
mod end;
mod many;
mod money;
mod steps;
mod weather;

#[cfg(feature = "planted-faults")]
pub use kernel::planted::{Planted, plant};

pub use coverage::Coverage;
pub use many::{Lived, live};

use crate::{
    app::App,
    browser::Person,
    stored::{is_generation, read},
};
use generations::{Generation, GenerationStatus};
use jiff::Timestamp;
use kernel::{GenerationId, limits};
use local::fakes::Webhook;
use serde_json::Value;
use std::{
    any::Any,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, GENERATIONS_TABLE, QueueMessage, Random, TracedCall};
use weather::Weather;

/// What one seed came to.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Every outside call, with what went wrong with it and what the caller got to see.
    pub trace: Vec<TracedCall>,
    /// What occurred.
    pub coverage: Coverage,
    /// The invariant that does not hold.
    pub broken: Option<String>,
}

/// Lives the life of a seed.
///
/// # Panics
/// When the runtime cannot be built.
#[must_use]
pub fn simulate(seed: u64) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime can be built");
    let seen = Rc::new(RefCell::new((Vec::new(), Coverage::default())));
    let life = AssertUnwindSafe(|| runtime.block_on(life(seed, &seen)));
    let broken = catch_unwind(life).err().map(|panic| said(&*panic));
    let (trace, coverage) = seen.take();
    Outcome { seed, trace, coverage, broken }
}

async fn life(seed: u64, seen: &RefCell<(Vec<TracedCall>, Coverage)>) {
    let mut simulation = Simulation::new(seed).await;
    let told = Told { simulation: &mut simulation, seen };
    told.simulation.storm().await;
    told.simulation.clears_up().await;
}

/// Tells of the life even when it ends in a panic.
struct Told<'a> {
    simulation: &'a mut Simulation,
    seen: &'a RefCell<(Vec<TracedCall>, Coverage)>,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let Simulation { app, weather, transitions, events, .. } = &*self.simulation;
        let coverage = Coverage::of(weather.happened(), transitions.clone(), events.clone());
        self.seen.replace((app.world().trace(), coverage));
    }
}

/// One life.
struct Simulation {
    app: App,
    random: Random,
    weather: Weather,
    people: Vec<Soul>,
    /// Messages under way: taken from their queues, not handed over yet.
    messages: Vec<QueueMessage>,
    /// The providers' webhooks under way.
    webhooks: Vec<Webhook>,
    /// What providers were given and have forgotten since, by its address for webhooks.
    forgotten: Vec<String>,
    /// Stripe's webhooks under way.
    payments: Vec<Webhook>,
    /// Every generation as it was last seen.
    last: BTreeMap<GenerationId, Generation>,
    /// Every generation that was deleted.
    deleted: BTreeSet<GenerationId>,
    /// The version of every balance, by account.
    versions: BTreeMap<String, u64>,
    transitions: coverage::Transitions,
    events: coverage::Events,
}

/// Somebody who uses the service.
struct Soul {
    person: Person,
    /// Until when the access token is good.
    fresh_until: Timestamp,
    /// The uploads that were answered.
    uploads: Vec<String>,
    asked: Vec<Wish>,
    /// Pages of Stripe's that were opened, and those that were paid.
    pages: Vec<String>,
    is_leaving: bool,
}

/// Something that was asked for.
struct Wish {
    key: String,
    body: Value,
    /// The generation that was answered, and when that was first.
    answered: Option<(String, Timestamp)>,
}

impl Simulation {
    async fn new(seed: u64) -> Self {
        let app = App::new(seed).await;
        let mut random = Random::stream(seed, "simulation");
        let mut people = Vec::new();
        for name in ["alice", "bob"].into_iter().take(1 + random.below(2)) {
            let person = app.sign_in(name).await;
            let fresh_until = good_from(app.world().now());
            let (uploads, asked, pages) = (Vec::new(), Vec::new(), Vec::new());
            people.push(Soul { person, fresh_until, uploads, asked, pages, is_leaving: false });
        }
        let weather = Weather::drawn(&mut random);
        app.world().written();
        app.world().inject(weather.faults());
        Self {
            app,
            random,
            weather,
            people,
            messages: Vec::new(),
            webhooks: Vec::new(),
            forgotten: Vec::new(),
            payments: Vec::new(),
            last: BTreeMap::new(),
            deleted: BTreeSet::new(),
            versions: BTreeMap::new(),
            transitions: coverage::Transitions::default(),
            events: coverage::Events::default(),
        }
    }

    /// Looks at everything that was written since the last look: each generation went a way
    /// that the rules allow, what was final stayed as it was until it was deleted for good,
    /// and no balance went back to an earlier version.
    fn look(&mut self) {
        for (table, key, item) in self.app.world().written() {
            let Some(item) = item else {
                self.look_at_deleted(&table, &key);
                continue;
            };
            match (table.as_str(), item["sk"].as_str().unwrap_or_default()) {
                (GENERATIONS_TABLE, _) if is_generation(&item) => self.look_at(read(item)),
                (CREDITS_TABLE, credits::keys::BALANCE) => {
                    let version = item["version"].as_u64().expect("a balance has a version");
                    let before = self.versions.insert(item["pk"].to_string(), version).unwrap_or_default();
                    assert!(version > before, "a balance goes from {before} to {version}, and may only go on");
                }
                _ => {}
            }
        }
    }

    /// Sessions end, and people delete what has ended; nothing else goes.
    fn look_at_deleted(&mut self, table: &str, key: &Value) {
        if table == ACCOUNTS_TABLE {
            return;
        }
        let id = key["sk"].as_str().and_then(|id| id.parse().ok()).filter(|_| table == GENERATIONS_TABLE);
        let last = id.and_then(|id| self.last.get(&id));
        let was_marked = last.is_some_and(|last| last.status.is_final() && last.deleted_at.is_some());
        assert!(was_marked, "{key} of {table} may not be deleted: {last:?}");
        self.deleted.extend(id);
    }

    fn look_at(&mut self, generation: Generation) {
        assert!(!self.deleted.contains(&generation.id), "what was deleted came back: {generation:?}");
        let before = self.last.get(&generation.id);
        let from = before.map(|before| before.status);
        // Another took over what the one before had left.
        let is_taken_over = before.is_some_and(|before| before.claim != generation.claim);
        match before {
            None => assert_eq!(generation.status, GenerationStatus::Queued, "a generation is born queued"),
            Some(before) if before.status.is_final() => {
                let (mut allowed, now) = (before.clone(), generation.clone());
                match now.deleted_at {
                    // What people note on it is theirs.
                    None => (allowed.favourite, allowed.title) = (now.favourite, now.title.clone()),
                    // Somebody must see to it that it goes.
                    Some(_) => allowed.deleted_at = now.deleted_at,
                }
                // Thumbnails come once, or never; who makes them may leave something.
                let owed = before.owes_thumbnails;
                assert!(owed || !now.owes_thumbnails, "thumbnails are owed again: {now:?}");
                (allowed.owes_thumbnails, allowed.thumbnail_claim) = (now.owes_thumbnails, now.thumbnail_claim.clone());
                let may_write = owed || now.orphan_risk == 0 || now.orphan_risk == before.orphan_risk;
                assert!(may_write, "somebody writes to what is at its end: {now:?}");
                allowed.orphan_risk = now.orphan_risk;
                // Nobody looks after it any more from some time on, until it is deleted.
                assert!(now.open.is_none() || before.open.is_some() || now.deleted_at.is_some(), "{now:?}");
                (allowed.open, allowed.next_check) = (now.open, now.next_check);
                for (output, now) in allowed.outputs.iter_mut().zip(&generation.outputs).filter(|_| owed) {
                    output.thumbnail = output.thumbnail.clone().or_else(|| now.thumbnail.clone());
                }
                assert_eq!(allowed, generation, "a final state is final");
            }
            Some(before) => {
                let (from, to) = (before.status, generation.status);
                assert!(
                    from == to && !is_taken_over || from.may_become(to),
                    "{from:?} may not become {to:?}: {generation:?}"
                );
            }
        }
        if from != Some(generation.status) || is_taken_over {
            *self.transitions.entry((from, generation.status)).or_default() += 1;
        }
        if generation.status.is_final() && from.is_some_and(|from| !from.is_final()) {
            coverage::count_end(&mut self.events, &generation);
        }
        self.last.insert(generation.id, generation);
    }
}

/// Until when an access token is good that is issued now.
fn good_from(now: Timestamp) -> Timestamp {
    now.saturating_add(limits::ACCESS_TOKEN_LIFETIME).expect("the world is young")
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
