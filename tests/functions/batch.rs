//! Several outputs of one generation: the person pays for delivered outputs only, and never more
//! than the hold.

use credits::Place;
use generations::{FailureCode, Generation, GenerationStatus};
use kernel::Credits;
use local::fakes::{
    Knobs,
    replicate::{JobOutcome, OutputMode},
};
use serde_json::{Value, json};
use tests::{App, Person};

/// The model, the setting that counts its images, and the price of one.
const MODELS: [(&str, &str, u64); 2] = [("flux-schnell", "num_outputs", 4), ("flux-schnell-fal", "num_images", 4)];

fn body(model: &str, setting: &str, images: u64) -> Value {
    json!({ "model": model, "prompt": "boats", "settings": { setting: images } })
}

/// Requests images from a provider with these knobs. Returns the generation at rest.
async fn made(model: &str, setting: &str, images: u64, turn: impl Fn(&mut Knobs)) -> (App, Person, Generation) {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(&turn);
    app.fal().knobs(&turn);
    let asked = person.generate(&body(model, setting, images)).await.expect(202).json();
    app.rest().await;
    let generation = app.generation(asked["id"].as_str().unwrap());
    app.check_invariants().none();
    (app, person, generation)
}

/// The credits that the newest entry moved to this place.
fn moved(app: &App, person: &Person, to: Place) -> Credits {
    let entries = app.entries(person.account());
    let newest = entries.iter().max_by_key(|entry| entry.version).unwrap();
    newest.moves.iter().filter(|step| step.to == to).map(|step| step.amount).sum()
}

#[tokio::test(start_paused = true)]
async fn negative_prompt_and_quality_reach_the_provider() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 500, 3).await;
    let sd = json!({ "negative_prompt": "canary fog" });
    let body = json!({ "model": "stable-diffusion-3.5-large", "prompt": "a boat", "settings": sd });
    let id = person.generate(&body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    let upload = person.upload("image/png", &tests::pictures::png([200, 0, 0])).await;
    let film = json!({ "mode": "pro", "duration": 10, "negative_prompt": "canary rain" });
    let body = json!({ "model": "kling-2.1", "prompt": "a boat", "settings": film, "inputs": [upload] });
    let other = person.generate(&body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.rest().await;
    for (id, cost, settings) in [(id, 14, sd), (other, 140, film)] {
        let generation = app.generation(&id);
        assert_eq!(
            (generation.status, generation.cost),
            (GenerationStatus::Succeeded, Some(Credits(cost))),
            "{generation:?}"
        );
        let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
        for (name, value) in settings.as_object().unwrap() {
            assert_eq!(&shown["settings"][name], value, "{shown}");
        }
    }
    let orders = app.replicate().inputs();
    for words in ["canary fog", "canary rain", "pro"] {
        assert!(orders.iter().any(|order| order == words), "{words} must reach the provider");
    }
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn every_requested_output_is_delivered_and_charged() {
    for (model, setting, unit) in MODELS {
        for images in 1..=4 {
            let (app, person, generation) = made(model, setting, images, |_| {}).await;
            let cost = Some(Credits(images * unit));
            let found = (generation.status, generation.outputs.len() as u64, generation.cost);
            assert_eq!(found, (GenerationStatus::Succeeded, images, cost), "{model}: {images}");
            let keys: Vec<_> = generation.outputs.iter().map(|output| output.key.rsplit('/').next().unwrap()).collect();
            let expected = ["0.png", "1.png", "2.png", "3.png"];
            assert_eq!(keys, expected[..images as usize], "{model}: {images}");
            let hashes: std::collections::BTreeSet<_> =
                generation.outputs.iter().map(|output| &output.sha256).collect();
            assert_eq!(hashes.len(), images as usize, "{model}: each picture must be different");
            assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50 - images * unit, "{model}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fewer_outputs_cost_less_and_the_statement_shows_it() {
    for (model, setting, unit) in MODELS {
        for files in 1..4 {
            let (app, person, generation) = made(model, setting, 4, |knobs| knobs.files = Some(files)).await;
            let found = (generation.status, generation.price, generation.cost);
            assert_eq!(
                found,
                (GenerationStatus::Succeeded, Credits(4 * unit), Some(Credits(files * unit))),
                "{model}: {files}"
            );
            assert_eq!(generation.outputs.len() as u64, files, "{model}: {files}");
            assert_eq!(moved(&app, &person, Place::Spent).0, files * unit, "{model}: {files}");
            assert_eq!(
                moved(&app, &person, Place::Free).0,
                (4 - files) * unit,
                "{model}: {files}: the rest must be released"
            );
            let now = app.world().now();
            assert_eq!(app.balance(person.account()).available(now).0, 50 - files * unit, "{model}: {files}");
            let usage = person.get("/v1/usage").await.expect(200).json();
            assert_eq!(usage["months"][0]["credits"], files * unit, "{model}: {files}");
            let shown = person.get(&format!("/v1/generations/{}", generation.id)).await.expect(200).json();
            assert_eq!((&shown["cost"], &shown["failure"]), (&json!(files * unit), &json!(null)), "{model}: {files}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn surplus_outputs_are_neither_charged_nor_delivered() {
    for (model, setting, unit) in MODELS {
        for (images, files) in [(1, 4), (2, 3), (4, 9)] {
            let (app, person, generation) = made(model, setting, images, |knobs| knobs.files = Some(files)).await;
            let found = (generation.outputs.len() as u64, generation.cost);
            assert_eq!(found, (images, Some(Credits(images * unit))), "{model}: {files} for {images}");
            assert_eq!(app.originals().len() as u64, images, "{model}: surplus files must not be copied");
            assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50 - images * unit, "{model}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_usable_outputs_costs_nothing() {
    type Turn = fn(&mut Knobs);
    let turns: [(Turn, GenerationStatus, FailureCode); 4] = [
        (|knobs| knobs.output = OutputMode::WrongType, GenerationStatus::Failed, FailureCode::OutputUnusable),
        (|knobs| knobs.output = OutputMode::Missing, GenerationStatus::Failed, FailureCode::OutputUnusable),
        (|knobs| knobs.outcome = JobOutcome::Moderated, GenerationStatus::Moderated, FailureCode::Moderated),
        (|knobs| knobs.outcome = JobOutcome::NoOutput, GenerationStatus::Failed, FailureCode::ProviderFailed),
    ];
    for (model, setting, unit) in MODELS {
        for (turn, status, code) in turns {
            let (app, person, generation) = made(model, setting, 3, turn).await;
            let failure = generation.failure.unwrap();
            let found = (generation.status, failure.code, failure.released, generation.cost);
            assert_eq!(found, (status, code, Credits(3 * unit), None), "{model}");
            assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "{model}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_film_costs_by_its_seconds_and_its_resolution() {
    for (settings, price) in [
        (json!({}), 20),
        (json!({ "duration": 12 }), 48),
        (json!({ "resolution": "720p" }), 40),
        (json!({ "duration": 6, "resolution": "720p" }), 48),
    ] {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let body = json!({ "model": "seedance-1-lite", "prompt": "a boat", "settings": settings });
        let asked = person.generate(&body).await.expect(202).json();
        assert_eq!(asked["cost"], price, "{settings}");
        app.rest().await;
        let generation = app.generation(asked["id"].as_str().unwrap());
        assert_eq!(
            (generation.status, generation.cost),
            (GenerationStatus::Succeeded, Some(Credits(price))),
            "{settings}"
        );
        app.check_invariants().none();
    }
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let dear = json!({ "model": "seedance-1-lite", "prompt": "a boat", "settings": { "resolution": "1080p" } });
    assert_eq!(person.generate(&dear).await.expect(402).json()["code"], "insufficient_credits");
}
