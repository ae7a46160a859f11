//! A generation costs exactly its quote.

use serde_json::{Map, Value, json};
use testkit::GoogleProfile;
use tests::{App, Event, Person};

/// A number with at most this many values is tried with all of them. A larger number does not change
/// the price, so its least value is enough.
const FEW: i64 = 64;

fn quote(body: &Value) -> Event {
    Event::recorded("quote").json_body(body)
}

async fn models(app: &App) -> Vec<Value> {
    let models = app.send(Event::recorded("list-models")).await.expect(200).json();
    models["items"].as_array().unwrap().clone()
}

/// All values of a setting, by its JSON Schema.
fn values(schema: &Value) -> Vec<Value> {
    if let Some(values) = schema["enum"].as_array() {
        return values.clone();
    }
    if schema["type"] == "string" {
        return vec![json!("fog and rain")];
    }
    let step = schema["multipleOf"].as_i64().unwrap_or(1);
    let (least, most) = (schema["minimum"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap());
    let all = least..=if most - least < FEW { most } else { least };
    all.filter(|number| number % step == 0).map(Value::from).collect()
}

/// Every combination of the settings of a model.
fn combinations(model: &Value) -> Vec<Map<String, Value>> {
    let mut all = vec![Map::new()];
    for (name, schema) in model["settings"]["properties"].as_object().unwrap() {
        let with = |settings: &Map<String, Value>| {
            let settings = settings.clone();
            values(schema).into_iter().map(move |value| {
                let mut settings = settings.clone();
                settings.insert(name.clone(), value);
                settings
            })
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// The price that a client computes from the published rule.
fn computed(rule: &Value, settings: &Map<String, Value>) -> u64 {
    let mut unit = &rule["unit"];
    while let Some(setting) = unit["setting"].as_str() {
        let value = &settings[setting];
        unit = &unit["values"][value.as_str().map_or_else(|| value.to_string(), str::to_owned)];
    }
    let count = match &rule[if rule["per"] == "second" { "seconds" } else { "images" }] {
        Value::String(setting) => settings[setting].as_u64().unwrap(),
        Value::Number(fixed) => fixed.as_u64().unwrap(),
        _ => 1,
    };
    unit.as_u64().unwrap() * count
}

async fn rich(app: &App) -> Person {
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 1_000_000, 3).await;
    person
}

/// Requests a generation with this maximum price. An accepted one is canceled at once.
async fn generated(person: &Person, body: &Value, max_cost: u64) -> (u16, Value) {
    let mut body = body.clone();
    body["max_cost"] = json!(max_cost);
    let answer = person.generate(&body).await;
    let told = answer.json();
    if answer.status() == 202 {
        person.cancel(told["id"].as_str().unwrap()).await.expect(200);
    }
    (answer.status(), told)
}

#[tokio::test(start_paused = true)]
async fn a_quote_is_binding_for_every_model_and_setting() {
    let app = App::new(1).await;
    let person = rich(&app).await;
    let upload = person.upload("image/png", b"a picture").await;
    let mut tried = 0;
    for model in models(&app).await {
        let id = model["id"].as_str().unwrap();
        for settings in combinations(&model) {
            let what = format!("{id} with {}", json!(settings));
            let quoted = app.send(quote(&json!({ "model": id, "settings": settings }))).await.expect(200).json();
            let price = quoted["price"].as_u64().unwrap();
            let unit = &quoted["unit"];
            assert_eq!(unit["price"].as_u64().unwrap() * unit["quantity"].as_u64().unwrap(), price, "{what}");
            assert_eq!(unit["per"], model["price_rule"]["per"], "{what}");
            assert_eq!(
                computed(&model["price_rule"], &settings),
                price,
                "{what}: a client must compute the same price"
            );
            assert_eq!(quoted["settings"], json!(settings), "{what}");
            let inputs = vec![&upload; usize::try_from(model["inputs"].as_u64().unwrap()).unwrap()];
            let body = json!({ "model": id, "prompt": "a boat", "settings": settings, "inputs": inputs });
            let (status, refused) = generated(&person, &body, price - 1).await;
            assert_eq!((status, &refused["code"]), (409, &json!("price_above_max_cost")), "{what}");
            let (status, taken) = generated(&person, &body, price).await;
            assert_eq!((status, &taken["cost"]), (202, &json!(price)), "{what}");
            assert_eq!(taken["settings"], quoted["settings"], "{what}");
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried} combinations");
}

#[tokio::test(start_paused = true)]
async fn omitted_settings_have_their_defaults_and_the_listed_price() {
    let app = App::new(1).await;
    for model in models(&app).await {
        for body in [json!({ "model": model["id"] }), json!({ "model": model["id"], "settings": null })] {
            let quoted = app.send(quote(&body)).await.expect(200).json();
            assert_eq!(quoted["price"], model["price"], "{body}");
            assert_eq!((&quoted["model"], &quoted["available"]), (&model["id"], &json!(true)), "{body}");
            assert_eq!(quoted["cancel_price"], json!(null), "{body}");
            for (name, schema) in model["settings"]["properties"].as_object().unwrap() {
                assert_eq!(quoted["settings"].get(name), schema.get("default"), "{body}: {name}");
            }
        }
    }
    let members = ["available", "cancel_price", "model", "price", "settings", "unit"];
    let quoted = app.send(Event::recorded("quote")).await.expect(200).json();
    assert_eq!(quoted.as_object().unwrap().keys().collect::<Vec<_>>(), members);
    assert_eq!(quoted["unit"], json!({ "per": "image", "price": 4, "quantity": 2 }));
}

#[tokio::test(start_paused = true)]
async fn quote_refuses_the_bodies_that_generate_refuses() {
    let app = App::new(1).await;
    let person = rich(&app).await;
    let before = app.world().snapshot();
    for (body, status, code) in [
        (json!({ "model": "no-such" }), 422, "unknown_model"),
        (json!({ "model": "flux-schnell", "settings": { "num_outputs": 5 } }), 422, "invalid"),
        (json!({ "model": "flux-schnell", "settings": { "num_outputs": 0 } }), 422, "invalid"),
        (json!({ "model": "flux-schnell", "settings": { "num_outputs": 1.5 } }), 422, "invalid"),
        (json!({ "model": "flux-schnell", "settings": { "num_outputs": "2" } }), 422, "invalid"),
        (json!({ "model": "flux-schnell", "settings": { "num_images": 2 } }), 422, "invalid"),
        (json!({ "model": "flux-schnell", "settings": [] }), 422, "invalid"),
        (json!({ "model": "seedance-1-lite", "settings": { "duration": 13 } }), 422, "invalid"),
        (json!({ "model": "seedance-1-lite", "settings": { "duration": 4 } }), 422, "invalid"),
        (json!({ "model": "kling-2.1", "settings": { "duration": 7 } }), 422, "invalid"),
        (json!({ "model": "kling-2.1", "settings": { "negative_prompt": " " } }), 422, "invalid"),
        (json!({ "model": "kling-2.1", "settings": { "negative_prompt": "x".repeat(1_001) } }), 422, "invalid"),
        (json!({ "model": 7 }), 422, "invalid"),
    ] {
        let mut asked = body.clone();
        asked["prompt"] = json!("a boat");
        for answer in [app.send(quote(&body)).await, person.generate(&asked).await] {
            assert_eq!(answer.outcome(), (status, code.to_owned()), "{body}");
        }
    }
    for (event, status) in [
        (quote(&json!({ "model": "flux-schnell", "prompt": "a boat" })), 422),
        (Event::recorded("quote").body("{"), 400),
        (Event::recorded("quote").without_header("content-type"), 415),
    ] {
        app.send(event).await.expect(status);
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_switched_off_model_is_quoted_as_unavailable() {
    let app = App::new(1).await;
    app.world().set_variable("PAUSED", "fal,seedance-1-lite");
    let app = app.restarted().await;
    for model in models(&app).await {
        let id = model["id"].as_str().unwrap();
        let available = json!(!["flux-schnell-fal", "seedance-1-lite"].contains(&id));
        let quoted = app.send(quote(&json!({ "model": id }))).await.expect(200).json();
        assert_eq!((&model["available"], &quoted["available"]), (&available, &available), "{id}");
        let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
        let body = json!({ "model": id, "prompt": "a boat" });
        let status = generated(&person, &body, 1_000).await.0;
        assert_eq!(status == 503, available == json!(false), "{id}: generate answers {status}");
    }
}
