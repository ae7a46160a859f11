//! The steps of a purchase.

use billing::{CheckoutKey, OrderKeys, Plans};
use local::fakes::stripe::Webhook;
use serde_json::Value;
use testkit::CREDITS_TABLE;
use tests::{Answer, App, Event, Person};

/// Pages and payments.
pub(crate) trait Shop {
    /// Opens a page. Returns its id at Stripe.
    async fn open_page(&self, buyer: &Person, key: &str) -> String;
    /// Opens a page and pays. Returns the webhook that reports the payment.
    async fn buy(&self, buyer: &Person, key: &str) -> Webhook;
    /// Delivers a webhook unchanged.
    async fn deliver_payment(&self, webhook: &Webhook) -> Answer;
    /// A correctly signed event with a paid session for an order. The caller changes the session.
    fn forged(&self, order: &str, change: impl FnOnce(&mut Value)) -> Webhook;
    /// The id of an order of this buyer.
    fn order(&self, buyer: &Person) -> String;
    /// Sets the status of an account.
    async fn set_status(&self, buyer: &Person, status: &str);
    /// The available credits and the version of the balance. Checks the ledger too.
    fn available_and_version(&self, buyer: &Person) -> (u64, u64);
}

/// The request for a page.
pub(super) fn checkout_event(buyer: &Person, key: &str) -> Event {
    Event::recorded("checkout").fill("token", buyer.token()).fill("key", key)
}

/// The event in which the gateway passes a webhook on.
pub(crate) fn delivery(webhook: &Webhook) -> Event {
    let body = std::str::from_utf8(&webhook.body).unwrap();
    Event::recorded("stripe-webhook").header("stripe-signature", signature(webhook)).body(body)
}

pub(super) fn signature(webhook: &Webhook) -> &str {
    webhook.headers["stripe-signature"].to_str().unwrap()
}

impl Shop for App {
    async fn open_page(&self, buyer: &Person, key: &str) -> String {
        let answer = self.send(checkout_event(buyer, key)).await.expect(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn buy(&self, buyer: &Person, key: &str) -> Webhook {
        let page = self.open_page(buyer, key).await;
        let _ = self.stripe().pay(self.world().now(), &page);
        self.stripe().take_webhooks(self.world().now()).pop().unwrap()
    }

    async fn deliver_payment(&self, webhook: &Webhook) -> Answer {
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

    fn available_and_version(&self, buyer: &Person) -> (u64, u64) {
        self.check_invariants().none();
        let balance = self.balance(buyer.account());
        (balance.available(self.world().now()).0, balance.version)
    }
}
