//! The status of the service, which everybody may read.

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GENERATIONS_TABLE};
use tests::{Answer, App, Event};

/// The day on which every world begins, at 8 o'clock.
const TODAY: &str = "2027-01-15";

async fn status(app: &App) -> Value {
    app.send(Event::recorded("service-status")).await.expect(200).json()
}

/// The item of a model or a provider.
fn of<'a>(status: &'a Value, list: &str, id: &str) -> &'a Value {
    let found = status[list].as_array().unwrap().iter().find(|item| item["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is not in {status}"))
}

/// The ids of the models that take nothing, with their reasons.
fn unavailable(status: &Value) -> Vec<(String, Value)> {
    let models = status["models"].as_array().unwrap().iter();
    let off = models.filter(|model| model["available"] == false);
    off.map(|model| (model["id"].as_str().unwrap().to_owned(), model["reason"].clone())).collect()
}

async fn put(app: &App, key: &str, sort: &str, row: &Value) {
    app.world().clients().dynamodb().table(GENERATIONS_TABLE).put(key, sort, row).apply().await.unwrap();
}

/// Asks for a picture of the same model, as a person does.
async fn ask(app: &App, model: &str) -> Answer {
    let person = app.sign_in("alice").await;
    person.generate(&json!({ "model": model, "prompt": "a boat" })).await
}

#[tokio::test(start_paused = true)]
async fn all_models_are_listed_in_the_order_of_the_catalogue() {
    let app = App::new(1).await;
    let answer = app.send(Event::recorded("service-status")).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=30"));
    let status = answer.json();
    let names: Vec<_> = status.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["checked_at", "models", "providers", "status"]);
    assert_eq!((&status["status"], &status["checked_at"]), (&json!("ok"), &json!("2027-01-15T08:00:00Z")));
    let models = app.send(Event::recorded("list-models")).await.expect(200).json();
    let told = |list: &Value, name: &str| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|model| model[name].clone()).collect()
    };
    for name in ["id", "available", "typical_seconds"] {
        assert_eq!(told(&status["models"], name), told(&models["items"], name), "{name}");
    }
    let ids = ["bfl", "fal", "replicate"].map(|id| json!({ "id": id, "available": true }));
    assert_eq!(status["providers"], json!(ids));
    assert_eq!(status["models"][0]["reason"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn what_the_operator_has_paused_is_shown_as_generate_refuses_it() {
    let app = App::new(2).await;
    app.world().set_variable("PAUSED", "fal,kling-2.1");
    let app = app.restarted().await;
    let status = status(&app).await;
    let paused = |id: &str| (id.to_owned(), json!("paused"));
    assert_eq!(unavailable(&status), [paused("flux-schnell-fal"), paused("kling-2.1")]);
    assert_eq!(status["status"], "degraded");
    assert_eq!(of(&status, "providers", "fal")["available"], false);
    assert_eq!(of(&status, "providers", "replicate")["available"], true, "its other models take requests");
    assert_eq!(ask(&app, "flux-schnell-fal").await.outcome(), (503, "provider_paused".to_owned()));
    ask(&app, "flux-schnell").await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_cap_that_is_reached_is_shown_as_a_pause_and_without_an_amount() {
    let app = App::new(3).await;
    // The next picture of flux-schnell costs 3,000 millionths of a dollar, and the cap is 100 dollars.
    for (micro_dollars, available) in [(99_997_000, true), (99_997_001, false)] {
        let row = json!({ "micro_dollars": micro_dollars, "jobs": 1, "expires_at": 1_900_000_000 });
        put(&app, &format!("spend#replicate#{TODAY}"), "spend", &row).await;
        let answer = app.send(Event::recorded("service-status")).await.expect(200);
        let status = answer.json();
        let model = of(&status, "models", "flux-schnell");
        assert_eq!(model["available"], available, "{micro_dollars}");
        assert_eq!(model["reason"], if available { Value::Null } else { json!("paused") });
        assert_eq!(ask(&app, "flux-schnell").await.status(), if available { 202 } else { 503 });
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        for told in ["spend", "cap", "dollar", "cost", "price", "9999", "jobs", "failures"] {
            assert!(!text.contains(told), "{told} is nobody's concern: {text}");
        }
    }
    let status = status(&app).await;
    assert_eq!(of(&status, "providers", "replicate")["available"], false);
    assert_eq!(of(&status, "models", "flux-schnell-fal")["available"], true, "a cap is that of one provider");
    app.world().advance(Duration::from_secs(16 * 60 * 60));
    let status = self::status(&app).await;
    assert_eq!((&status["status"], unavailable(&status).len()), (&json!("ok"), 0), "the next day begins at nothing");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_is_shown_until_it_is_tried_again() {
    let app = App::new(4).await;
    let until = app.world().now().as_millisecond() + 300_000;
    let row = json!({ "version": 6, "failures": 6, "groups": [1, 2, 3], "pauses": 1, "paused_until": until });
    put(&app, "health#flux-schnell", "health", &row).await;
    let status = status(&app).await;
    assert_eq!(unavailable(&status), [("flux-schnell".to_owned(), json!("failing"))]);
    assert_eq!(ask(&app, "flux-schnell").await.outcome(), (503, "provider_paused".to_owned()));
    app.world().advance(Duration::from_secs(300));
    assert_eq!(self::status(&app).await["status"], "ok");
    ask(&app, "flux-schnell").await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_a_problem_that_nobody_may_store() {
    let app = App::new(5).await;
    for fault in [Fault::ServerError, Fault::AnswerLost, Fault::Refused, Fault::Throttled] {
        app.world().inject(Faults::every("dynamodb.", fault));
        let answer = app.send(Event::recorded("service-status")).await;
        assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "{fault:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{fault:?}");
        assert!(answer.header("retry-after").is_some(), "{fault:?}");
    }
    app.world().inject(Faults::none());
    let (answer, counts) = app.world().counted(app.send(Event::recorded("service-status"))).await;
    assert_eq!(answer.expect(200).json()["status"], "ok");
    assert_eq!((counts.of("dynamodb.BatchGetItem"), counts.aws_total()), (1, 1), "{counts}");
}
