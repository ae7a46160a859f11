//! Progress of a generation as the provider reports it. It is shown until the generation ends.

use generations::GenerationStatus;
use local::fakes::replicate::JobOutcome;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{App, Person};

async fn shown(person: &Person, id: &str) -> (Value, Value, Value) {
    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    (shown["status"].clone(), shown["queue_position"].clone(), shown["progress"].clone())
}

async fn ask(app: &App, person: &Person, model: &str) -> String {
    let body = json!({ "model": model, "prompt": "a boat" });
    let id = person.generate(&body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.work_on("generation").await;
    id
}

#[tokio::test(start_paused = true)]
async fn the_place_in_the_queue_is_shown_from_the_start_on() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.fal().knobs(|knobs| (knobs.queue_position, knobs.success_after_ms) = (6, 400_000));
    let id = ask(&app, &person, "flux-schnell-fal").await;
    assert_eq!(shown(&person, &id).await, (json!("running"), json!(6), json!(null)));
    app.minute().await;
    assert_eq!(
        shown(&person, &id).await,
        (json!("running"), json!(1), json!(null)),
        "the sweep must read the place in the queue"
    );
    app.minute().await;
    assert_eq!(
        shown(&person, &id).await,
        (json!("running"), json!(null), json!(null)),
        "a job that has begun has no place in the queue"
    );
    app.rest().await;
    assert_eq!(shown(&person, &id).await, (json!("succeeded"), json!(null), json!(null)));
}

#[tokio::test(start_paused = true)]
async fn progress_is_shown_until_the_end_and_costs_no_request() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 400_000);
    let id = ask(&app, &person, "wan-2.2-t2v-fast").await;
    assert_eq!(shown(&person, &id).await, (json!("running"), json!(null), json!(null)));
    app.world().advance(Duration::from_secs(200));
    let (_, counts) = app.world().counted(app.sweep()).await;
    assert_eq!((counts.aws_total(), counts.vendors_total()), (5, 1), "four shards, one write, one question: {counts}");
    assert_eq!(shown(&person, &id).await, (json!("running"), json!(null), json!(35)));

    // A collector runs too early. The progress that it reads is stored too.
    app.world().advance(Duration::from_secs(100));
    let job = app.generation(&id).provider_job.unwrap();
    let event = tests::Event::recorded("collect-media").fill("account", &person.account().to_string());
    let event = event.fill("generation", &id).fill("job", job.as_str());
    let (_, counts) = app.world().counted(app.work(&event)).await;
    assert_eq!((counts.aws_total(), counts.vendors_total()), (2, 1), "{counts}");
    assert_eq!(shown(&person, &id).await, (json!("running"), json!(null), json!(65)));
    app.rest().await;
    assert_eq!(shown(&person, &id).await, (json!("succeeded"), json!(null), json!(null)));
}

#[tokio::test(start_paused = true)]
async fn no_progress_is_shown_after_the_generation_was_given_up() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| (knobs.success_after_ms, knobs.outcome) = (400_000, JobOutcome::Fail));
    let id = ask(&app, &person, "wan-2.2-t2v-fast").await;
    app.minute().await;
    app.minute().await;
    assert_eq!(shown(&person, &id).await.2, json!(15));
    app.rest().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Failed);
    assert_eq!(shown(&person, &id).await, (json!("failed"), json!(null), json!(null)));
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_provider_leaves_the_last_known_progress() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.fal().knobs(|knobs| (knobs.queue_position, knobs.success_after_ms) = (6, 800_000));
    let id = ask(&app, &person, "flux-schnell-fal").await;
    app.fal().knobs(|knobs| knobs.reads = local::fakes::ReadMode::ServerError);
    app.minute().await;
    assert_eq!(shown(&person, &id).await.1, json!(6));
}
