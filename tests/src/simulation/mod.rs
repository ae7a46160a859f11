//! The simulation: the real workflows under random faults.
//!
//! One seed is one run of the service:
//! - A few people request generations, buy, end their sessions, delete generations, undo that, and delete
//!   their accounts.
//! - Messages and webhooks come late, twice, in another order, or never.
//! - Every outside call may fail before or after it took effect.
//! - Processes die between any two calls, and several run at once.
//!
//! The faults and their rates are the conditions of the run. In the end the faults stop, every
//! generation ends, and the invariants are checked. A seed replays exactly.
//!
//! Every third seed has another service as well, with a world and random numbers of its own: see `people`.

mod conditions;
mod coverage;
mod end;
mod many;
mod money;
mod people;
mod sessions;
mod steps;
mod undo;
mod undoing;

#[cfg(feature = "planted-faults")]
pub use kernel::planted::{Planted, plant};

pub use coverage::Coverage;
pub use many::{Summary, simulate_all};

use crate::{
    app::App,
    browser::Person,
    stored::{is_generation, read},
};
use conditions::Conditions;
use generations::{Generation, GenerationStatus};
use jiff::Timestamp;
use kernel::{GenerationId, MicroDollars, limits};
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

/// The names of the people, in their order.
const NAMES: [&str; 2] = ["alice", "bob"];

/// The result of one seed.
#[derive(Debug)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// Every outside call, with its fault and the caller's result.
    pub trace: Vec<TracedCall>,
    /// The counts of this run.
    pub coverage: Coverage,
    /// The invariant that was broken.
    pub broken: Option<String>,
}

/// Simulates one seed.
///
/// # Panics
/// When the runtime cannot be built.
#[must_use]
pub fn simulate(seed: u64) -> SeedResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime can be built");
    let seen = Rc::new(RefCell::new((Vec::new(), Coverage::default())));
    let run = AssertUnwindSafe(|| runtime.block_on(run(seed, &seen)));
    let broken = catch_unwind(run).err().map(|panic| panic_message(&*panic));
    let (trace, coverage) = seen.take();
    SeedResult { seed, trace, coverage, broken }
}

async fn run(seed: u64, seen: &RefCell<(Vec<TracedCall>, Coverage)>) {
    Box::pin(run_generations(seed, seen)).await;
    if people::are_in(seed) {
        Box::pin(people::run(seed, seen)).await;
    }
}

async fn run_generations(seed: u64, seen: &RefCell<(Vec<TracedCall>, Coverage)>) {
    let mut simulation = Simulation::new(seed).await;
    let recorder = Recorder { simulation: &mut simulation, seen };
    recorder.simulation.run_steps().await;
    recorder.simulation.settle_and_check().await;
}

/// Records trace and counts when it is dropped, also after a panic.
struct Recorder<'a> {
    simulation: &'a mut Simulation,
    seen: &'a RefCell<(Vec<TracedCall>, Coverage)>,
}

impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        let Simulation { app, conditions, transitions, events, .. } = &*self.simulation;
        let coverage = Coverage::of(conditions.occurred(), transitions.clone(), events.clone());
        self.seen.replace((app.world().trace(), coverage));
    }
}

/// One run of the service.
struct Simulation {
    app: App,
    random: Random,
    conditions: Conditions,
    people: Vec<User>,
    /// Messages that were taken from their queues and not delivered yet.
    messages: Vec<QueueMessage>,
    /// The providers' webhooks that were not delivered yet.
    webhooks: Vec<Webhook>,
    /// Jobs that a provider has forgotten, by their webhook URLs.
    forgotten: Vec<String>,
    /// Stripe's webhooks that were not delivered yet.
    payments: Vec<Webhook>,
    /// The last known state of every generation.
    last: BTreeMap<GenerationId, Generation>,
    /// Every generation that was deleted.
    deleted: BTreeSet<GenerationId>,
    /// The version of every balance, by account.
    versions: BTreeMap<String, u64>,
    transitions: coverage::Transitions,
    events: coverage::Events,
    undo: undo::Undo,
}

/// A person who uses the service.
struct User {
    person: Person,
    /// The time at which the access token expires.
    token_expires_at: Timestamp,
    /// The ids of the person's uploads.
    uploads: Vec<String>,
    requests: Vec<GenerationRequest>,
    /// The pages at Stripe that the person has paid.
    pages: Vec<String>,
    is_leaving: bool,
}

/// A request for a generation.
struct GenerationRequest {
    key: String,
    body: Value,
    /// The id of the generation, and the time of the first answer.
    answered: Option<(String, Timestamp)>,
}

impl Simulation {
    async fn new(seed: u64) -> Self {
        let app = App::new(seed).await;
        let mut random = Random::stream(seed, "simulation");
        let mut people = Vec::new();
        for name in NAMES.into_iter().take(1 + random.below(2)) {
            let person = app.sign_in(name).await;
            if random.chance(0.5) {
                app.set_free_cancels(person.account(), MicroDollars(2_000)).await;
            }
            let token_expires_at = token_expiry(app.world().now());
            let (uploads, requests, pages) = (Vec::new(), Vec::new(), Vec::new());
            people.push(User { person, token_expires_at, uploads, requests, pages, is_leaving: false });
        }
        let conditions = Conditions::drawn(&mut random);
        app.world().written();
        app.world().inject(conditions.faults());
        let undo = undo::Undo::new(seed, app.world().now());
        Self {
            app,
            random,
            conditions,
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
            undo,
        }
    }

    /// Checks every write since the last check. Each generation made allowed transitions. A final
    /// generation did not change until it was deleted, or was brought back in time. The version of each balance
    /// only grew.
    fn check_writes(&mut self) {
        for (table, key, item) in self.app.world().written() {
            let Some(item) = item else {
                self.check_deletion(&table, &key);
                continue;
            };
            match (table.as_str(), item["sk"].as_str().unwrap_or_default()) {
                (GENERATIONS_TABLE, _) if is_generation(&item) => self.check_generation(read(item)),
                (CREDITS_TABLE, credits::keys::BALANCE) => {
                    let version = item["version"].as_u64().expect("a balance has a version");
                    let before = self.versions.insert(item["pk"].to_string(), version).unwrap_or_default();
                    assert!(version > before, "a balance went from version {before} to {version}, and it must grow");
                }
                _ => {}
            }
        }
        self.undo.is_checked(self.app.world().now());
    }

    /// Only sessions, and generations that are final and marked as deleted for good, may be deleted.
    fn check_deletion(&mut self, table: &str, key: &Value) {
        if table == ACCOUNTS_TABLE {
            return;
        }
        let id = key["sk"].as_str().and_then(|id| id.parse().ok()).filter(|_| table == GENERATIONS_TABLE);
        let last = id.and_then(|id| self.last.get(&id));
        let was_marked =
            last.is_some_and(|last| last.status.is_final() && last.deleted_at.is_some() && last.undo_until.is_none());
        assert!(was_marked, "{key} of {table} must not be deleted: {last:?}");
        self.deleted.extend(id);
    }

    fn check_generation(&mut self, generation: Generation) {
        assert!(!self.deleted.contains(&generation.id), "a deleted generation came back: {generation:?}");
        let before = self.last.get(&generation.id);
        let from = before.map(|before| before.status);
        // Another process has taken the generation over.
        let is_taken_over = before.is_some_and(|before| before.claim != generation.claim);
        match before {
            None => assert_eq!(generation.status, GenerationStatus::Queued, "a new generation must be queued"),
            Some(before) if before.status.is_final() => {
                let (mut allowed, now) = (before.clone(), generation.clone());
                // The person may delete it, and undo that in time.
                self.undo.check_mark(before, &now, &mut self.events);
                (allowed.deleted_at, allowed.undo_until) = (now.deleted_at, now.undo_until);
                if now.deleted_at.is_none() {
                    // The person may set the favourite and the title.
                    (allowed.favourite, allowed.title) = (now.favourite, now.title.clone());
                }
                // Thumbnails are made once or never. The process that makes them may leave objects behind.
                let owed = before.owes_thumbnails;
                assert!(owed || !now.owes_thumbnails, "a generation owes thumbnails for a second time: {now:?}");
                (allowed.owes_thumbnails, allowed.thumbnail_claim) = (now.owes_thumbnails, now.thumbnail_claim.clone());
                let may_write = owed || now.orphan_risk == 0 || now.orphan_risk == before.orphan_risk;
                assert!(may_write, "a process writes objects of a generation at rest: {now:?}");
                allowed.orphan_risk = now.orphan_risk;
                // Once it has left the index `open`, only its deletion puts it back.
                assert!(now.open.is_none() || before.open.is_some() || now.deleted_at.is_some(), "{now:?}");
                (allowed.open, allowed.next_check) = (now.open, now.next_check);
                for (output, now) in allowed.outputs.iter_mut().zip(&generation.outputs).filter(|_| owed) {
                    output.thumbnail = output.thumbnail.clone().or_else(|| now.thumbnail.clone());
                }
                assert_eq!(allowed, generation, "a final generation must not change");
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

/// The time at which an access token expires that is issued now.
fn token_expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(limits::ACCESS_TOKEN_LIFETIME).expect("the time is in range")
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
