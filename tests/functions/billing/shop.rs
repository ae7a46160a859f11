//! What a purchase is made of.

use billing::{CheckoutKey, OrderKeys, Plans};
use local::fakes::stripe::Webhook;
use serde_json::Value;
use testkit::CREDITS_TABLE;
use tests::{Answer, App, Event, Person};

/// Pages and payments at the seam.
pub(crate) trait Shop {
    /// Opens a page and answers Stripe's id of it.
    async fn opened(&self, buyer: &Person, key: &str) -> String;
    /// Opens a page, pays, and answers the webhook that tells of it.
    async fn bought(&self, buyer: &Person, key: &str) -> Webhook;
    /// Hands a webhook over as it came.
    async fn told(&self, webhook: &Webhook) -> Answer;
    /// A paid session for an order, changed by the caller, in a correctly signed event.
    fn forged(&self, order: &str, change: impl FnOnce(&mut Value)) -> Webhook;
    /// The id of an order of the buyer's.
    fn order(&self, buyer: &Person) -> String;
    /// Sets the status of an account.
    async fn set_status(&self, buyer: &Person, status: &str);
    /// What can be spent, and the version of the balance. The ledger is checked.
    fn holds(&self, buyer: &Person) -> (u64, u64);
}

/// The request for a page.
pub(super) fn checkout_event(buyer: &Person, key: &str) -> Event {
    Event::recorded("checkout").fill("token", buyer.token()).fill("key", key)
}

/// A webhook as the gateway hands it over.
pub(crate) fn delivery(webhook: &Webhook) -> Event {
    let body = std::str::from_utf8(&webhook.body).unwrap();
    Event::recorded("stripe-webhook").header("stripe-signature", signature(webhook)).body(body)
}

pub(super) fn signature(webhook: &Webhook) -> &str {
    webhook.headers["stripe-signature"].to_str().unwrap()
}

impl Shop for App {
    async fn opened(&self, buyer: &Person, key: &str) -> String {
        let answer = self.send(checkout_event(buyer, key)).await.expect(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn bought(&self, buyer: &Person, key: &str) -> Webhook {
        let page = self.opened(buyer, key).await;
        let _ = self.stripe().pay(self.world().now(), &page);
        self.stripe().take_webhooks(self.world().now()).pop().unwrap()
    }

    async fn told(&self, webhook: &Webhook) -> Answer {
        self.send(delivery(webhook)).await
    }

    fn forged(&self, order: &str, change: impl FnOnce(&mut Value)) -> Webhook {
        let recorded = Event::recorded("stripe-webhook").fill("order", order).fill("payment", "pi_1");
        let event: Value = serde_json::from_str(recorded.json()["body"].as_str().unwrap()).unwrap();
        let mut session = event["data"]["object"].clone();
        change(&mut session);
        self.stripe().event(self.world().now(), "checkout.session.completed", &session)
    }

    fn order(&self, buyer: &Person) -> String {
        let keys = OrderKeys::from_keys([self.world().secret("order-mac-key").as_str()]).unwrap();
        let (plans, key) = (Plans::built_in().unwrap(), CheckoutKey::parse(Some("k")).unwrap());
        let pack = plans.find("pack-500").unwrap();
        keys.new_order(buyer.account(), pack, &key, self.world().now()).unwrap().id
    }

    async fn set_status(&self, buyer: &Person, status: &str) {
        let table = self.world().clients().dynamodb().table(CREDITS_TABLE);
        let balance = table.update(&buyer.account().to_string(), "balance").set("status", status);
        balance.when(aws::Condition::Exists).apply().await.unwrap();
    }

    fn holds(&self, buyer: &Person) -> (u64, u64) {
        self.check_invariants().none();
        let balance = self.balance(buyer.account());
        (balance.available(self.world().now()).0, balance.version)
    }
}
