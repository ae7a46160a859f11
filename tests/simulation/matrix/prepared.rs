//! What was there before an operation begins.

use super::{Delivery, Operation};
use kernel::Credits;
use local::fakes::{Knobs, OutputMode, SubmitMode, WebhookMode};
use serde_json::json;
use std::time::Duration;
use testkit::{Fault, Faults, GENERATIONS_TABLE};
use tests::{App, Event, Person, pictures::png, prompt, webhook_event};

/// Brings a service to where the operation begins, and answers what is then handed over.
pub(super) async fn prepared(app: &App, person: &Person, operation: Operation) -> Delivery {
    let mut order = prompt("a boat");
    match operation {
        Operation::Upload => return an_older_one_goes(app, person).await,
        Operation::GenerateWithInput | Operation::RunWithInput => {
            order["inputs"] = json!([person.upload("image/png", &png([200, 0, 0])).await]);
        }
        _ => {}
    }
    if let Some(model) = operation.model() {
        order["model"] = model.into();
    }
    if matches!(operation, Operation::Collect | Operation::CollectFewer) {
        order["settings"] = json!({ "num_outputs": 3 });
    }
    let ask = person.keyed_event("the-key", &order);
    if matches!(operation, Operation::Generate | Operation::GenerateWithInput) {
        return Delivery::Request(ask);
    }
    let turn = |knobs: &mut Knobs| {
        knobs.long_side = 16;
        match operation {
            Operation::SweepSubmitting => knobs.submit = SubmitMode::AnswerLost,
            Operation::CancelSubmitting => (knobs.submit, knobs.success_after_ms) = (SubmitMode::AnswerLost, 3_600_000),
            Operation::CollectWhatIsUnusable => knobs.output = OutputMode::WrongType,
            Operation::CollectFewer => knobs.files = Some(2),
            // A little more than one part.
            Operation::CollectLongFilm => (knobs.output, knobs.padding_mib) = (OutputMode::Large, 8),
            Operation::CollectWhatWasCalledOffAtAPrice => knobs.success_after_ms = 3_600_000,
            Operation::SweepOverdue | Operation::SweepCanceling | Operation::CancelRunning => {
                knobs.success_after_ms = 3_600_000;
            }
            _ => {}
        }
        if !matches!(operation, Operation::Webhook) && !operation.is_collection() {
            knobs.webhook = WebhookMode::Never;
        }
    };
    app.bfl().knobs(turn);
    app.fal().knobs(turn);
    app.replicate().knobs(turn);
    let id = app.send(ask).await.expect(202).json()["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/v1/generations/{id}");
    let cancel = || Delivery::Request(person.event("POST", &format!("{path}/cancel")));
    if operation == Operation::StripeWebhook {
        return paid(app, person).await;
    }
    let pass = |seconds: u64| app.world().advance(Duration::from_secs(seconds));
    match operation {
        Operation::Run | Operation::RunWithInput | Operation::RunAtFal | Operation::RunAtBfl => {
            return message(app, "generation", "run-generation");
        }
        Operation::CancelQueued => return cancel(),
        // Its message is lost.
        Operation::SweepQueued => drop(app.world().take_messages("generation")),
        _ => drop(app.work_on("generation").await),
    }
    match operation {
        Operation::DeleteGeneration | Operation::SweepDeleted => {
            app.rest().await;
            let event = person.event("DELETE", &path);
            if operation == Operation::DeleteGeneration {
                return Delivery::Request(event);
            }
            app.world().inject(Faults::nth("s3.", 1, Fault::DieBefore));
            assert!(app.world().run(app.send(event)).await.is_err(), "who was to clear it away must have died");
            app.world().inject(Faults::none());
            pass(100);
            return Delivery::Schedule;
        }
        Operation::CollectWhatWasCalledOffAtAPrice => {
            let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
            let item = table.update(&person.account().to_string(), &id);
            item.set("cancel_price", Credits(3)).apply().await.unwrap();
            app.send(person.event("POST", &format!("{path}/cancel"))).await.expect(202);
            drop(app.world().take_messages("media"));
        }
        _ => {}
    }
    match operation {
        Operation::Webhook => {
            pass(2);
            let webhook = app.replicate().take_webhooks(app.world().now()).remove(0);
            return Delivery::Request(webhook_event(&webhook));
        }
        operation if operation.is_collection() => {
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
