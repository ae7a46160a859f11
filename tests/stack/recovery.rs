//! Recovery: the provider fails, answers are lost, and webhooks do not come.

use crate::{
    journey::finished,
    person::{PRICE, Person, id},
    stack::{Stack, alone, eventually},
};
use local::fakes::replicate::{JobOutcome, OutputMode, SubmitMode, WebhookMode};
use serde_json::{Value, json};

/// Requests a generation with the present knobs, and waits for the status.
async fn submitted(stack: &Stack, person: &Person, state: &str) -> String {
    let id = id(&person.submit().await.ok(202));
    until(stack, person, &id, state).await;
    id
}

async fn until(stack: &Stack, person: &Person, id: &str, state: &str) {
    eventually(&format!("a generation that is {state}"), async || {
        let stored = stack.tables.stored(&person.account, id).await?;
        (stored["status"] == state).then_some(())
    })
    .await;
}

/// Makes the generation due and runs the sweep now. The scheduled sweep may be faster, so the report
/// of this sweep is ignored.
async fn swept(stack: &Stack, person: &Person, id: &str) {
    stack.tables.make_due(&person.account, id).await;
    let swept = stack.platform.invoke("SweepGenerations", &json!({})).await;
    assert!(swept.is_ok(), "the sweep failed: {swept:?}");
}

/// Sweeps until the generation is final. At the first sweep the provider may not be done.
async fn healed(stack: &Stack, person: &Person, id: &str) -> Value {
    eventually("a final state", async || {
        swept(stack, person, id).await;
        let stored = stack.tables.stored(&person.account, id).await?;
        stored["finished_at"].is_number().then_some(())
    })
    .await;
    finished(person, id).await.unwrap()
}

async fn is_released(person: &Person, generation: &Value, status: &str, code: &str) {
    assert_eq!(generation["status"], status, "{generation}");
    assert_eq!(generation["failure"]["code"], code, "{generation}");
    assert_eq!(generation["failure"]["released"], PRICE, "{generation}");
    assert_eq!(generation["cost"], 0, "{generation}");
    assert_eq!(person.credits().await, (50, 0), "only a delivery may be charged");
}

async fn is_paid(person: &Person, generation: &Value) {
    assert_eq!(generation["status"], "succeeded", "{generation}");
    assert_eq!(generation["outputs"].as_array().map(Vec::len), Some(1), "{generation}");
    assert_eq!(person.credits().await, (50 - PRICE, 0), "a delivery must be charged once");
}

#[test]
fn a_picture_is_delivered_although_no_webhook_comes() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Never);
        let person = Person::new(stack.base()).await;
        let id = submitted(stack, &person, "running").await;
        let generation = healed(stack, &person, &id).await;
        is_paid(&person, &generation).await;
    });
}

#[test]
fn credits_come_back_when_the_provider_has_lost_the_job() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Never);
        let person = Person::new(stack.base()).await;
        let id = submitted(stack, &person, "running").await;
        stack.platform.replicate().forget();
        let generation = healed(stack, &person, &id).await;
        is_released(&person, &generation, "failed", "provider_lost").await;
    });
}

#[test]
fn a_submission_without_an_answer_is_found_and_never_sent_again() {
    alone(async |stack| {
        let before = stack.platform.replicate().counts();
        stack.platform.replicate().knobs(|knobs| {
            knobs.submit = SubmitMode::AnswerLost;
            knobs.webhook = WebhookMode::Never;
        });
        let person = Person::new(stack.base()).await;
        let id = id(&person.submit().await.ok(202));
        eventually("the submission", async || {
            (stack.platform.replicate().counts().predictions > before.predictions).then_some(())
        })
        .await;
        let generation = healed(stack, &person, &id).await;
        is_paid(&person, &generation).await;
        let after = stack.platform.replicate().counts();
        assert_eq!(after.predictions, before.predictions + 1, "a job that may exist must not be submitted twice");
    });
}

#[test]
fn a_provider_that_refuses_for_now_is_asked_again() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| {
            knobs.submit = SubmitMode::Throttled;
            knobs.times = Some(1);
        });
        let before = stack.platform.replicate().counts().submits;
        let person = Person::new(stack.base()).await;
        let id = id(&person.submit().await.ok(202));
        eventually("the refusal", async || (stack.platform.replicate().counts().submits > before).then_some(())).await;
        until(stack, &person, &id, "queued").await;
        let generation = healed(stack, &person, &id).await;
        is_paid(&person, &generation).await;
    });
}

#[test]
fn a_generation_that_takes_too_long_is_canceled_and_its_credits_are_released() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| knobs.success_after_ms = 600_000);
        let before = stack.platform.replicate().counts().cancels;
        let person = Person::new(stack.base()).await;
        let id = submitted(stack, &person, "running").await;
        stack.tables.end_the_time_of(&person.account, &id).await;
        let generation = healed(stack, &person, &id).await;
        is_released(&person, &generation, "timed_out", "timed_out").await;
        assert!(stack.platform.replicate().counts().cancels > before, "the provider must be told to stop");
    });
}

#[test]
fn a_job_that_the_provider_fails_costs_nothing() {
    alone(async |stack| {
        for (outcome, status, code) in
            [(JobOutcome::Fail, "failed", "provider_failed"), (JobOutcome::Moderated, "moderated", "moderated")]
        {
            stack.platform.replicate().knobs(|knobs| knobs.outcome = outcome);
            let person = Person::new(stack.base()).await;
            let id = id(&person.submit().await.ok(202));
            let generation = finished(&person, &id).await.unwrap();
            is_released(&person, &generation, status, code).await;
        }
    });
}

#[test]
fn an_output_that_is_no_picture_is_not_delivered() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| knobs.output = OutputMode::WrongType);
        let person = Person::new(stack.base()).await;
        let id = id(&person.submit().await.ok(202));
        let generation = finished(&person, &id).await.unwrap();
        is_released(&person, &generation, "failed", "output_unusable").await;
    });
}
