//! The crash matrix: each operation, each of its outside calls, each way in which a call
//! goes wrong. Then everything comes to rest, and every invariant holds.

mod operations;
mod prepared;
mod repeated;

use credits::Source;
use operations::{OPERATIONS, Operation};
use prepared::prepared;
use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{Fault, Faults, OutsideCall, QueueMessage};
use tests::{App, Event, Person};
use tokio::runtime::{Builder, Runtime};

/// Ways in which one call goes wrong, by name.
const WAYS: [(&str, Fault); 6] = [
    ("fails before", Fault::ServerError),
    ("applied, answer lost", Fault::AnswerLost),
    ("throttled", Fault::Throttled),
    ("conflict", Fault::TransactionConflict),
    ("killed after", Fault::DieAfter),
    // Long enough for a second delivery to overtake it at just this call.
    ("delivered twice", Fault::Delay(Duration::from_secs(2))),
];

/// What is handed over.
enum Delivery {
    Request(Event),
    Message(&'static str, QueueMessage),
    Schedule,
}

/// A service just before an operation.
struct Scene {
    app: App,
    person: Person,
    delivery: Delivery,
    /// Whether the request is one that its sender repeats until it is answered well.
    is_repeated: bool,
    /// How many generations there are when it is done.
    left: usize,
    /// Whether one more of the same kind brings everything into order.
    heals: bool,
    /// How many packs were paid and granted when it is done.
    packs: usize,
}

impl Scene {
    async fn of(operation: Operation) -> Self {
        Self::on(App::new(1).await, operation).await
    }

    async fn on(app: App, operation: Operation) -> Self {
        let person = app.sign_in("alice").await;
        let delivery = prepared(&app, &person, operation).await;
        let is_repeated = !matches!(operation, Operation::Webhook);
        let left = usize::from(!operation.deletes() && operation != Operation::Upload);
        let packs = usize::from(operation == Operation::StripeWebhook);
        let heals = operation == Operation::Upload;
        Self { app, person, delivery, is_repeated, left, packs, heals }
    }

    /// Hands the delivery over once. Answers whether it was done.
    async fn handed_over(&self) -> bool {
        match &self.delivery {
            Delivery::Request(event) => {
                let answer = self.app.world().run(self.app.send(event.clone())).await;
                answer.is_ok_and(|answer| answer.status() < 300 || answer.status() == 404 && self.left == 0)
            }
            Delivery::Message(function, message) => self.app.hand_over(function, message).await,
            Delivery::Schedule => self.app.sweep().await,
        }
    }

    /// Everybody does what they do after a failure, and everything comes to rest.
    async fn comes_to_rest(&self, done: bool) {
        match &self.delivery {
            Delivery::Request(_) if !done && self.is_repeated => {
                assert!(self.handed_over().await, "without a fault a repetition is answered well");
            }
            Delivery::Message(_, message) if !done => self.app.world().return_message(message.clone()),
            _ => {}
        }
        self.app.rest().await;
        // Who was to delete an older picture and died leaves it to the next who takes a place over.
        if self.heals {
            self.person.open_upload("image/png", 9).await.expect(201);
        }
    }

    /// What must hold.
    fn holds(&self) {
        self.app.check_invariants().none();
        self.is_done_once();
    }

    /// There is one effect of each kind.
    fn is_done_once(&self) {
        let ordered = [self.app.bfl().ordered(), self.app.fal().ordered(), self.app.replicate().ordered()].concat();
        assert_eq!(ordered.iter().collect::<BTreeSet<_>>().len(), ordered.len(), "one generation is one job");
        let account = self.person.account();
        assert_eq!(self.app.generations(account).len(), self.left, "one request is one generation");
        let entries = self.app.entries(account);
        let granted = entries.iter().filter(|entry| entry.source() == Some(Source::Pack)).count();
        assert_eq!(granted, self.packs, "one payment is one grant: {entries:?}");
    }
}

/// The calls of an operation when nothing goes wrong.
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
    assert!(scene.handed_over().await, "it must work when nothing goes wrong");
    scene.app.world().inject(Faults::none());
    scene.comes_to_rest(true).await;
    scene.holds();
    seen.lock().unwrap().clone()
}

/// One cell.
async fn cell(operation: Operation, number: u64, fault: Fault) {
    let scene = Scene::of(operation).await;
    scene.app.world().inject(Faults::at(number, fault));
    let done = match fault {
        Fault::Delay(_) => {
            let once: [Pin<Box<dyn Future<Output = bool>>>; 2] = [
                Box::pin(scene.handed_over()),
                Box::pin(async {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    scene.handed_over().await
                }),
            ];
            futures_util::future::join_all(once).await.into_iter().all(|done| done)
        }
        _ => scene.handed_over().await,
    };
    scene.app.world().inject(Faults::none());
    scene.comes_to_rest(done).await;
    scene.holds();
}

#[test]
fn whatever_goes_wrong_at_whichever_call_every_invariant_holds() {
    let cells: usize = OPERATIONS.into_iter().map(rows).sum();
    println!("{cells} cells held");
}

/// All cells of an operation; answers how many those are.
fn rows(operation: Operation) -> usize {
    let calls = runtime().block_on(calls(operation));
    let mut cells = 0;
    for (number, call) in (1..).zip(&calls) {
        for (name, fault) in WAYS.into_iter().filter(|(_, fault)| call.allows(*fault)) {
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
