//! Valid webhooks, as the real provider may send them, and invalid ones.

use crate::{
    journey::finished,
    person::{PRICE, Person, client, id, send},
    stack::{Stack, alone, eventually, together},
};
use local::fakes::replicate::WebhookMode;
use serde_json::json;

/// The number of webhooks that were answered with this status so far.
async fn answered(stack: &Stack, status: u16) -> usize {
    let lines = stack.logged("ProviderWebhook").await;
    lines.iter().filter(|line| line["message"] == "answered" && line["status"] == status).count()
}

#[test]
fn a_webhook_that_comes_twice_is_paid_for_once() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Twice);
        let before = answered(stack, 204).await;
        let person = Person::new(stack.base()).await;
        let generation = finished(&person, &id(&person.submit().await.ok(202))).await.unwrap();
        assert_eq!(generation["status"], "succeeded", "{generation}");
        eventually("the second webhook", async || (answered(stack, 204).await >= before + 2).then_some(())).await;
        assert_eq!(person.credits().await, (50 - PRICE, 0));
        let settled = stack.tables.balance(&person.account).await.usage;
        let settled: Vec<_> = settled.months().map(|(month, _)| settled.month_total(month)).collect();
        assert_eq!(settled, [credits::UsageTotal { generations: 1, credits: kernel::Credits(PRICE) }]);
    });
}

#[test]
fn a_webhook_before_the_answer_to_the_submission_delivers() {
    alone(async |stack| {
        stack.platform.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Early);
        let person = Person::new(stack.base()).await;
        let generation = finished(&person, &id(&person.submit().await.ok(202))).await.unwrap();
        assert_eq!(generation["status"], "succeeded", "{generation}");
        assert_eq!(person.credits().await, (50 - PRICE, 0));
    });
}

#[test]
fn a_webhook_that_is_badly_signed_or_ten_minutes_old_is_refused() {
    alone(async |stack| {
        for mode in [WebhookMode::BadSignature, WebhookMode::Stale] {
            stack.platform.replicate().knobs(|knobs| knobs.webhook = mode);
            let before = answered(stack, 401).await;
            let person = Person::new(stack.base()).await;
            let id = id(&person.submit().await.ok(202));
            eventually("the refusal", async || (answered(stack, 401).await > before).then_some(())).await;
            let generation = person.generation(&id).await;
            assert_eq!(generation["status"], "running", "{mode:?} must change nothing: {generation}");
            // The sweep asks the provider itself, so the person still gets the picture.
            stack.tables.make_due(&person.account, &id).await;
            stack.platform.invoke("SweepGenerations", &json!({})).await.unwrap();
            let generation = finished(&person, &id).await.unwrap();
            assert_eq!(generation["status"], "succeeded", "{mode:?}: {generation}");
        }
    });
}

#[test]
fn a_webhook_without_our_mark_or_of_no_provider_is_refused() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let generation = id(&person.submit().await.ok(202));
        let account = &person.account;
        let marked = format!("account={account}&generation={generation}&mac=AAAA");
        for (path, status, code) in [
            ("/v1/webhooks/providers/replicate".to_owned(), 401, "bad_signature"),
            (format!("/v1/webhooks/providers/replicate?{marked}"), 401, "bad_signature"),
            (format!("/v1/webhooks/providers/nobody?{marked}"), 404, "not_found"),
        ] {
            let request = client().post(format!("{}{path}", stack.base())).body(r#"{"id":"x","status":"succeeded"}"#);
            send(request, "POST /v1/webhooks/providers".to_owned()).await.is_problem(status, code);
        }
    });
}
