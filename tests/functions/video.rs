//! From the prompt to the film: as for pictures, but the file is longer, and its length is not known
//! beforehand.

use generations::{FailureCode, GenerationStatus};
use kernel::sha256_hex;
use local::fakes::replicate::{Knobs, OutputMode};
use serde_json::{Value, json};
use tests::{App, Event, Person};

async fn ask(person: &Person, settings: Value) -> String {
    let body = json!({ "model": "wan-2.2-t2v-fast", "prompt": "a boat", "settings": settings });
    person.generate(&body).await.expect(202).json()["id"].as_str().unwrap().to_owned()
}

async fn made(turn: impl FnOnce(&mut Knobs)) -> (App, Person, String) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(turn);
    let id = ask(&person, json!({})).await;
    app.world().reset_count();
    app.settle().await;
    (app, person, id)
}

#[tokio::test(start_paused = true)]
async fn a_prompt_becomes_a_film_and_is_charged() {
    let (app, person, id) = made(|_| {}).await;
    let generation = app.generation(&id);
    assert_eq!(generation.status, GenerationStatus::Succeeded, "{:?}", generation.failure);
    let objects = app.objects();
    assert_eq!(objects.len(), 1);
    let bytes = objects[0].bytes.clone().unwrap();
    let output = &generation.outputs[0];
    assert_eq!(output.key, format!("generations/{}/{id}/0.mp4", person.account()));
    assert_eq!((output.sha256.as_str(), output.bytes), (sha256_hex(&bytes).as_str(), bytes.len() as u64));
    assert_eq!((output.content_type.as_str(), output.width, output.height), ("video/mp4", 320, 176));
    assert_eq!(objects[0].content_type, "video/mp4");
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 30);
    app.check_invariants().none();

    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    assert_eq!((&shown["kind"], &shown["cost"]), (&json!("text_to_video"), &json!(20)));
    let file = app.world().fetch(shown["outputs"][0]["download_url"].as_str().unwrap());
    assert_eq!((file.status().as_u16(), file.body()), (200, &bytes));
    let name = format!("attachment; filename=\"cinemaxsai-ai-generated-{id}-1.mp4\"");
    assert_eq!(file.headers()["content-disposition"], name);
}

#[tokio::test(start_paused = true)]
async fn a_long_film_is_stored_in_parts() {
    let (app, _, id) = made(|knobs| knobs.output = OutputMode::Large).await;
    let generation = app.generation(&id);
    assert_eq!(generation.status, GenerationStatus::Succeeded, "{:?}", generation.failure);
    assert!(generation.outputs[0].bytes > 24 * 1024 * 1024, "{} bytes", generation.outputs[0].bytes);
    let bytes = app.objects()[0].bytes.clone().unwrap();
    assert_eq!(generation.outputs[0].sha256, sha256_hex(&bytes));
    assert_eq!(app.world().count().of("s3.UploadPart"), 4, "{:?}", app.world().trace());
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_unusable_film_leaves_nothing() {
    let not_yet = (GenerationStatus::Collecting, None);
    let cases = [
        (OutputMode::Missing, (GenerationStatus::Failed, Some(FailureCode::OutputUnusable))),
        (OutputMode::WrongType, (GenerationStatus::Failed, Some(FailureCode::OutputUnusable))),
        // These files may be complete the next time.
        (OutputMode::Truncated, not_yet),
        (OutputMode::CutOff, not_yet),
    ];
    for (output, expected) in cases {
        let (app, person, id) = made(|knobs| knobs.output = output).await;
        let generation = app.generation(&id);
        assert_eq!((generation.status, generation.failure.map(|failure| failure.code)), expected, "{output:?}");
        assert!(app.objects().is_empty(), "{output:?}: nothing may stay");
        let held = if expected.1.is_some() { 0 } else { 20 };
        assert_eq!(app.balance(person.account()).held().0, held, "{output:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_film_has_its_own_settings() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = ask(&person, json!({ "aspect_ratio": "9:16", "resolution": "720p", "seed": 11 })).await;
    app.settle().await;
    let tall = app.generation(&id).outputs[0].clone();
    assert!(tall.width < tall.height, "a tall film was requested: {} x {}", tall.width, tall.height);
    for settings in [json!({ "aspect_ratio": "1:1" }), json!({ "resolution": "4k" }), json!({ "num_frames": 100 })] {
        let body = json!({ "model": "wan-2.2-t2v-fast", "prompt": "a boat", "settings": settings });
        let answer = person.generate(&body).await;
        assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{settings}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_may_play_films_from_the_bucket() {
    let app = App::new(1).await;
    let answer = app.send(Event::recorded("site").raw_path("/")).await.expect(200);
    let policy = answer.header("content-security-policy").unwrap();
    let origin = &app.world().variables()["MEDIA_ORIGIN"];
    assert!(policy.contains(&format!("media-src 'self' {origin};")), "{policy}");
}
