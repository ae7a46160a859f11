//! The client against the fake. The fake is tested with Stripe's own library.

use super::*;
use crate::{
    order::{CheckoutKey, OrderKeys},
    plan::Plans,
    stripe::{
        event::{EventKind, PaidCheckout, StripeEvent},
        signature::SigningSecrets,
    },
};
use local::fakes::stripe::{API_VERSION as FAKES, PaymentMode};
use serde_json::Value;
use testkit::{Fault, Faults, PUBLIC_ORIGIN, STRIPE_API, World};

const CREATE: &str = "http.POST api.stripe.test/v1/checkout/sessions";

fn client(world: &World) -> Stripe {
    Stripe::new(world.net(), STRIPE_API, &world.secret("stripe-secret-key")).unwrap()
}

fn order(world: &World, plan: &Plan, key: &str) -> NewOrder {
    let keys = OrderKeys::from_keys([world.secret("order-mac-key").as_str()]).unwrap();
    let account = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
    keys.new_order(account, plan, &CheckoutKey::parse(Some(key)).unwrap(), world.now()).unwrap()
}

fn pack() -> Plan {
    Plans::built_in().unwrap().find("pack-500").unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_page_is_opened_for_an_order_once() {
    let world = World::new(1);
    let (fake, stripe) = (world.stripe(), client(&world));
    let order = order(&world, &pack(), "k");
    let (opened, counts) = world.counted(stripe.open_checkout(&order, &pack(), PUBLIC_ORIGIN)).await;
    let opened = opened.unwrap();
    assert_eq!((counts.vendors_total(), counts.aws_total()), (1, 0), "{counts}");
    assert_eq!(opened.url, format!("{STRIPE_API}/c/pay/{}", opened.id));
    assert_eq!(opened.expires_at, order.expires_at);
    assert_eq!(
        stripe.open_checkout(&order, &pack(), PUBLIC_ORIGIN).await.unwrap(),
        opened,
        "a repeated request must not open a second page"
    );
    assert_eq!(fake.counts().sessions, 1);

    let session = fake.session(world.now(), &opened.id).unwrap();
    assert_eq!((&session["amount_total"], &session["currency"]), (&999.into(), &"eur".into()));
    assert_eq!(
        (&session["metadata"]["order"], &session["client_reference_id"]),
        (&order.id.clone().into(), &order.id.clone().into())
    );
    assert_eq!(session["success_url"], format!("{PUBLIC_ORIGIN}/plans?checkout=success&session={PAGE_ID}"));
    assert_eq!(session["cancel_url"], format!("{PUBLIC_ORIGIN}/plans?checkout=canceled"));
    assert_eq!(API_VERSION, FAKES, "use the version of the fake, after reading its changes");
}

#[tokio::test(start_paused = true)]
async fn a_key_is_for_one_plan() {
    let world = World::new(1);
    let (_fake, stripe) = (world.stripe(), client(&world));
    let dearer = Plan { id: "pack-900".to_owned(), ..pack() };
    stripe.open_checkout(&order(&world, &pack(), "k"), &pack(), PUBLIC_ORIGIN).await.unwrap();
    let error = stripe.open_checkout(&order(&world, &dearer, "k"), &dearer, PUBLIC_ORIGIN).await.unwrap_err();
    assert_eq!(error.code(), "idempotency_key_reused");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_finds_the_page_whose_answer_was_lost() {
    for fault in
        [Fault::AnswerLost, Fault::RequestLost, Fault::Refused, Fault::ServerError, Fault::Throttled, Fault::BodyCut]
    {
        let world = World::new(1);
        let (fake, stripe) = (world.stripe(), client(&world));
        let order = order(&world, &pack(), "k");
        world.inject(Faults::nth(CREATE, 1, fault));
        let error = stripe.open_checkout(&order, &pack(), PUBLIC_ORIGIN).await.unwrap_err();
        assert_eq!(error.code(), "unavailable", "{fault:?}");
        stripe.open_checkout(&order, &pack(), PUBLIC_ORIGIN).await.unwrap();
        assert_eq!(fake.counts().sessions, 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_an_internal_error_without_details() {
    let world = World::new(1);
    let _fake = world.stripe();
    let stripe = Stripe::new(world.net(), STRIPE_API, "sk_test_stranger").unwrap();
    let error = stripe.open_checkout(&order(&world, &pack(), "k"), &pack(), PUBLIC_ORIGIN).await.unwrap_err();
    assert_eq!(error.code(), "internal");
    assert!(!error.cause().unwrap().to_string().contains("sk_test"), "{error:?}");
    assert!(!format!("{stripe:?}").contains("stranger"), "a key must not be printed: {stripe:?}");
    assert!(Stripe::new(world.net(), STRIPE_API, "two\nlines").is_err());
}

#[tokio::test(start_paused = true)]
async fn the_events_of_the_fake_verify_and_parse() {
    let world = World::new(1);
    let (fake, stripe) = (world.stripe(), client(&world));
    let secrets = SigningSecrets::from_secrets([fake.settings().webhook_secret.as_str()]).unwrap();
    let order = order(&world, &pack(), "k");
    fake.knobs(|knobs| knobs.payment = PaymentMode::Later);
    let opened = stripe.open_checkout(&order, &pack(), PUBLIC_ORIGIN).await.unwrap();
    let _ = fake.pay(world.now(), &opened.id);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        for webhook in fake.take_webhooks(world.now()) {
            let signature = webhook.headers["stripe-signature"].to_str().unwrap();
            secrets.verify(Some(signature), &webhook.body, world.now()).unwrap();
            kinds.push(StripeEvent::parse(&webhook.body).unwrap().kind);
        }
        world.advance(std::time::Duration::from_secs(2));
    }
    let session: Value = fake.session(world.now(), &opened.id).unwrap();
    let paid = PaidCheckout {
        order: Some(order.id),
        intent: session["payment_intent"].as_str().unwrap().to_owned(),
        amount: 999,
        currency: "eur".to_owned(),
    };
    assert_eq!(kinds, [EventKind::Unpaid, EventKind::Paid(paid)]);
}
