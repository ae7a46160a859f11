//! Webhooks of providers. A webhook only makes us read the job, so repetition, delay and order do
//! not matter.

use generations::GenerationStatus;
use local::fakes::replicate::WebhookMode;
use std::time::Duration;
use tests::{App, Event, Person, webhook_event};

/// A generation that the provider works on, with this mode of its webhooks.
async fn submitted(mode: WebhookMode) -> (App, Person, String) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.webhook = mode);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(2));
    (app, person, id)
}

/// Checks that the generation was delivered and charged once.
fn delivered_once(app: &App, person: &Person, id: &str) {
    assert_eq!(app.generation(id).status, GenerationStatus::Succeeded);
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 46);
    assert_eq!(app.replicate().counts().predictions, 1);
    assert_eq!(app.originals().len(), 1);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_webhook_only_queues() {
    let (app, _, id) = submitted(WebhookMode::Once).await;
    let ([answer], counts) = app.world().counted(async { only(app.deliver_webhooks().await) }).await;
    assert_eq!(answer.status(), 204);
    assert_eq!((counts.aws_total(), counts.of("sqs.SendMessage")), (1, 1), "{counts}");
    let message = app.world().messages("media")[0].json();
    let names: Vec<_> = message.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["account", "generation", "job"], "a message carries ids only");
    assert_eq!(app.generation(&id).status, GenerationStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_comes_in_base64_too() {
    let (app, person, id) = submitted(WebhookMode::Once).await;
    for webhook in app.replicate().take_webhooks(app.world().now()) {
        let text = webhook_event(&webhook);
        let query = text.json()["rawQueryString"].as_str().unwrap().to_owned();
        let event = Event::recorded("provider-webhook.base64").raw_query(&query).body_in_base64(&webhook.body);
        let event = ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .into_iter()
            .fold(event, |event, name| event.header(name, text.json()["headers"][name].as_str().unwrap()));
        app.send(event).await.expect(204);
    }
    app.settle().await;
    delivered_once(&app, &person, &id);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_never_comes_is_not_needed() {
    let (app, person, id) = submitted(WebhookMode::Never).await;
    assert_eq!(app.rest().await, 1, "the next sweep asks the provider");
    delivered_once(&app, &person, &id);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_comes_twice_delivers_once() {
    let (app, person, id) = submitted(WebhookMode::Twice).await;
    let answers = app.deliver_webhooks().await;
    assert_eq!(answers.iter().map(tests::Answer::status).collect::<Vec<_>>(), [204, 204]);
    assert_eq!(app.world().messages("media").len(), 2);
    let messages = app.world().take_messages("media");
    // Both are worked on at once.
    let both = messages.iter().map(|message| app.hand_over("collect-media", message));
    assert_eq!(futures_util::future::join_all(both).await, [true, true]);
    delivered_once(&app, &person, &id);
    assert_eq!(app.replicate().counts().downloads, 1, "only one of them copies");
}

#[tokio::test(start_paused = true)]
async fn webhooks_out_of_order_deliver_once() {
    let (app, person, id) = submitted(WebhookMode::OutOfOrder).await;
    app.settle().await;
    delivered_once(&app, &person, &id);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_before_the_answer_to_the_submission_delivers() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Early);
    let id = person.ask_for("a boat").await;
    assert_eq!(app.work_on("generation").await, 1);
    let names: Vec<_> = app.world().trace().into_iter().map(|call| call.name).collect();
    let put = names.iter().position(|name| name == "s3.PutObject");
    let stored = names.iter().rposition(|name| name == "dynamodb.UpdateItem");
    assert!(put.is_some() && put < stored, "it must be delivered before the submission's answer is stored: {names:?}");
    delivered_once(&app, &person, &id);
    app.rest().await;
    delivered_once(&app, &person, &id);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_signed_badly_or_long_ago_queues_nothing() {
    for mode in [WebhookMode::BadSignature, WebhookMode::Stale] {
        let (app, person, id) = submitted(mode).await;
        let before = app.world().snapshot();
        let [answer] = only(app.deliver_webhooks().await);
        assert_eq!(answer.outcome(), (401, "bad_signature".to_owned()), "{mode:?}");
        app.world().assert_unchanged(&before);
        app.rest().await;
        delivered_once(&app, &person, &id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_was_changed_on_its_way_queues_nothing() {
    let (app, person, id) = submitted(WebhookMode::Once).await;
    let (other, others_id) = (app.sign_in("bob").await, "0198c0de-0000-7000-8000-000000000000");
    let [webhook] = only(app.replicate().take_webhooks(app.world().now()));
    let genuine = webhook_event(&webhook);
    let query = genuine.json()["rawQueryString"].as_str().unwrap().to_owned();
    let body = genuine.json()["body"].as_str().unwrap().to_owned();
    let (account, others) = (person.account().to_string(), other.account().to_string());
    let mac = query.split("&mac=").nth(1).unwrap();
    let queries = [
        query.replace(&account, &others),
        query.replace(&id, others_id),
        query.replace("&mac=", "&mac=A"),
        query.replace(mac, ""),
        query.replace(&format!("&mac={mac}"), ""),
        query.replace(&account, "root"),
        format!("generation={id}&mac={mac}"),
        String::new(),
    ];
    let by_query = queries.iter().map(|query| genuine.clone().raw_query(query));
    let signature = genuine.json()["headers"]["webhook-signature"].as_str().unwrap().to_owned();
    let changed = [
        genuine.clone().body(&body.replace("succeeded", "failed")),
        genuine.clone().body(""),
        genuine.clone().header("webhook-id", "msg_another"),
        genuine.clone().header("webhook-timestamp", "1"),
        genuine.clone().header("webhook-timestamp", "soon"),
        genuine.clone().header("webhook-signature", ""),
        genuine.clone().header("webhook-signature", &signature.replace("v1,", "v2,")),
        genuine.clone().header("webhook-signature", "v1,AAAA"),
        genuine.clone().without_header("webhook-signature"),
        genuine.clone().without_header("webhook-timestamp"),
        genuine.clone().without_header("webhook-id"),
    ];
    let before = app.world().snapshot();
    for event in by_query.chain(changed) {
        let answer = app.send(event.clone()).await;
        assert_eq!(answer.outcome(), (401, "bad_signature".to_owned()), "{}", event.json());
    }
    app.world().assert_unchanged(&before);
    app.send(genuine).await.expect(204);
    app.settle().await;
    delivered_once(&app, &person, &id);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_is_good_for_five_minutes() {
    let (app, _, _) = submitted(WebhookMode::Once).await;
    let [webhook] = only(app.replicate().take_webhooks(app.world().now()));
    app.world().advance(Duration::from_secs(299));
    app.send(webhook_event(&webhook)).await.expect(204);
    app.world().advance(Duration::from_secs(2));
    let before = app.world().snapshot();
    assert_eq!(app.send(webhook_event(&webhook)).await.outcome(), (401, "bad_signature".to_owned()));
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_whose_message_cannot_be_queued_comes_again() {
    let (app, person, id) = submitted(WebhookMode::Once).await;
    app.world().inject(testkit::Faults::nth("sqs.SendMessage", 1, testkit::Fault::ServerError));
    let [answer] = only(app.deliver_webhooks().await);
    assert_eq!(answer.outcome(), (503, "unavailable".to_owned()));
    app.settle().await;
    delivered_once(&app, &person, &id);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_for_another_job_of_the_same_generation_is_ignored() {
    let (app, person, id) = submitted(WebhookMode::Never).await;
    let event = Event::recorded("collect-media").fill("account", &person.account().to_string());
    let event = event.fill("generation", &id).fill("job", "another0job0of0the0provider");
    let before = app.world().snapshot();
    assert!(app.work(&event).await.is_empty());
    app.world().assert_unchanged(&before);
    app.rest().await;
    delivered_once(&app, &person, &id);
}

fn only<T: std::fmt::Debug, const N: usize>(items: Vec<T>) -> [T; N] {
    items.try_into().unwrap_or_else(|items| panic!("exactly {N} must come: {items:?}"))
}
