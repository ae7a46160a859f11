//! The routes for credits and usage, after expiries, debts and corrections.

use crate::personal::erase;
use credits::{Adjustment, ClawbackCause, CreditStore, Currency, Lot, LotClawback, Money};
use kernel::{AccountId, Credits, Note, Result};
use serde_json::{Value, json};
use testkit::CREDITS_TABLE;
use tests::{App, DAY, Event, Person, unauthenticated};

fn store(app: &App) -> CreditStore {
    CreditStore::new(app.world().clients().dynamodb().table(CREDITS_TABLE))
}

/// Changes a balance in a transaction, as our functions do.
async fn change(app: &App, account: AccountId, decide: impl Fn(credits::Balance) -> Result<Vec<aws::Change>>) {
    let (store, ids) = (store(app), app.world().ids());
    let (table, _) = store.balance_key();
    let changed = aws::transact(table.db(), &ids, async || {
        let balance = store.read_balance(account).await?.expect("the account has a balance");
        Ok(aws::Decision::Commit(decide(balance)?, ()))
    });
    changed.await.unwrap();
    app.world().reset_count();
}

async fn credits_of(person: &Person) -> Value {
    person.get("/v1/credits").await.expect(200).json()
}

async fn usage_of(person: &Person) -> Value {
    person.get("/v1/usage").await.expect(200).json()
}

/// Runs a generation to its end: an image for 4 credits or a video for 20.
async fn make(app: &App, person: &Person, model: &str) {
    person.generate(&json!({ "model": model, "prompt": "a boat" })).await.expect(202);
    app.rest().await;
}

#[tokio::test(start_paused = true)]
async fn usage_is_counted_by_month_and_model() {
    let app = App::new(1).await;
    let mut person = app.sign_in("alice").await;
    assert_eq!(usage_of(&person).await, json!({ "months": [] }));
    make(&app, &person, "flux-schnell").await;
    make(&app, &person, "flux-schnell").await;
    app.world().advance(17 * DAY);
    person.renew().await;
    make(&app, &person, "wan-2.2-t2v-fast").await;
    make(&app, &person, "flux-schnell").await;
    let image = |n: u64| json!({ "generations": n, "credits": 4 * n });
    let wanted = json!({ "months": [
        {
            "month": "2027-02", "generations": 2, "credits": 24,
            "by_model": { "flux-schnell": image(1), "wan-2.2-t2v-fast": { "generations": 1, "credits": 20 } },
        },
        { "month": "2027-01", "generations": 2, "credits": 8, "by_model": { "flux-schnell": image(2) } },
    ]});
    assert_eq!(usage_of(&person).await, wanted);
    let newest = &credits_of(&person).await["items"][0];
    assert_eq!((&newest["kind"], &newest["model"]), (&json!("settle"), &json!("flux-schnell")));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_undelivered_generation_is_no_usage() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.outcome = local::fakes::replicate::JobOutcome::Fail);
    make(&app, &person, "flux-schnell").await;
    assert_eq!(usage_of(&person).await, json!({ "months": [] }));
}

#[tokio::test(start_paused = true)]
async fn usage_is_per_account_and_is_erased_with_it() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    make(&app, &alice, "flux-schnell").await;
    assert_eq!(usage_of(&mallory).await, json!({ "months": [] }));
    erase(&app, alice.account()).await;
    for path in ["/v1/usage", "/v1/credits"] {
        let before = app.world().snapshot();
        assert_eq!(alice.get(path).await.outcome(), unauthenticated(), "{path}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn usage_ignores_query_parameters() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    make(&app, &person, "flux-schnell").await;
    let before = app.world().snapshot();
    let event = Event::recorded("get-usage").fill("token", person.token());
    let wanted = app.send(event.clone()).await.expect(200).json();
    let odd = event.query(&[("limit", "-1"), ("cursor", "%%%"), ("account", "somebody")]);
    assert_eq!(app.send(odd).await.expect(200).json(), wanted);
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_expiry_shows_at_once_and_is_in_the_statement_from_the_next_change_on() {
    let app = App::new(1).await;
    let mut person = app.sign_in("alice").await;
    let (store, account, now) = (store(&app), person.account(), app.world().now());
    let expires_at = now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
    let gift = || Adjustment::Promotion { lot: "spring".into(), credits: Credits(30), expires_at: Some(expires_at) };
    let note = Note::new("spring-2027", "Spring is here.").unwrap();
    change(&app, account, |balance| store.adjust_changes(account, balance, gift(), note.clone(), now)).await;
    let body = credits_of(&person).await;
    assert_eq!(body["available"], 80);
    let first = json!({ "source": "promotion", "remaining": 30, "expires_at": "2027-01-16T08:00:00Z", "frozen": null });
    assert_eq!((&body["lots"][0], &body["lots"].as_array().unwrap().len()), (&first, &2));
    assert_eq!(
        (&body["items"][0]["reason"], &body["items"][0]["source"]),
        (&json!("Spring is here."), &first["source"])
    );
    assert!(!body.to_string().contains("spring-2027"), "the operator must not be shown: {body}");

    app.world().advance(DAY);
    person.renew().await;
    let body = credits_of(&person).await;
    assert_eq!((&body["available"], &body["lots"].as_array().unwrap().len()), (&json!(50), &1));
    person.ask_for("a boat").await;
    let body = credits_of(&person).await;
    let kinds: Vec<_> = body["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["hold", "expire", "grant", "grant"]);
    assert_eq!(body["items"][1]["available_change"], -30);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_debt_is_shown_and_blocks_spending_until_it_is_covered() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let (store, account, now) = (store(&app), person.account(), app.world().now());
    let paid = Money { amount: 999, currency: Currency::Eur };
    let pack = |id: &str| Lot { priority: 1, ..Lot::pack(id, Credits(4), paid, now) };
    change(&app, account, |balance| store.grant_changes(account, balance, pack("p"), now)).await;
    make(&app, &person, "flux-schnell").await;
    let demand = [LotClawback { lot: "p".into(), amount: Credits(4) }];
    change(&app, account, |balance| store.claw_back_changes(account, balance, ClawbackCause::Dispute, &demand, now))
        .await;
    let body = credits_of(&person).await;
    assert_eq!((&body["available"], &body["debt"], &body["lots"][0]["remaining"]), (&json!(0), &json!(4), &json!(50)));
    let entry = &body["items"][0];
    assert_eq!(
        (&entry["kind"], &entry["cause"], &entry["debt_change"]),
        (&json!("clawback"), &json!("dispute"), &json!(4))
    );
    let refused = person.generate(&tests::prompt("a boat")).await;
    assert_eq!(refused.outcome(), (402, "insufficient_credits".to_owned()));
    change(&app, account, |balance| store.grant_changes(account, balance, pack("q"), now)).await;
    let body = credits_of(&person).await;
    assert_eq!(
        (&body["available"], &body["debt"], &body["items"][0]["debt_change"]),
        (&json!(50), &json!(0), &json!(-4))
    );
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_frozen_lot_is_shown_with_its_reason_and_cannot_be_spent() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let (store, account, now) = (store(&app), person.account(), app.world().now());
    person.ask_for("a boat").await;
    let note = Note::new("night-shift", "Many new accounts came from your network.").unwrap();
    let freeze = || Adjustment::FreezeLot { lot: "welcome".into() };
    change(&app, account, |balance| store.adjust_changes(account, balance, freeze(), note.clone(), now)).await;
    let body = credits_of(&person).await;
    assert_eq!((&body["available"], &body["frozen"], &body["held"]), (&json!(0), &json!(46), &json!(4)));
    let frozen = json!({ "reason": "Many new accounts came from your network.", "at": now.to_string() });
    let lot = json!({ "source": "welcome", "remaining": 46, "expires_at": null, "frozen": frozen });
    assert_eq!(body["lots"], json!([lot]));
    let entry = &body["items"][0];
    assert_eq!((&entry["kind"], &entry["reason"]), (&json!("freeze_lot"), &frozen["reason"]));
    assert_eq!((&entry["available_change"], &entry["frozen_change"]), (&json!(-46), &json!(46)));
    assert!(!body.to_string().contains("night-shift"), "the operator must not be shown: {body}");
    let before = app.world().snapshot();
    let refused = person.generate(&tests::prompt("another boat")).await;
    assert_eq!(refused.outcome(), (402, "insufficient_credits".to_owned()));
    app.world().assert_unchanged(&before);
    let exported = crate::personal::exported(&app, account).await;
    assert!(exported.contains("\"frozen\"") && exported.contains("came from your network"), "{exported}");

    // The generation of before the freeze is delivered and charged.
    app.rest().await;
    let body = credits_of(&person).await;
    assert_eq!((&body["available"], &body["frozen"], &body["held"]), (&json!(0), &json!(46), &json!(0)));
    let thaw = || Adjustment::ThawLot { lot: "welcome".into() };
    change(&app, account, |balance| store.adjust_changes(account, balance, thaw(), note.clone(), now)).await;
    let body = credits_of(&person).await;
    assert_eq!(
        (&body["available"], &body["frozen"], &body["lots"][0]["frozen"]),
        (&json!(46), &json!(0), &Value::Null)
    );
    let sum =
        |name: &str| body["items"].as_array().unwrap().iter().map(|item| item[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!(
        (sum("available_change"), sum("frozen_change"), sum("held_change")),
        (46, 0, 0),
        "the statement adds up"
    );
    person.ask_for("another boat").await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_failed_generation_of_before_the_freeze_gives_its_credits_back_frozen() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let (store, account, now) = (store(&app), person.account(), app.world().now());
    app.replicate().knobs(|knobs| knobs.outcome = local::fakes::replicate::JobOutcome::Fail);
    person.ask_for("a boat").await;
    let note = Note::new("night-shift", "We look at this.").unwrap();
    let freeze = || Adjustment::FreezeLot { lot: "welcome".into() };
    change(&app, account, |balance| store.adjust_changes(account, balance, freeze(), note.clone(), now)).await;
    app.rest().await;
    let body = credits_of(&person).await;
    assert_eq!((&body["available"], &body["frozen"], &body["held"]), (&json!(0), &json!(50), &json!(0)));
    let entry = &body["items"][0];
    assert_eq!(
        (&entry["kind"], &entry["available_change"], &entry["frozen_change"]),
        (&json!("release"), &json!(0), &json!(4))
    );
    app.check_invariants().none();
}
