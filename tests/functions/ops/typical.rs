//! How long works take, by model.

use super::{json_of, ops, with_progress};
use serde_json::{Value, json};
use std::time::Duration;
use tests::App;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(start_paused = true)]
async fn the_typical_seconds_of_delivered_works_are_computed() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 1_000, 32).await;
    for n in 0..20 {
        person.ask_for(&format!("boat {n}")).await;
        app.settle().await;
    }
    person.ask_for("never made").await;
    let before = app.world().snapshot();
    let shown = json_of(&app, &["typical-seconds"]).await;
    let model = &shown["models"][0];
    assert_eq!((&model["model"], &model["works"]), (&json!("flux-schnell"), &json!(20)), "{shown}");
    let (median, ninetieth) = (model["median_seconds"].as_f64().unwrap(), model["ninetieth_seconds"].as_f64().unwrap());
    assert!(0.0 < median && median <= ninetieth, "{shown}");
    let typical = model["typical_seconds"].as_u64().unwrap();
    assert_eq!(typical, (median.ceil() as u64).max(1), "{shown}");
    assert_eq!(shown["models"].as_array().unwrap().len(), 1, "{shown}");
    let (outcome, progress) = with_progress(&app, &["typical-seconds", "--days", "1"]).await;
    let line = format!("catalogue.json, flux-schnell: \"typical_seconds\": {typical},");
    assert!(outcome.answer.contains(&line) && outcome.answer.contains("whole table Generations"), "{outcome:?}");
    assert!(!outcome.answer.contains("boat") && !outcome.answer.contains(&person.account().to_string()), "{outcome:?}");
    assert!(progress.iter().any(|line| line.contains("reading the whole table Generations")), "{progress:?}");
    app.world().assert_unchanged(&before);

    app.world().advance(DAY);
    assert_eq!(json_of(&app, &["typical-seconds", "--days", "2"]).await["models"][0]["works"], 20);
    let today = json_of(&app, &["typical-seconds", "--days", "1"]).await;
    assert_eq!(today["models"], json!([]), "yesterday is no longer among the days: {today}");
    assert!(ops(&app, &["typical-seconds", "--days", "1"]).await.answer.contains("No work was delivered"));
}

#[tokio::test(start_paused = true)]
async fn works_that_failed_or_were_deleted_make_no_time() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let (kept, deleted) = (person.ask_for("kept").await, person.ask_for("deleted").await);
    app.settle().await;
    app.replicate().knobs(|knobs| knobs.outcome = local::fakes::replicate::JobOutcome::Fail);
    person.ask_for("failed").await;
    app.settle().await;
    person.delete(&deleted).await.expect(204);
    app.rest().await;
    let shown = json_of(&app, &["typical-seconds"]).await;
    assert_eq!((&shown["models"][0]["works"], &shown["models"][1]), (&json!(1), &Value::Null), "{shown} of {kept}");
    assert_eq!(shown["models"][0]["typical_seconds"], Value::Null, "one work is not typical: {shown}");
}
