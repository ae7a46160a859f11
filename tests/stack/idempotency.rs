//! Repeated requests under one idempotency key.

use crate::{
    journey::finished,
    person::{PRICE, Person, id, order, unique},
    stack::together,
};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn ten_times_the_same_request_at_once_is_one_generation() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let (key, order) = (format!("key-{}", unique()), order());
        let answers = join_all((0..10).map(|_| person.generate(&key, &order))).await;
        let ids: BTreeSet<_> = answers.iter().map(|answer| id(&answer.ok(202))).collect();
        assert_eq!(ids.len(), 1, "one key is one generation: {ids:?}");
        let one = finished(&person, ids.first().unwrap()).await.unwrap();
        assert_eq!(one["status"], "succeeded", "{one}");
        assert_eq!(person.credits().await, (50 - PRICE, 0), "one generation is paid for once");
    });
}

#[test]
fn a_known_key_with_another_body_is_refused() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let (key, first) = (format!("key-{}", unique()), order());
        let generation = person.generate(&key, &first).await.ok(202);
        let mut other_settings = first.clone();
        other_settings["settings"] = json!({"aspect_ratio": "16:9"});
        for other in [order(), other_settings] {
            person.generate(&key, &other).await.is_problem(422, "idempotency_key_reused");
        }
        let list = person.get("/v1/generations").await.ok(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "a refused request must leave nothing: {list}");
        assert_eq!(list["items"][0]["id"], generation["id"]);
    });
}

#[test]
fn a_known_key_answers_after_the_balance_is_spent() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        stack.tables.endow(&person.account, PRICE, 3).await;
        let (key, order) = (format!("key-{}", unique()), order());
        let first = person.generate(&key, &order).await.ok(202);
        person.submit().await.is_problem(402, "insufficient_credits");
        assert_eq!(id(&person.generate(&key, &order).await.ok(202)), id(&first));
        finished(&person, &id(&first)).await.unwrap();
        let again = person.generate(&key, &order).await.ok(202);
        assert_eq!(id(&again), id(&first));
        assert_eq!(again["status"], "succeeded", "a repetition answers how it stands now: {again}");
        assert_eq!(person.credits().await, (0, 0));
    });
}

#[test]
fn two_people_may_use_the_same_key() {
    together(async |stack| {
        let (one, other) = (Person::new(stack.base()).await, Person::new(stack.base()).await);
        let (key, order) = (format!("key-{}", unique()), order());
        let first = one.generate(&key, &order).await.ok(202);
        let second = other.generate(&key, &order).await.ok(202);
        assert_ne!(id(&first), id(&second), "a key is its account's own");
    });
}
