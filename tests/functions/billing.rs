//! Buying: a page is opened, Stripe says that it was paid, the credits are granted once.

use accounts::{Person, SignIn};
use aws::{Condition, Decision, transact};
use base64::{Engine, prelude::BASE64_STANDARD};
use credits::{Lot, Status};
use futures_util::future::join_all;
use kernel::{AccountId, Caller, PersonalData};
use local::fakes::{
    Stripe,
    stripe::{Payment, Webhook, WebhookMode},
};
use runtime::http::{Request, Response, answer};
use serde_json::{Value, json};
use session::Signer;
use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, Fault, Faults, PUBLIC_ORIGIN, World};

const LIST_PLANS: &str = include_str!("../../events/list-plans.json");
const CHECKOUT: &str = include_str!("../../events/checkout.json");
const WEBHOOK: &str = include_str!("../../events/stripe-webhook.json");
const BINARY_WEBHOOK: &str = include_str!("../../events/stripe-webhook.base64.json");

/// The functions of a purchase, started on one world with a Stripe.
struct Shop {
    world: World,
    stripe: Stripe,
    checkout: Arc<checkout::Deps>,
    webhook: Arc<stripe_webhook::Deps>,
}

impl Shop {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let stripe = world.stripe();
        Self::started(world, stripe).await
    }

    async fn started(world: World, stripe: Stripe) -> Self {
        let checkout = checkout::Deps::new(&world.init("checkout")).await.unwrap();
        let webhook = stripe_webhook::Deps::new(&world.init("stripe-webhook")).await.unwrap();
        Self { world, stripe, checkout: Arc::new(checkout), webhook: Arc::new(webhook) }
    }

    /// The same service after all of its processes were started anew.
    async fn restarted(&self) -> Self {
        Self::started(self.world.clone(), self.stripe.clone()).await
    }

    fn accounts(&self) -> accounts::Store {
        accounts::Store::new(self.world.clients().dynamodb().table(ACCOUNTS_TABLE))
    }

    fn credits(&self) -> credits::Store {
        credits::Store::new(self.world.clients().dynamodb().table(CREDITS_TABLE))
    }

    fn payments(&self) -> billing::Payments {
        billing::Payments::new(self.world.clients().dynamodb().table(CREDITS_TABLE))
    }

    /// Somebody with an account and its welcome credits.
    async fn sign_in(&self) -> Buyer {
        let (world, accounts, credits) = (&self.world, self.accounts(), self.credits());
        let account = AccountId::new(world.ids().uuid_v7(world.now()));
        let person = Person {
            provider: "google",
            issuer: "https://accounts.google.com".to_owned(),
            subject: account.to_string(),
            email: None,
            email_verified: false,
            name: None,
            picture_url: None,
        };
        let sign_in = SignIn::new("203.0.113.7", "Firefox", &world.ids(), world.now());
        transact(accounts.db(), &world.ids(), async || {
            let mut changes = accounts.born(account, &person, &sign_in)?;
            changes.extend(credits.welcome(account, Lot::welcome(world.now()), world.now())?);
            Ok(Decision::Commit(changes, ()))
        })
        .await
        .unwrap();
        let caller = Caller { account, session: sign_in.session, issued_at: world.now() };
        let signer = Signer::from_seed(&world.secret("session-signing-key"), PUBLIC_ORIGIN).unwrap();
        let token = signer.issue(&caller).unwrap().as_str().to_owned();
        Buyer { caller, token }
    }

    async fn erase(&self, buyer: &Buyer) {
        self.accounts().erase(buyer.account()).await.unwrap();
        self.credits().erase(buyer.account()).await.unwrap();
        self.payments().erase(buyer.account()).await.unwrap();
    }

    async fn set_status(&self, buyer: &Buyer, status: Status) {
        let table = self.world.clients().dynamodb().table(CREDITS_TABLE);
        let balance = table.update(&buyer.account().to_string(), "balance").set("status", status);
        balance.when(Condition::Exists).apply().await.unwrap();
    }

    fn lets_buy(&self, buyer: &Buyer, key: &str) -> Value {
        event(CHECKOUT, &[("token", &buyer.token), ("key", key)])
    }

    async fn open(&self, event: &Value) -> Response {
        let ctx = self.world.ctx("checkout");
        answer(checkout::handle, self.checkout.clone(), ctx, read(event)).await
    }

    /// Opens a page and answers Stripe's id of it.
    async fn opened(&self, buyer: &Buyer, key: &str) -> String {
        let answer = self.open(&self.lets_buy(buyer, key)).await;
        assert_eq!(answer.status(), 201, "{answer:?}");
        body(&answer)["id"].as_str().unwrap().to_owned()
    }

    /// Opens a page, pays, and answers the webhook that tells of it.
    async fn bought(&self, buyer: &Buyer, key: &str) -> Webhook {
        let page = self.opened(buyer, key).await;
        let _ = self.stripe.pay(self.world.now(), &page);
        self.stripe.take_webhooks(self.world.now()).pop().unwrap()
    }

    async fn deliver(&self, webhook: &Webhook) -> Response {
        self.deliver_event(&delivery(webhook)).await
    }

    async fn deliver_event(&self, event: &Value) -> Response {
        let ctx = self.world.ctx("stripe-webhook");
        answer(stripe_webhook::handle, self.webhook.clone(), ctx, read(event)).await
    }

    /// A paid session of the caller's making, in a correctly signed event.
    fn told(&self, order: &str, change: impl FnOnce(&mut Value)) -> Webhook {
        let filled = event(WEBHOOK, &[("event", "evt_0"), ("order", order), ("payment", "pi_1")]);
        let told: Value = serde_json::from_str(filled["body"].as_str().unwrap()).unwrap();
        let mut session = told["data"]["object"].clone();
        change(&mut session);
        self.stripe.event(self.world.now(), "checkout.session.completed", &session)
    }

    /// What can be spent, and how many entries the statement has.
    async fn holds(&self, buyer: &Buyer) -> (u64, usize) {
        let balance = self.credits().balance(buyer.account()).await.unwrap().unwrap();
        let entries = self.credits().entries(buyer.account()).await.unwrap();
        let (free, held) = credits::Entry::fold(&entries);
        let available = balance.available(self.world.now()).0;
        assert_eq!((free, held), (i64::try_from(available).unwrap(), 0), "the balance must be the sum of its entries");
        assert_eq!(balance.version, entries.len() as u64);
        (available, entries.len())
    }
}

struct Buyer {
    caller: Caller,
    token: String,
}

impl Buyer {
    fn account(&self) -> AccountId {
        self.caller.account
    }
}

fn event(recorded: &str, fill: &[(&str, &str)]) -> Value {
    let fill = |text: &str, (name, value): &(&str, &str)| text.replace(&format!("{{{{{name}}}}}"), value);
    serde_json::from_str(&fill_all(recorded, fill)(&[])).map_or_else(|e| panic!("{e}"), |it: Value| it)
}
