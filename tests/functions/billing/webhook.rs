//! Stripe's webhooks and the grants that follow.

use super::shop::{Shop, delivery, signature};
use crate::personal::erase;
use aws::{Decision, transact};
use credits::{CreditStore, Currency, Lot, Money};
use futures_util::future::join_all;
use kernel::{Credits, Error, limits};
use local::fakes::stripe::{PaymentMode, StripeWebhookMode, Webhook};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{CREDITS_TABLE, Fault, Faults};
use tests::{Answer, App, Event, Person, Printed};

/// How many paid events that grant nothing were counted.
fn ungranted(printed: &Printed) -> usize {
    let text = printed.text();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["UngrantedPayments"] == 1.0 && line["Stage"] == "test").count()
}

fn assert_done(answer: &Answer) {
    assert_eq!((answer.status(), answer.body()), (204, &[][..]), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_granted_in_two_requests() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let webhook = app.buy(&buyer, "k").await;
    let (answer, counts) = app.world().counted(app.deliver_payment(&webhook)).await;
    assert_done(&answer);
    assert_eq!((counts.aws_total(), counts.vendors_total()), (2, 0), "{counts}");
    assert_eq!(app.available_and_version(&buyer), (550, 2));
}

#[tokio::test(start_paused = true)]
async fn an_event_ten_times_in_parallel_grants_once() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        let buyer = app.sign_in("alice").await;
        let webhook = app.buy(&buyer, "k").await;
        for answer in join_all((0..10).map(|_| app.deliver_payment(&webhook))).await {
            assert_done(&answer);
        }
        assert_eq!(app.available_and_version(&buyer), (550, 2), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_event_grants_once() {
    let app = App::new(1).await;
    let mut buyer = app.sign_in("alice").await;
    app.stripe().knobs(|knobs| knobs.webhook = StripeWebhookMode::Twice);
    let webhook = app.buy(&buyer, "k").await;
    assert_done(&app.deliver_payment(&webhook).await);
    let before = app.world().snapshot();
    assert_done(&app.deliver_payment(&webhook).await);
    assert_done(&app.restarted().await.deliver_payment(&webhook).await);

    // Days later, other events report the same PaymentIntent.
    app.world().advance(Duration::from_secs(3 * 24 * 60 * 60));
    let first: Value = serde_json::from_slice(&webhook.body).unwrap();
    for kind in ["checkout.session.completed", "checkout.session.async_payment_succeeded"] {
        let other = app.stripe().event(app.world().now(), kind, &first["data"]["object"]);
        assert_ne!(serde_json::from_slice::<Value>(&other.body).unwrap()["id"], first["id"]);
        assert_done(&app.deliver_payment(&other).await);
    }
    app.stripe().resend(app.world().now());
    for webhook in app.stripe().take_webhooks(app.world().now()) {
        assert_done(&app.deliver_payment(&webhook).await);
    }
    app.world().assert_unchanged(&before);
    buyer.renew().await;
    assert_done(&app.deliver_payment(&app.buy(&buyer, "another").await).await);
    assert_eq!(app.available_and_version(&buyer), (1_050, 3), "another payment must be another grant");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_payment_is_granted_only_when_the_money_arrives() {
    for (payment, granted) in [(PaymentMode::Later, (550, 2)), (PaymentMode::LaterFails, (50, 1))] {
        let app = App::new(1).await;
        let buyer = app.sign_in("alice").await;
        app.stripe().knobs(|knobs| knobs.payment = payment);
        let completed = app.buy(&buyer, "k").await;
        assert_done(&app.deliver_payment(&completed).await);
        assert_eq!(app.available_and_version(&buyer), (50, 1), "{payment:?}: nothing has been paid yet");
        app.world().advance(Duration::from_secs(5));
        let ended = app.stripe().take_webhooks(app.world().now()).pop().unwrap();
        assert_done(&app.deliver_payment(&ended).await);
        // Out of order: the first event is delivered again.
        assert_done(&app.deliver_payment(&completed).await);
        assert_eq!(app.available_and_version(&buyer), granted, "{payment:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_differs_from_the_order_grants_nothing_and_is_logged() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let order = app.order(&buyer);
    type Change = Box<dyn Fn(&mut Value)>;
    let cases: [(&str, Change); 5] = [
        ("the amount is not the plan's", Box::new(|it| it["amount_total"] = json!(998))),
        ("the amount is not the plan's", Box::new(|it| it["amount_total"] = json!(99_900))),
        ("the currency is not the plan's", Box::new(|it| it["currency"] = json!("huf"))),
        ("the order is forged", Box::new(|it| it["metadata"]["order"] = json!("a.b.c.d"))),
        (
            "the order is forged",
            Box::new(|it| {
                let order = it["metadata"]["order"].as_str().unwrap().replace("pack-500", "pack-900");
                it["metadata"]["order"] = json!(order);
            }),
        ),
    ];
    let before = app.world().snapshot();
    for (reason, change) in cases {
        let printed = Printed::in_production();
        assert_done(&app.deliver_payment(&app.forged(&order, change)).await);
        let printed = printed.text();
        assert!(printed.contains(reason) && printed.contains("evt_"), "{reason} must be logged: {printed}");
        assert!(
            !printed.contains("pi_1") && !printed.contains(&order),
            "the line must not identify the person: {printed}"
        );
    }
    // Sessions of another shop in the same Stripe account, and sessions without a payment.
    let others: [Change; 3] = [
        Box::new(|it| it["metadata"] = json!({})),
        Box::new(|it| it["mode"] = json!("subscription")),
        Box::new(|it| it["payment_status"] = json!("no_payment_required")),
    ];
    for change in others {
        assert_done(&app.deliver_payment(&app.forged(&order, change)).await);
    }
    let unknown = app.stripe().event(app.world().now(), "charge.refund.updated", &json!({"id": "re_1"}));
    assert_done(&app.deliver_payment(&unknown).await);
    app.world().assert_unchanged(&before);
    assert_done(&app.deliver_payment(&app.forged(&order, |_| {})).await);
    assert_eq!(app.available_and_version(&buyer), (550, 2), "the unchanged session must be granted");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_for_an_erased_account() {
    let app = App::new(1).await;
    let (early, late) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let granted = app.buy(&early, "k").await;
    assert_done(&app.deliver_payment(&granted).await);
    let never_told = app.buy(&late, "k").await;
    for buyer in [&early, &late] {
        erase(&app, buyer.account()).await;
    }
    let before = app.world().snapshot();
    assert!(app.world().items(CREDITS_TABLE).is_empty());
    for webhook in [&granted, &never_told] {
        let printed = Printed::in_production();
        assert_done(&app.deliver_payment(webhook).await);
        assert!(printed.text().contains("an account that is gone"), "{}", printed.text());
        for answer in join_all((0..10).map(|_| app.deliver_payment(webhook))).await {
            assert_done(&answer);
        }
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_payment_for_a_closing_account_is_granted_when_it_is_active_again() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let webhook = app.buy(&buyer, "k").await;
    app.set_status(&buyer, "closing").await;
    let (before, printed) = (app.world().snapshot(), Printed::in_production());
    let answer = app.deliver_payment(&webhook).await;
    assert_eq!(answer.outcome(), (503, "unavailable".to_owned()));
    assert_eq!(ungranted(&printed), 1, "{}", printed.text());
    app.world().assert_unchanged(&before);

    app.stripe().webhook_answered(webhook.id, false);
    app.set_status(&buyer, "active").await;
    app.world().advance(Duration::from_secs(2));
    let again = app.stripe().take_webhooks(app.world().now()).pop().expect("Stripe delivers it again");
    assert_done(&app.deliver_payment(&again).await);
    assert_eq!(ungranted(&printed), 1, "a grant must not ring: {}", printed.text());
    assert_eq!(app.available_and_version(&buyer), (550, 2));
}

/// A freeze must not lose the money of a person who is on Stripe's page meanwhile.
#[tokio::test(start_paused = true)]
async fn a_payment_in_flight_at_a_freeze_is_granted_and_cannot_be_spent() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let webhook = app.buy(&buyer, "k").await;
    let id = buyer.account().to_string();
    crate::ops::done(&app, &["freeze", &id]).await;
    let printed = Printed::in_production();
    let (answer, counts) = app.world().counted(app.deliver_payment(&webhook)).await;
    assert_done(&answer);
    assert_eq!((counts.aws_total(), ungranted(&printed)), (2, 0), "{counts} {}", printed.text());
    assert_eq!(app.available_and_version(&buyer), (550, 3));
    let spend = buyer.generate(&tests::prompt("a boat")).await;
    assert_eq!(spend.outcome(), (403, "account_not_active".to_owned()), "the status stops spending");
    let before = app.world().snapshot();
    assert_done(&app.deliver_payment(&webhook).await);
    app.world().assert_unchanged(&before);
    crate::ops::done(&app, &["thaw", &id]).await;
    buyer.ask_for("a boat").await;
    app.settle().await;
    assert_eq!(app.available_and_version(&buyer).0, 546);
}

/// Fills the balance with as many open lots as it may have.
async fn fill(app: &App, buyer: &Person) {
    let (db, ids, now) = (app.world().clients().dynamodb(), app.world().ids(), app.world().now());
    let (credits, account) = (CreditStore::new(db.table(CREDITS_TABLE)), buyer.account());
    let paid = Money { amount: 1, currency: Currency::Eur };
    for n in 1..limits::LOTS_MAX {
        let lot = Lot::pack(format!("old-{n}"), Credits(1), paid, now);
        let granted = transact(&db, &ids, async || {
            let balance = credits.read_balance(account).await?.ok_or(Error::NotFound)?;
            Ok(Decision::Commit(credits.grant_changes(account, balance, lot.clone(), now)?, ()))
        });
        granted.await.unwrap();
    }
}

/// Money that was taken and that nothing was granted for must ring: nobody else tells us.
#[tokio::test(start_paused = true)]
async fn every_paid_event_that_grants_nothing_is_counted() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let (order, webhook) = (app.order(&buyer), app.buy(&buyer, "k").await);
    fill(&app, &buyer).await;
    let printed = Printed::in_production();
    let before = app.world().snapshot();
    assert_eq!(app.deliver_payment(&webhook).await.outcome(), (503, "unavailable".to_owned()));
    assert_eq!(ungranted(&printed), 1, "too many lots: {}", printed.text());
    assert!(printed.text().contains("too_many_lots") && printed.text().contains("evt_"), "{}", printed.text());
    assert_done(&app.deliver_payment(&app.forged(&order, |it| it["amount_total"] = json!(998))).await);
    assert_eq!(ungranted(&printed), 2, "another amount: {}", printed.text());
    app.world().assert_unchanged(&before);

    erase(&app, buyer.account()).await;
    assert_done(&app.deliver_payment(&webhook).await);
    assert_eq!(ungranted(&printed), 3, "an erased account: {}", printed.text());
    let elsewhere = app.forged(&order, |it| it["metadata"] = json!({}));
    assert_done(&app.deliver_payment(&elsewhere).await);
    let unsigned = delivery(&webhook).without_header("stripe-signature");
    assert_eq!(app.send(unsigned).await.status(), 401);
    assert_eq!(ungranted(&printed), 3, "what is no payment to us must not ring: {}", printed.text());
    let account = buyer.account().to_string();
    assert!(!printed.text().contains(&account) && !printed.text().contains("pi_1"), "{}", printed.text());
}

#[tokio::test(start_paused = true)]
async fn an_invalid_signature_changes_nothing() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let good = delivery(&app.buy(&buyer, "k").await);
    let body = good.json()["body"].as_str().unwrap().to_owned();
    let compact: Value = serde_json::from_str(&body).unwrap();
    let mut events = vec![
        good.clone().without_header("stripe-signature"),
        good.clone().header("stripe-signature", ""),
        good.clone().header("stripe-signature", "t=1800000000,v0=00"),
        good.clone().body(&body.replace("999", "998")),
        // The same JSON in other white space.
        good.clone().body(&compact.to_string()),
    ];
    for mode in [StripeWebhookMode::BadSignature, StripeWebhookMode::Stale] {
        app.stripe().knobs(|knobs| knobs.webhook = mode);
        events.push(delivery(&app.buy(&buyer, &format!("{mode:?}")).await));
    }
    let before = app.world().snapshot();
    for event in events {
        let (answer, counts) = app.world().counted(app.send(event.clone())).await;
        assert_eq!(answer.outcome(), (401, "bad_signature".to_owned()), "{}", event.json()["headers"]);
        assert_eq!(counts.aws_total(), 0, "{counts}");
    }
    app.world().assert_unchanged(&before);
    app.world().advance(Duration::from_secs(301));
    assert_eq!(app.send(good).await.status(), 401, "a signature must expire after five minutes");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_body_may_come_in_base64_and_a_secret_may_be_replaced() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let webhook = app.buy(&buyer, "k").await;
    let secret = app.world().secret("stripe-webhook-secret");
    app.world().put_secret("stripe-webhook-secret", &format!("whsec_new\n{secret}"));
    let app = app.restarted().await;
    let binary = Event::recorded("stripe-webhook.base64").header("stripe-signature", signature(&webhook));
    assert_eq!(binary.json()["isBase64Encoded"], true);
    assert_done(&app.send(binary.body_in_base64(&webhook.body)).await);
    assert_eq!(app.available_and_version(&buyer), (550, 2));
    app.world().put_secret("stripe-webhook-secret", "whsec_new");
    assert_eq!(
        app.restarted().await.deliver_payment(&webhook).await.status(),
        401,
        "a removed secret must not be accepted"
    );
}

/// Delivers a webhook until it is acknowledged, as Stripe does.
async fn deliver_until_done(app: &App, webhook: &Webhook) {
    for _ in 0..20 {
        match app.world().run(app.deliver_payment(webhook)).await {
            Ok(answer) if answer.status() == 204 => return,
            _ => {}
        }
    }
    panic!("the webhook was never acknowledged");
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_granted_once_after_each_fault_of_each_call() {
    let general = [
        Fault::DieBefore,
        Fault::DieAfter,
        Fault::Refused,
        Fault::ServerError,
        Fault::Throttled,
        Fault::RequestLost,
        Fault::AnswerLost,
        Fault::TransactionConflict,
        Fault::TransactionInProgress,
        Fault::Partial,
    ];
    for fault in general {
        for call in 1..=2 {
            let app = App::new(1).await;
            let buyer = app.sign_in("alice").await;
            let webhook = app.buy(&buyer, "k").await;
            app.world().inject(Faults::with(move |it, _| (it.number == call && it.allows(fault)).then_some(fault)));
            deliver_until_done(&app, &webhook).await;
            assert_eq!(app.available_and_version(&buyer), (550, 2), "{fault:?} at call {call}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn under_chaos_every_payment_is_granted_once() {
    for seed in 0..30 {
        let app = App::new(seed).await;
        let buyer = app.sign_in("alice").await;
        let mut webhooks = Vec::new();
        for key in ["a", "b", "c"] {
            webhooks.push(app.buy(&buyer, key).await);
        }
        let faults =
            [Fault::DieAfter, Fault::DieBefore, Fault::AnswerLost, Fault::TransactionConflict, Fault::Throttled];
        app.world().inject(Faults::all(faults.map(|fault| Faults::sometimes("", 0.1, fault))));
        join_all(webhooks.iter().chain(&webhooks).map(|webhook| deliver_until_done(&app, webhook))).await;
        app.world().inject(Faults::none());
        assert_eq!(app.available_and_version(&buyer), (1_550, 4), "seed {seed}");
    }
}
