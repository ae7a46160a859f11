//! Forms of requests that mean the same: ids in any letter case, whole numbers, a byte order mark before JSON, and
//! quotes around an `Idempotency-Key`.

use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::CASES_TABLE;
use tests::{App, Event, Person, of_one_generation, pictures::png, prompt, unauthenticated};

/// The event of a generation with this body, as it is written.
fn written(person: &Person, key: &str, body: &str) -> Event {
    person.keyed_event(key, &json!({})).body(body)
}

#[tokio::test(start_paused = true)]
async fn one_key_in_two_forms_at_once_is_one_generation() {
    for seed in 0..10 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let body = |seed: &str| format!(r#"{{"model":"flux-schnell","prompt":"a boat","settings":{{"seed":{seed}}}}}"#);
        let forms = [("the-key", "2"), ("\"the-key\"", "2.0"), ("the-key", "2e0"), ("\"the-key\"", "\u{feff}")];
        let events = forms.into_iter().cycle().take(12).map(|(key, number)| match number {
            "\u{feff}" => written(&person, key, &format!("\u{feff}{}", body("20E-1"))),
            number => written(&person, key, &body(number)),
        });
        let answers = join_all(events.map(|event| app.send(event))).await;
        let ids: BTreeSet<_> = answers.iter().map(|it| (it.status(), it.json()["id"].to_string())).collect();
        assert_eq!(ids.len(), 1, "seed {seed}: {ids:?}");
        assert_eq!(ids.first().unwrap().0, 202, "seed {seed}");
        assert_eq!(app.generations(person.account()).len(), 1, "seed {seed}");
        assert_eq!(app.balance(person.account()).held().0, 4, "seed {seed}: one hold");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_in_upper_case_is_the_same_id_and_nobody_elses() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let id = alice.ask_for("a boat").await;
    let upper = id.to_uppercase();
    let before = app.world().snapshot();
    for function in of_one_generation() {
        let event = Event::recorded(function).path("id", &upper).bearer(mallory.token());
        assert_eq!(app.send(event).await.outcome(), (404, "not_found".to_owned()), "{function}");
    }
    for form in [id.replace('-', ""), format!("{{{upper}}}"), format!("urn:uuid:{upper}"), format!("{upper}%00")] {
        let event = Event::recorded("get-generation").path("id", &form).bearer(alice.token());
        assert_eq!(app.send(event).await.outcome(), (404, "not_found".to_owned()), "{form}");
    }
    app.world().assert_unchanged(&before);
    let path = format!("/v1/generations/{upper}");
    assert_eq!(alice.get(&path).await.expect(200).json()["id"], json!(id), "answers have lower case");
    app.settle().await;
    let changed = alice.event("PATCH", &path).json_body(&json!({ "title": "A boat" }));
    assert_eq!(app.send(changed).await.expect(200).json()["id"], json!(id));
    let based = json!({ "model": "flux-schnell", "prompt": "a house", "based_on": upper });
    assert_eq!(alice.generate(&based).await.expect(202).json()["based_on"], json!(id));
    assert_eq!(alice.cancel(&upper).await.outcome(), (409, "wrong_state".to_owned()), "it is delivered");
    alice.delete(&upper).await.expect(204);
    assert_eq!(alice.get(&format!("/v1/generations/{id}")).await.status(), 404);
    app.rest().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_upload_in_upper_case_is_the_same_input() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let upload = person.upload("image/png", &png([200, 30, 20])).await;
    let body = |upload: &str| json!({ "model": "flux-kontext-dev", "prompt": "make it night", "inputs": [upload] });
    let first = app.send(person.keyed_event("the-key", &body(&upload.to_uppercase()))).await.expect(202).json();
    let again = app.send(person.keyed_event("the-key", &body(&upload))).await.expect(202).json();
    assert_eq!(again["id"], first["id"], "both name the same upload");
    let id = first["id"].as_str().unwrap();
    assert_eq!(app.generation(id).inputs[0].upload.unwrap().to_string(), upload);
    let twice = json!({ "model": "flux-kontext-dev", "prompt": "x", "inputs": [upload, upload.to_uppercase()] });
    assert_eq!(person.generate(&twice).await.outcome(), (422, "invalid".to_owned()));
    app.settle().await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_session_in_upper_case_is_the_same_session() {
    let app = App::new(1).await;
    let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    let path = |person: &Person| format!("/v1/sessions/{}", person.session().to_string().to_uppercase());
    laptop.ask("DELETE", &path(&phone)).await.expect(204);
    assert_eq!(app.refresh(phone.refresh_token()).await.outcome(), unauthenticated());
    // A token is no id: it has one spelling.
    let (ids, secret) = laptop.refresh_token().rsplit_once('.').unwrap();
    let shouted = format!("{}.{secret}", ids.to_uppercase());
    assert_eq!(app.refresh(&shouted).await.outcome(), unauthenticated());
    laptop.ask("DELETE", &path(&laptop)).await.expect(204).expect_signed_out();
}

#[tokio::test(start_paused = true)]
async fn a_report_about_an_id_in_upper_case_is_the_same_report() {
    let app = App::new(1).await;
    let id = "0198c0de-0000-7000-8000-00000000abcd";
    let report = |id: &str| json!({ "what": "A picture of me.", "where": id, "good_faith": true });
    let mut numbers = BTreeSet::new();
    for id in [id.to_uppercase().as_str(), id] {
        let case = app.send(Event::recorded("report").json_body(&report(id))).await.expect(201).json();
        numbers.insert(case["number"].to_string());
    }
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    let stored = app.world().items(CASES_TABLE).into_iter().find(|item| item["sk"] == "case").unwrap();
    assert!(stored.to_string().contains(id), "the operator finds the id in lower case: {stored}");
}

#[tokio::test(start_paused = true)]
async fn a_whole_number_is_taken_in_every_form() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let body = |number: &str, cost: &str| {
        format!(r#"{{"model":"flux-schnell","prompt":"a boat","settings":{{"seed":{number}}},"max_cost":{cost}}}"#)
    };
    for (key, first) in [("one", ("2.0", "4.0")), ("other", ("2", "4"))] {
        let taken = app.send(written(&person, key, &body(first.0, first.1))).await.expect(202).json();
        assert_eq!(taken["settings"]["seed"].to_string(), "2", "it is stored as a whole number");
        for (number, cost) in [("2", "4"), ("2.0", "4.0"), ("2e0", "4e0"), ("20E-1", "0.4e1")] {
            let again = app.send(written(&person, key, &body(number, cost))).await.expect(202).json();
            assert_eq!(again["id"], taken["id"], "{number} {cost}");
        }
        let before = app.world().snapshot();
        for (number, cost) in [("3.0", "4"), ("2", "5.0"), ("2.5", "4")] {
            let other = app.send(written(&person, key, &body(number, cost))).await;
            assert_eq!(other.outcome(), (422, "idempotency_key_reused".to_owned()), "{number} {cost}");
        }
        app.world().assert_unchanged(&before);
    }
    let before = app.world().snapshot();
    for (number, cost, words) in [
        ("2.5", "4", "seed is a whole number from 0 to"),
        ("-1.0", "4", "seed is a whole number from 0 to"),
        ("1e300", "4", "seed is a whole number from 0 to"),
        ("2", "4.5", "must be whole and not negative"),
        ("2", "-4.0", "must be whole and not negative"),
        ("2", "\"4\"", "a value of the wrong type"),
    ] {
        let refused = app.send(written(&person, "third", &body(number, cost))).await;
        assert_eq!(refused.outcome(), (422, "invalid".to_owned()), "{number} {cost}");
        let detail = refused.json()["detail"].to_string();
        assert!(detail.contains(words), "{number} {cost}: {detail}");
    }
    app.world().assert_unchanged(&before);
    let quote = |number: &str| {
        Event::recorded("quote").body(&format!(r#"{{"model":"flux-schnell","settings":{{"num_outputs":{number}}}}}"#))
    };
    let prices: Vec<Value> = join_all(["3", "3.0"].map(|number| app.send(quote(number))))
        .await
        .iter()
        .map(|it| it.json()["price"].clone())
        .collect();
    assert_eq!(prices, [json!(12), json!(12)]);
    let upload = |bytes: &str| {
        person
            .event("POST", "/v1/uploads")
            .json_body(&json!({}))
            .body(&format!(r#"{{"content_type":"image/png","bytes":{bytes}}}"#))
    };
    app.send(upload("183204.0")).await.expect(201);
    assert_eq!(app.send(upload("183204.5")).await.outcome(), (422, "invalid".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_canceling_may_cost_is_taken_in_every_form() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let cancel = |cost: &str| {
        let event = person.event("POST", &format!("/v1/generations/{id}/cancel")).json_body(&json!({}));
        event.body(&format!("\u{feff}{{\"max_cost\":{cost}}}"))
    };
    assert_eq!(app.send(cancel("0.5")).await.outcome(), (422, "invalid".to_owned()));
    assert_eq!(app.send(cancel("0.0")).await.expect(200).json()["status"], "canceled");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_before_json_is_skipped() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let body = prompt("a boat").to_string();
    let marked = format!("\u{feff}{body}");
    let first = app.send(written(&person, "the-key", &marked)).await.expect(202).json();
    let in_base64 = written(&person, "the-key", "").body_in_base64(marked.as_bytes());
    for event in [in_base64, written(&person, "the-key", &body)] {
        assert_eq!(app.send(event).await.expect(202).json()["id"], first["id"]);
    }
    for wrong in [format!("\u{feff}{marked}"), "\u{feff}".to_owned(), format!("{body}\u{feff}")] {
        assert_eq!(app.send(written(&person, "x", &wrong)).await.outcome(), (400, "malformed".to_owned()), "{wrong:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn quotes_are_no_part_of_a_key_and_wrong_ones_are_refused_with_words() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let routes = |key: &str| {
        let checkout = person.event("POST", "/v1/checkouts").json_body(&json!({ "plan": "pack-500" }));
        let contact = Event::recorded("contact").bearer(person.token());
        [person.keyed_event(key, &prompt("a boat")), checkout, contact]
            .map(|event| event.header("idempotency-key", key))
    };
    for (bare, quoted) in routes("a-key").into_iter().zip(routes("\"a-key\"")) {
        let what = bare.function().to_owned();
        let (first, again) = (app.send(bare).await, app.send(quoted).await);
        assert!(first.status() < 300, "{what}: {first:?}");
        let named = |answer: &tests::Answer| [answer.json()["id"].clone(), answer.json()["number"].clone()];
        assert_eq!((again.status(), named(&again)), (first.status(), named(&first)), "{what}");
    }
    let before = app.world().snapshot();
    for key in ["\"a-key", "a-key\"", "'a-key'", "\"\"", "\"\"a-key\"\"", "\"a key\"", "\"a-key\";a=1", "\"a\", \"b\""]
    {
        for event in routes(key) {
            let what = format!("{} with {key}", event.function());
            let refused = app.send(event).await;
            assert_eq!(refused.outcome(), (400, "idempotency_key_required".to_owned()), "{what}");
            let detail = refused.json()["detail"].to_string();
            assert!(detail.contains("bare or between two double quotes"), "{what}: {detail}");
        }
    }
    app.world().assert_unchanged(&before);
    app.rest().await;
    app.check_invariants().none();
}
