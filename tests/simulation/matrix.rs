//! The crash matrix: each operation, each of its outside calls, each way in which a call
//! goes wrong. Then everything comes to rest, and every invariant holds.

use credits::Source;
use local::fakes::replicate::{Output, Submit, WebhookMode};
use serde_json::json;
use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{Call, Fault, Faults, Message};
use tests::{App, Event, Person, pictures::png, prompt, webhook_event};

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

/// What is under way when the operation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Generate,
    Run,
    Webhook,
    Collect,
    CollectWhatIsUnusable,
    CollectFewer,
    SweepQueued,
    SweepSubmitting,
    SweepRunning,
    SweepCollecting,
    SweepOverdue,
    SweepCanceling,
    CancelQueued,
    CancelSubmitting,
    CancelRunning,
    DeleteGeneration,
    MakeThumbnails,
    MakeThumbnailsOfWhatIsDeleted,
    SweepThumbnails,
    DeleteWhatOwesThumbnails,
    StripeWebhook,
    Upload,
    GenerateWithInput,
    RunWithInput,
}

const OPERATIONS: [Operation; 24] = [
    Operation::Upload,
    Operation::GenerateWithInput,
    Operation::RunWithInput,
    Operation::Generate,
    Operation::Run,
    Operation::Webhook,
    Operation::Collect,
    Operation::CollectWhatIsUnusable,
    Operation::CollectFewer,
    Operation::SweepQueued,
    Operation::SweepSubmitting,
    Operation::SweepRunning,
    Operation::SweepCollecting,
    Operation::SweepOverdue,
    Operation::SweepCanceling,
    Operation::CancelQueued,
    Operation::CancelSubmitting,
    Operation::CancelRunning,
    Operation::DeleteGeneration,
    Operation::MakeThumbnails,
    Operation::MakeThumbnailsOfWhatIsDeleted,
    Operation::SweepThumbnails,
    Operation::DeleteWhatOwesThumbnails,
    Operation::StripeWebhook,
];

/// What is handed over.
enum Delivery {
    Request(Event),
    Message(&'static str, Message),
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
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let delivery = prepared(&app, &person, operation).await;
        let is_repeated = !matches!(operation, Operation::Webhook);
        let deletes = matches!(
            operation,
            Operation::DeleteGeneration
                | Operation::MakeThumbnailsOfWhatIsDeleted
                | Operation::DeleteWhatOwesThumbnails
        );
        let left = usize::from(!deletes && operation != Operation::Upload);
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
        let ordered: Vec<_> = self.app.replicate().ordered();
        assert_eq!(ordered.iter().collect::<BTreeSet<_>>().len(), ordered.len(), "one generation is one job");
        let account = self.person.account();
        assert_eq!(self.app.generations(account).len(), self.left, "one request is one generation");
        let entries = self.app.entries(account);
        let granted = entries.iter().filter(|entry| entry.source() == Some(Source::Pack)).count();
        assert_eq!(granted, self.packs, "one payment is one grant: {entries:?}");
    }
}

/// Brings a service to where the operation begins, and answers what is then handed over.
async fn prepared(app: &App, person: &Person, operation: Operation) -> Delivery {
    let mut order = prompt("a boat");
    match operation {
        Operation::Upload => return an_older_one_goes(app, person).await,
        Operation::GenerateWithInput | Operation::RunWithInput => {
            let upload = person.upload("image/png", &png([200, 0, 0])).await;
            (order["model"], order["inputs"]) = ("flux-kontext-dev".into(), json!([upload]));
        }
        _ => {}
    }
    if matches!(operation, Operation::Collect | Operation::CollectFewer) {
        order["settings"] = json!({ "num_outputs": 3 });
    }
    let ask = person.keyed_event("the-key", &order);
    if matches!(operation, Operation::Generate | Operation::GenerateWithInput) {
        return Delivery::Request(ask);
    }
    app.replicate().knobs(|knobs| {
        knobs.long_side = 16;
        match operation {
            Operation::SweepSubmitting => knobs.submit = Submit::AnswerLost,
            Operation::CancelSubmitting => (knobs.submit, knobs.success_after_ms) = (Submit::AnswerLost, 3_600_000),
            Operation::CollectWhatIsUnusable => knobs.output = Output::WrongType,
            Operation::CollectFewer => knobs.files = Some(2),
            Operation::SweepOverdue | Operation::SweepCanceling | Operation::CancelRunning => {
                knobs.success_after_ms = 3_600_000;
            }
            _ => {}
        }
        if !matches!(operation, Operation::Webhook) && !is_collection(operation) {
            knobs.webhook = WebhookMode::Never;
        }
    });
    let id = app.send(ask).await.expect(202).json()["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/v1/generations/{id}");
    let cancel = || Delivery::Request(person.event("POST", &format!("{path}/cancel")));
    if operation == Operation::StripeWebhook {
        return paid(app, person).await;
    }
    let pass = |seconds: u64| app.world().advance(Duration::from_secs(seconds));
    match operation {
        Operation::Run | Operation::RunWithInput => return message(app, "generation", "run-generation"),
        Operation::CancelQueued => return cancel(),
        // Its message is lost.
        Operation::SweepQueued => drop(app.world().take_messages("generation")),
        _ => drop(app.work_on("generation").await),
    }
    if operation == Operation::DeleteGeneration {
        app.rest().await;
        return Delivery::Request(person.event("DELETE", &path));
    }
    match operation {
        Operation::Webhook => {
            pass(2);
            let webhook = app.replicate().take_webhooks(app.world().now()).remove(0);
            return Delivery::Request(webhook_event(&webhook));
        }
        operation if is_collection(operation) => {
            pass(2);
            app.deliver_webhooks().await;
            return message(app, "media", "collect-media");
        }
        Operation::SweepCollecting => {
            pass(40);
            app.sweep().await;
            let message = app.world().take_messages("media").remove(0);
            app.world().inject(Faults::at(2, Fault::DieBefore));
            assert!(!app.hand_over("collect-media", &message).await, "the collector must have died");
            app.world().inject(Faults::none());
            pass(400);
        }
        Operation::MakeThumbnails
        | Operation::MakeThumbnailsOfWhatIsDeleted
        | Operation::SweepThumbnails
        | Operation::DeleteWhatOwesThumbnails => return owing(app, person, &path, operation).await,
        Operation::SweepOverdue => pass(700),
        Operation::SweepCanceling => drop(person.delete_account().await.expect(202)),
        Operation::CancelSubmitting | Operation::CancelRunning => return cancel(),
        _ => pass(100),
    }
    Delivery::Schedule
}

/// It is delivered, and its thumbnail is still to be made.
async fn owing(app: &App, person: &Person, path: &str, operation: Operation) -> Delivery {
    app.world().advance(Duration::from_secs(40));
    app.sweep().await;
    app.work_on("media").await;
    match operation {
        Operation::DeleteWhatOwesThumbnails => Delivery::Request(person.event("DELETE", path)),
        Operation::SweepThumbnails => {
            drop(app.world().take_messages("thumbnail"));
            app.world().advance(Duration::from_secs(100));
            Delivery::Schedule
        }
        Operation::MakeThumbnailsOfWhatIsDeleted => {
            let message = app.world().take_messages("thumbnail").remove(0);
            // Somebody died between writing the thumbnail and its record, and a deletion that was
            // under way had looked before.
            let death = Faults::nth("dynamodb.UpdateItem", 3, Fault::DieBefore);
            app.world().inject(Faults::nth("s3.PutObject", 1, Fault::Delay(Duration::from_secs(2))).or(death));
            let deleting = async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                person.ask("DELETE", path).await.expect(204);
            };
            let (done, ()) = tokio::join!(app.hand_over("make-thumbnails", &message), deleting);
            app.world().inject(Faults::none());
            assert!(!done && !app.objects().is_empty(), "a thumbnail must have been left");
            Delivery::Message("make-thumbnails", message)
        }
        _ => message(app, "thumbnail", "make-thumbnails"),
    }
}

/// Whether the provider has ended it, well or not.
fn is_collection(operation: Operation) -> bool {
    matches!(operation, Operation::Collect | Operation::CollectWhatIsUnusable | Operation::CollectFewer)
}

fn message(app: &App, queue: &str, function: &'static str) -> Delivery {
    Delivery::Message(function, app.world().take_messages(queue).remove(0))
}

/// Every place is taken, by pictures that can no longer be sent.
async fn an_older_one_goes(app: &App, person: &Person) -> Delivery {
    for n in 0..10 {
        person.upload("image/png", &[n]).await;
    }
    app.world().advance(Duration::from_secs(300));
    let body = json!({ "content_type": "image/png", "bytes": 9 });
    Delivery::Request(person.event("POST", "/v1/uploads").json_body(&body))
}

/// Somebody has paid, and Stripe tells of it.
async fn paid(app: &App, person: &Person) -> Delivery {
    let opens = Event::recorded("checkout").fill("token", person.token()).fill("key", "the-page");
    let page = app.send(opens).await.expect(201).json()["id"].as_str().unwrap_or_default().to_owned();
    let now = app.world().now();
    let _ = app.stripe().pay(now, &page);
    let webhook = app.stripe().take_webhooks(now).remove(0);
    let signature = webhook.headers["stripe-signature"].to_str().unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&webhook.body).into_owned();
    Delivery::Request(Event::recorded("stripe-webhook").header("stripe-signature", &signature).body(&body))
}

/// The calls of an operation when nothing goes wrong.
async fn calls(operation: Operation) -> Vec<Call> {
    let scene = Scene::of(operation).await;
    let seen = Arc::<Mutex<Vec<Call>>>::default();
    let calls = seen.clone();
    scene.app.world().inject(Faults::with(move |call, _| {
        calls.lock().unwrap().push(call.clone());
        None
    }));
    assert!(scene.handed_over().await, "{operation:?} must work when nothing goes wrong");
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
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
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
