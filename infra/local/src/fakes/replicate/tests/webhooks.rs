//! The webhooks of predictions.

use super::*;

#[test]
fn webhooks_follow_their_knob() {
    for (mode, expected) in [
        (WebhookMode::Once, 1),
        (WebhookMode::Never, 0),
        (WebhookMode::Twice, 2),
        (WebhookMode::OutOfOrder, 2),
        (WebhookMode::BadSignature, 1),
        (WebhookMode::Stale, 1),
    ] {
        let replicate = fake(|knobs| knobs.webhook = mode);
        created(&replicate, at(0));
        assert!(replicate.take_webhooks(at(0)).is_empty(), "{mode:?}: nothing is due before the end");
        let webhooks = replicate.take_webhooks(at(1));
        assert_eq!(webhooks.len(), expected, "{mode:?}");
        assert!(replicate.take_webhooks(at(1)).is_empty(), "{mode:?}: a delivery is returned once");
    }
    let replicate = fake(|knobs| knobs.webhook = WebhookMode::Early);
    let answer = create(&replicate, at(0));
    assert!(answer.extensions().get::<WebhookFirst>().is_some());
    assert_eq!(shown(&answer)["status"], "starting");
    assert_eq!(replicate.take_webhooks(at(0)).len(), 1);
}

#[test]
fn a_final_webhook_is_repeated_until_it_is_accepted() {
    let replicate = fake(|_| {});
    created(&replicate, at(0));
    let mut now = at(1);
    let mut ids = Vec::new();
    while let [webhook] = replicate.take_webhooks(now).as_slice() {
        ids.push(webhook.headers["webhook-id"].clone());
        replicate.webhook_answered(webhook.id, false);
        now = replicate.next_event().unwrap_or(now);
    }
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|id| *id == ids[0]), "a repeated webhook keeps its id: {ids:?}");
    assert_eq!(now, at(1) + SignedDuration::from_secs(60));
}

#[test]
fn all_events_come_without_a_filter() {
    let replicate = fake(|_| {});
    let mut body = order();
    body.as_object_mut().unwrap().remove("webhook_events_filter");
    let _ = replicate.handle(at(0), request(Method::POST, MODEL, &[], &body));
    let bodies: Vec<Value> =
        replicate.take_webhooks(at(1)).iter().map(|webhook| serde_json::from_slice(&webhook.body).unwrap()).collect();
    let statuses: Vec<&str> = bodies.iter().map(|body| body["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["processing", "processing", "succeeded", "succeeded"]);
}

#[test]
fn delivered_webhooks_can_be_sent_again() {
    let replicate = fake(|_| {});
    created(&replicate, at(0));
    assert_eq!(replicate.resend(at(0)), 0, "nothing was delivered yet");
    let first = replicate.take_webhooks(at(60)).remove(0);
    assert_eq!(replicate.resend(at(60)), 0, "a webhook under way is not delivered yet");
    replicate.webhook_answered(first.id, true);
    assert_eq!(replicate.resend(at(3_600)), 1);
    let again = replicate.take_webhooks(at(3_600)).remove(0);
    assert_eq!((&again.body, &again.headers["webhook-id"]), (&first.body, &first.headers["webhook-id"]));
    assert_ne!(again.headers["webhook-timestamp"], first.headers["webhook-timestamp"], "it is signed anew");
}
