//! Many requests at once on one balance.

use crate::{
    answer::Answer,
    journey::finished,
    person::{PRICE, Person, id},
    stack::{Stack, alone},
};
use futures_util::future::join_all;
use reqwest::Method;
use std::collections::{BTreeMap, BTreeSet};

async fn burst(stack: &Stack, at_once: usize, credits: u64, parallel_limit: u32) -> (Person, Vec<Answer>) {
    // No generation may end during the test, because the account could then start one more.
    stack.platform.replicate().knobs(|knobs| knobs.success_after_ms = 600_000);
    let person = Person::new(stack.base()).await;
    stack.tables.endow(&person.account, credits, parallel_limit).await;
    let answers = join_all((0..at_once).map(|_| person.submit())).await;
    (person, answers)
}

/// Calls off what has started. A later test makes the provider lose all its jobs: so many lost ones of
/// several accounts would pause the model.
async fn call_off(person: &Person, answers: &[Answer]) {
    for started in answers.iter().filter(|answer| answer.status == 202) {
        let id = id(&started.json());
        let canceled = person.ask(Method::POST, &format!("/v1/generations/{id}/cancel")).await;
        assert!([200, 202].contains(&canceled.status), "{canceled}");
        let generation = finished(person, &id).await.unwrap();
        assert_eq!(generation["status"], "canceled", "{generation}");
    }
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    answers.iter().fold(BTreeMap::new(), |mut counted, answer| {
        *counted.entry(answer.status).or_default() += 1;
        counted
    })
}

#[test]
fn twenty_requests_at_once_with_credits_for_five_start_five() {
    alone(async |stack| {
        let (person, answers) = burst(stack, 20, 5 * PRICE, 32).await;
        assert_eq!(statuses(&answers), [(202, 5), (402, 15)].into(), "{answers:#?}");
        for refused in answers.iter().filter(|answer| answer.status == 402) {
            refused.is_problem(402, "insufficient_credits");
        }
        assert_eq!(person.credits().await, (0, 5 * PRICE));
        let started = answers.iter().filter(|answer| answer.status == 202);
        let ids: BTreeSet<_> = started.map(|answer| answer.json()["id"].to_string()).collect();
        assert_eq!(ids.len(), 5, "each answer must be a generation of its own");
        let list = person.get("/v1/generations").await.ok(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(5), "{list}");
        call_off(&person, &answers).await;
    });
}

#[test]
fn twelve_requests_at_once_with_credits_for_all_and_three_places_start_three() {
    alone(async |stack| {
        let (person, answers) = burst(stack, 12, 12 * PRICE, 3).await;
        assert_eq!(statuses(&answers), [(202, 3), (429, 9)].into(), "{answers:#?}");
        for refused in answers.iter().filter(|answer| answer.status == 429) {
            refused.is_problem(429, "too_many_generations");
            assert!(!refused.header("retry-after").is_empty(), "a 429 must say when to come back");
        }
        assert_eq!(person.credits().await, (9 * PRICE, 3 * PRICE));
        call_off(&person, &answers).await;
    });
}
