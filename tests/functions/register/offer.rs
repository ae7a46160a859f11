//! A model whose vendor may train with what people send is offered only if the operator says so.

use generations::{Catalogue, TrainingVendors};
use serde_json::json;
use testkit::GoogleProfile;
use tests::{App, Event};

/// The functions of a deployment whose operator allows these vendors.
async fn allowing(vendors: &str) -> App {
    let app = App::new(1).await;
    app.world().set_variable("ALLOW_TRAINING_VENDORS", vendors);
    app.restarted().await
}

async fn listed(app: &App) -> Vec<String> {
    let models = app.send(Event::recorded("list-models")).await.expect(200).json();
    let items = models["items"].as_array().unwrap();
    items.iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn models_of_vendors_that_may_train_are_neither_listed_nor_quoted_nor_made() {
    for vendors in ["none", "bfl", "fal, replicate"] {
        let app = allowing(vendors).await;
        let training = TrainingVendors::parse(vendors).unwrap();
        let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
        let balance = app.balance(person.account());
        let listed = listed(&app).await;
        let status = app.send(Event::recorded("service-status")).await.expect(200).json();
        let shown: Vec<_> =
            status["models"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
        assert_eq!(shown, listed, "{vendors}: the status has the models on offer");
        for model in Catalogue::built_in().unwrap().on_offer(app.world().now()) {
            let admitted = training.admits(model.provider);
            assert_eq!(listed.contains(&model.id), admitted, "{vendors}: {}", model.id);
            let quote = Event::recorded("quote").json_body(&json!({ "model": model.id }));
            let quoted = app.send(quote).await;
            assert_eq!(quoted.status() == 200, admitted, "{vendors}: {}: {}", model.id, quoted.status());
            if admitted {
                continue;
            }
            assert_eq!(quoted.outcome(), (422, "model_not_offered".to_owned()), "{vendors}: {}", model.id);
            let refused = person.generate(&json!({ "model": model.id, "prompt": "a boat" })).await.expect(422);
            assert_eq!(refused.code(), "model_not_offered", "{vendors}: {}", model.id);
        }
        assert_eq!(app.balance(person.account()).version, balance.version, "{vendors}: no credits may be held");
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_is_empty_where_no_model_is_left() {
    let app = allowing("none").await;
    let trains_nothing = Catalogue::for_new_generations(TrainingVendors::default()).unwrap();
    let left: Vec<_> = trains_nothing.on_offer(app.world().now()).map(|model| model.id.clone()).collect();
    assert_eq!(listed(&app).await, left);
}

#[tokio::test(start_paused = true)]
async fn a_job_under_way_and_a_known_key_outlast_the_operators_decision() {
    let app = App::new(1).await;
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    let body = json!({ "model": "flux-schnell", "prompt": "a boat" });
    let taken = app.send(person.keyed_event("known", &body)).await.expect(202).json();
    app.world().set_variable("ALLOW_TRAINING_VENDORS", "none");
    let app = app.restarted().await;
    app.settle().await;
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    let repeated = app.send(person.keyed_event("known", &body)).await.expect(202).json();
    assert_eq!((&repeated["id"], &repeated["status"]), (&taken["id"], &json!("succeeded")));
    let refused = person.generate(&body).await.expect(422);
    assert_eq!(refused.code(), "model_not_offered");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_not_offered_is_no_preference() {
    let app = allowing("fal").await;
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    let wish = json!({ "preferences": { "default_model": "flux-schnell" } });
    let event = Event::recorded("update-account").bearer(person.token()).json_body(&wish);
    let refused = app.send(event).await.expect(422);
    assert_eq!(refused.code(), "model_not_offered");
}
