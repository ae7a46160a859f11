//! The state in which each operation begins.

use super::{attempts::Attempt, operations::Operation};
use kernel::limits::UNDO_WINDOW;
use local::fakes::{Knobs, OutputMode, SubmitMode, WebhookMode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, QueueMessage};
use tests::{App, Event, Person, pictures::png, prompt, webhook_event};

/// The input of an operation.
pub(super) enum Delivery {
    Request(Event),
    /// Several requests, with the partner's page between them.
    Attempt(Attempt),
    Message(&'static str, QueueMessage),
    Schedule,
}

/// Brings a service to the point where the operation begins. Returns the delivery that starts it.
pub(super) async fn prepared(app: &App, person: &Person, operation: Operation) -> Delivery {
    match operation {
        Operation::Upload => return all_places_taken(app, person).await,
        Operation::Contact => return Delivery::Request(Event::recorded("contact").bearer(person.token())),
        Operation::ReportByAStranger => return Delivery::Request(Event::recorded("report")),
        _ => {}
    }
    let body = request_body(person, operation).await;
    let request = person.keyed_event("the-key", &body);
    if matches!(operation, Operation::Generate | Operation::GenerateWithInput) {
        return Delivery::Request(request);
    }
    let turn = |knobs: &mut Knobs| turn_knobs(knobs, operation);
    app.bfl().knobs(turn);
    app.fal().knobs(turn);
    app.replicate().knobs(turn);
    let id = app.send(request).await.expect(202).json()["id"].as_str().unwrap_or_default().to_owned();
    match operation {
        Operation::StripeWebhook => paid(app, person).await,
        Operation::Run | Operation::RunWithInput | Operation::RunAtFal | Operation::RunAtBfl => {
            message(app, "generation", "run-generation")
        }
        Operation::CancelQueued => cancel(person, &id),
        Operation::SweepQueued => {
            // The message is lost.
            drop(app.world().take_messages("generation"));
            sweep_after(app, 100)
        }
        _ => {
            app.work_on("generation").await;
            submitted(app, person, &id, operation).await
        }
    }
}

/// The body of the request for the generation that the operation is about.
async fn request_body(person: &Person, operation: Operation) -> Value {
    let mut body = prompt("a boat");
    if matches!(operation, Operation::GenerateWithInput | Operation::RunWithInput) {
        body["inputs"] = json!([person.upload("image/png", &png([200, 0, 0])).await]);
    }
    if let Some(model) = operation.model() {
        body["model"] = model.into();
    }
    if matches!(operation, Operation::Collect | Operation::CollectFewer) {
        body["settings"] = json!({ "num_outputs": 3 });
    }
    body
}

/// Makes the fake provider behave as the operation needs it.
fn turn_knobs(knobs: &mut Knobs, operation: Operation) {
    knobs.long_side = 16;
    match operation {
        Operation::SweepSubmitting => knobs.submit = SubmitMode::AnswerLost,
        Operation::CancelSubmitting => (knobs.submit, knobs.success_after_ms) = (SubmitMode::AnswerLost, 3_600_000),
        Operation::CollectUnusable => knobs.output = OutputMode::WrongType,
        Operation::CollectFewer => knobs.files = Some(2),
        // A little more than one part.
        Operation::CollectLongFilm => (knobs.output, knobs.padding_mib) = (OutputMode::Large, 8),
        Operation::CollectCanceledAtAPrice
        | Operation::SweepOverdue
        | Operation::SweepCanceling
        | Operation::CancelRunning => knobs.success_after_ms = 3_600_000,
        _ => {}
    }
    if !matches!(operation, Operation::Webhook) && !operation.is_collection() {
        knobs.webhook = WebhookMode::Never;
    }
}

/// The provider has the job. The operation begins after this.
async fn submitted(app: &App, person: &Person, id: &str, operation: Operation) -> Delivery {
    match operation {
        Operation::DeleteGeneration | Operation::SweepDeleted => to_be_deleted(app, person, id, operation).await,
        Operation::DeleteWithUndo | Operation::UndoDeletion | Operation::SweepUndoable => {
            app.rest().await;
            deleted_with_undo(person, id, operation).await
        }
        Operation::Webhook => {
            pass(app, 2);
            let webhook = app.replicate().take_webhooks(app.world().now()).remove(0);
            Delivery::Request(webhook_event(&webhook))
        }
        operation if operation.is_collection() => {
            if operation == Operation::CollectCanceledAtAPrice {
                cancel_at_a_price(app, person, id).await;
            }
            pass(app, 2);
            app.deliver_webhooks().await;
            message(app, "media", "collect-media")
        }
        Operation::SweepCollecting => dead_collector(app).await,
        Operation::MakeThumbnails
        | Operation::MakeThumbnailsOfDeleted
        | Operation::SweepThumbnails
        | Operation::UndoOwingThumbnails
        | Operation::DeleteOwingThumbnails => owing_thumbnails(app, person, id, operation).await,
        Operation::SweepOverdue => sweep_after(app, 700),
        Operation::SweepCanceling => {
            person.delete_account().await.expect(202);
            Delivery::Schedule
        }
        Operation::CancelSubmitting | Operation::CancelRunning => cancel(person, id),
        _ => sweep_after(app, 100),
    }
}

/// The generation is at its end. Its person deletes it, or a deletion died and the sweep finishes it.
async fn to_be_deleted(app: &App, person: &Person, id: &str, operation: Operation) -> Delivery {
    app.rest().await;
    let event = person.event("DELETE", &path(id));
    if operation == Operation::DeleteGeneration {
        return Delivery::Request(event);
    }
    app.world().inject(Faults::nth("s3.", 1, Fault::DieBefore));
    assert!(app.world().run(app.send(event)).await.is_err(), "the deletion must die before it clears the bucket");
    app.world().inject(Faults::none());
    sweep_after(app, 100)
}

/// The person deletes a generation in a way that can be undone, undoes that, or leaves it to the sweep.
async fn deleted_with_undo(person: &Person, id: &str, operation: Operation) -> Delivery {
    let event = person.event("DELETE", &format!("{}?undo=true", path(id)));
    if operation == Operation::DeleteWithUndo {
        return Delivery::Request(event);
    }
    person.app().send(event).await.expect(202);
    match operation.brings_back() {
        true => Delivery::Request(person.event("PATCH", &path(id)).json_body(&json!({ "deleted": false }))),
        false => sweep_after(person.app(), UNDO_WINDOW.as_secs()),
    }
}

/// The person cancels a generation beyond the free cancellations of the day.
async fn cancel_at_a_price(app: &App, person: &Person, id: &str) {
    app.use_up_free_cancels(person.account()).await;
    app.send(person.event("POST", &format!("{}/cancel", path(id)))).await.expect(202);
    drop(app.world().take_messages("media"));
}

/// A collector has died, and its lease has expired.
async fn dead_collector(app: &App) -> Delivery {
    pass(app, 40);
    app.sweep().await;
    let message = app.world().take_messages("media").remove(0);
    app.world().inject(Faults::at(2, Fault::DieBefore));
    assert!(!app.hand_over("collect-media", &message).await, "the collector must have died");
    app.world().inject(Faults::none());
    sweep_after(app, 400)
}

/// The generation is delivered and has no thumbnail yet.
async fn owing_thumbnails(app: &App, person: &Person, id: &str, operation: Operation) -> Delivery {
    pass(app, 40);
    app.sweep().await;
    app.work_on("media").await;
    match operation {
        Operation::DeleteOwingThumbnails => Delivery::Request(person.event("DELETE", &path(id))),
        Operation::UndoOwingThumbnails => {
            // The message comes while the generation is hidden, and has nothing to do.
            let undoes = deleted_with_undo(person, id, operation).await;
            app.work_on("thumbnail").await;
            undoes
        }
        Operation::SweepThumbnails => {
            drop(app.world().take_messages("thumbnail"));
            sweep_after(app, 100)
        }
        Operation::MakeThumbnailsOfDeleted => {
            let message = app.world().take_messages("thumbnail").remove(0);
            // The function dies between writing the thumbnail and recording it. A deletion that runs
            // at the same time has listed the bucket before.
            let death = Faults::nth("dynamodb.UpdateItem", 3, Fault::DieBefore);
            app.world().inject(Faults::nth("s3.PutObject", 1, Fault::Delay(Duration::from_secs(2))).or(death));
            let deleting = async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                person.ask("DELETE", &path(id)).await.expect(204);
            };
            let (done, ()) = tokio::join!(app.hand_over("make-thumbnails", &message), deleting);
            app.world().inject(Faults::none());
            assert!(!done && !app.objects().is_empty(), "a thumbnail must have been left");
            Delivery::Message("make-thumbnails", message)
        }
        _ => message(app, "thumbnail", "make-thumbnails"),
    }
}

/// Ten uploads occupy all slots, and their forms have expired.
async fn all_places_taken(app: &App, person: &Person) -> Delivery {
    for n in 0..10 {
        person.upload("image/png", &[n]).await;
    }
    pass(app, 300);
    let body = json!({ "content_type": "image/png", "bytes": 9 });
    Delivery::Request(person.event("POST", "/v1/uploads").json_body(&body))
}

/// The person has paid for a pack, and Stripe sends the webhook.
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

fn message(app: &App, queue: &str, function: &'static str) -> Delivery {
    Delivery::Message(function, app.world().take_messages(queue).remove(0))
}

fn cancel(person: &Person, id: &str) -> Delivery {
    Delivery::Request(person.event("POST", &format!("{}/cancel", path(id))))
}

fn sweep_after(app: &App, seconds: u64) -> Delivery {
    pass(app, seconds);
    Delivery::Schedule
}

fn pass(app: &App, seconds: u64) {
    app.world().advance(Duration::from_secs(seconds));
}

fn path(id: &str) -> String {
    format!("/v1/generations/{id}")
}
