//! The crash matrix: one cell for each operation, each of its outside calls and each fault of a
//! call. After the fault the service comes to rest, and every invariant must hold.

mod attempts;
mod operations;
mod people;
mod prepared;
mod repeated;

use credits::Source;
use operations::{OPERATIONS, Operation};
use prepared::{Delivery, prepared};
use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{ACCOUNTS_TABLE, CASES_TABLE, Fault, Faults, OutsideCall};
use tests::{App, Person};
use tokio::runtime::{Builder, Runtime};

/// The faults of one call, by name.
const WAYS: [(&str, Fault); 7] = [
    // For the operations of people alone: for the others, a request that fails before shows the same.
    ("killed before", Fault::DieBefore),
    ("fails before", Fault::ServerError),
    ("applied, answer lost", Fault::AnswerLost),
    ("throttled", Fault::Throttled),
    ("conflict", Fault::TransactionConflict),
    ("killed after", Fault::DieAfter),
    // Long enough for a second delivery to overtake the first at this call.
    ("delivered twice", Fault::Delay(Duration::from_secs(2))),
];

/// A service just before an operation.
struct Scene {
    app: App,
    person: Person,
    delivery: Delivery,
    /// Whether the sender repeats the request until it succeeds.
    is_repeated: bool,
    /// The number of generations after the operation.
    generations: usize,
    /// Whether another upload must delete the picture that a dead one left.
    next_upload_clears: bool,
    /// The number of packs that are paid and granted after the operation.
    packs: usize,
    /// The number of cases after the operation.
    cases: usize,
    operation: Operation,
}

impl Scene {
    async fn of(operation: Operation) -> Self {
        Self::on(App::new(1).await, operation).await
    }

    async fn on(app: App, operation: Operation) -> Self {
        let person = app.sign_in("alice").await;
        let delivery = match operation.is_of_people() {
            true => people::prepared(&app, &person, operation).await,
            false => prepared(&app, &person, operation).await,
        };
        let is_repeated = !matches!(operation, Operation::Webhook);
        let generations = usize::from(operation.leaves_a_generation());
        let packs = usize::from(operation == Operation::StripeWebhook);
        let cases = usize::from(operation.writes_to_us());
        let next_upload_clears = operation == Operation::Upload;
        Self { app, person, delivery, is_repeated, generations, packs, cases, next_upload_clears, operation }
    }

    /// Runs the operation once. Returns whether it succeeded.
    async fn run(&self) -> bool {
        match &self.delivery {
            Delivery::Request(event) => {
                let answer = self.app.world().run(self.app.send(event.clone())).await;
                answer.is_ok_and(|answer| answer.status() < 300 || answer.status() == 404 && self.generations == 0)
            }
            Delivery::Attempt(attempt) => {
                matches!(self.app.world().run(attempt.run(&self.app, &self.person)).await, Ok(true))
            }
            Delivery::Message(function, message) => self.app.hand_over(function, message).await,
            Delivery::Schedule => self.app.sweep().await,
        }
    }

    /// Repeats the operation after a failure as its sender would, and lets the service come to rest.
    async fn come_to_rest(&self, done: bool) {
        match &self.delivery {
            Delivery::Request(_) | Delivery::Attempt(_) if !done && self.is_repeated => {
                if self.operation.is_of_people() {
                    // A partner's keys that did not come are not fetched again for ten seconds.
                    self.app.world().advance(Duration::from_secs(10));
                }
                assert!(self.run().await, "without a fault the repetition must succeed");
            }
            Delivery::Message(_, message) if !done => self.app.world().return_message(message.clone()),
            _ => {}
        }
        self.app.rest().await;
        // The next upload that reuses a slot deletes the picture that a dead one left.
        if self.next_upload_clears {
            self.person.open_upload("image/png", 9).await.expect(201);
        }
    }

    /// Checks all invariants.
    fn check(&self) {
        self.app.check_invariants().none();
        self.check_effects();
    }

    /// Checks that each effect happened once.
    fn check_effects(&self) {
        let ordered = [self.app.bfl().ordered(), self.app.fal().ordered(), self.app.replicate().ordered()].concat();
        assert_eq!(ordered.iter().collect::<BTreeSet<_>>().len(), ordered.len(), "one generation must be one job");
        let account = self.person.account();
        assert_eq!(self.app.generations(account).len(), self.generations, "one request must be one generation");
        if self.operation.brings_back() {
            for generation in self.app.generations(account) {
                let is_whole = generation.outputs.iter().all(|output| output.thumbnail.is_some());
                let is_back = generation.deleted_at.is_none() && generation.undo_until.is_none();
                assert!(is_back && is_whole, "it must be back, with its thumbnails: {generation:?}");
            }
        }
        let entries = self.app.entries(account);
        let granted = entries.iter().filter(|entry| entry.source() == Some(Source::Pack)).count();
        assert_eq!(granted, self.packs, "one payment must be one grant: {entries:?}");
        let items = self.app.world().items(CASES_TABLE);
        let cases = items.iter().filter(|item| item["sk"] == "case").count();
        assert_eq!(cases, self.cases, "one message must be one case: {items:?}");
        self.check_people();
    }

    /// Checks that there is one account for each person, with one welcome lot and its identities.
    fn check_people(&self) {
        let accounts = self.app.accounts();
        assert_eq!(accounts.len(), self.operation.accounts(), "one person must be one account");
        for account in accounts {
            let entries = self.app.entries(account);
            let welcomes = entries.iter().filter(|entry| entry.source() == Some(Source::Welcome)).count();
            assert_eq!(welcomes, 1, "one person must have one welcome: {entries:?}");
        }
        let (items, account) = (self.app.world().items(ACCOUNTS_TABLE), self.person.account().to_string());
        let count = |prefix: &str| {
            let ours = items.iter().filter(|item| item["pk"] == account.as_str());
            ours.filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with(prefix))).count()
        };
        assert_eq!(count("identity#"), self.operation.identities(), "{items:?}");
        if self.operation.ends_sessions() {
            assert_eq!(count("session#"), 0, "every session must have ended: {items:?}");
        }
        if self.operation == Operation::LastAccountDeleted {
            assert_eq!(count("deletion"), 1, "the account must be closing: {items:?}");
        }
    }
}

/// The outside calls of an operation without faults.
async fn calls(operation: Operation) -> Vec<OutsideCall> {
    calls_of(Scene::of(operation).await).await
}

async fn calls_of(scene: Scene) -> Vec<OutsideCall> {
    let seen = Arc::<Mutex<Vec<OutsideCall>>>::default();
    let calls = seen.clone();
    scene.app.world().inject(Faults::with(move |call, _| {
        calls.lock().unwrap().push(call.clone());
        None
    }));
    assert!(scene.run().await, "the operation must succeed without faults");
    scene.app.world().inject(Faults::none());
    scene.come_to_rest(true).await;
    scene.check();
    seen.lock().unwrap().clone()
}

/// Runs one cell.
async fn cell(operation: Operation, number: u64, fault: Fault) {
    let scene = Scene::of(operation).await;
    scene.app.world().inject(Faults::at(number, fault));
    let done = match fault {
        Fault::Delay(_) => {
            let once: [Pin<Box<dyn Future<Output = bool>>>; 2] = [
                Box::pin(scene.run()),
                Box::pin(async {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    scene.run().await
                }),
            ];
            futures_util::future::join_all(once).await.into_iter().all(|done| done)
        }
        _ => scene.run().await,
    };
    scene.app.world().inject(Faults::none());
    scene.come_to_rest(done).await;
    scene.check();
}

#[test]
fn every_invariant_holds_after_each_fault_of_each_call() {
    let cells: usize = OPERATIONS.into_iter().map(run_cells).sum();
    println!("{cells} cells held");
}

/// Runs all cells of an operation. Returns their number.
fn run_cells(operation: Operation) -> usize {
    let calls = runtime().block_on(calls(operation));
    let mut cells = 0;
    for (number, call) in (1..).zip(&calls) {
        let may_happen = |fault: Fault| fault != Fault::DieBefore || operation.is_of_people();
        for (name, fault) in WAYS.into_iter().filter(|(_, fault)| call.allows(*fault) && may_happen(*fault)) {
            let held = std::panic::catch_unwind(|| runtime().block_on(cell(operation, number, fault)));
            assert!(held.is_ok(), "{operation:?}, call {number} ({}), {name}: see the message above", call.name);
            cells += 1;
        }
    }
    println!("{operation:?}: {} calls, {cells} cells", calls.len());
    cells
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}
