//! The purge erases the whole account and no data of other accounts, also when processes die.

mod deaths;
mod late;
mod tokens;

use crate::billing::shop::{Shop, delivery};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    AccountId,
    limits::{DELETION_GRACE, ERASURE_SETTLES},
    sha256_hex,
};
use local::fakes::replicate::JobOutcome;
use privacy::ReceiptSigner;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{
    ACCOUNTS_TABLE, CASES_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, GENERATIONS_TABLE, GoogleProfile,
    MEDIA_BUCKET, TRANSIENT_TABLE,
};
use tests::{App, Event, Person, webhook_event};

/// A person who has used everything: two sessions, a picture, a purchase, a delivered and a failed generation,
/// and the objects of [`owns`]. Returns every message and webhook of the account too.
pub struct Used {
    pub person: Person,
    pub messages: Vec<Event>,
    pub webhooks: Vec<Event>,
}

pub async fn used(app: &App, name: &str) -> Used {
    app.sign_in(name).await;
    app.world().advance(Duration::from_secs(5));
    let profile = GoogleProfile { name: person_name(name), ..GoogleProfile::new(name).pictured() };
    let person = app.browser().sign_in(&profile).await;
    assert_eq!(app.work_on("picture").await, 1, "the picture is copied");
    let paid = app.buy(&person, "the-key").await;
    app.deliver_payment(&paid).await.expect(204);
    let mut webhooks = vec![delivery(&paid)];
    let mut messages = vec![Event::recorded("copy-picture").fill("account", &person.account().to_string())];
    for outcome in [JobOutcome::Succeed, JobOutcome::Fail] {
        app.replicate().knobs(|knobs| knobs.outcome = outcome);
        let id = person.ask_for(&format!("a boat for {name}")).await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(20));
        for webhook in app.replicate().take_webhooks(app.world().now()) {
            let webhook = webhook_event(&webhook);
            app.send(webhook.clone()).await.expect(204);
            webhooks.push(webhook);
        }
        app.work_on("media").await;
        app.work_on("thumbnail").await;
        let job = app.generation(&id).provider_job.unwrap();
        let account = person.account().to_string();
        messages.push(Event::recorded("run-generation").fill("account", &account).fill("generation", &id));
        let collect = Event::recorded("collect-media").fill("account", &account).fill("generation", &id);
        messages.push(collect.fill("job", job.as_str()));
        messages.push(Event::recorded("make-thumbnails").fill("account", &account).fill("generation", &id));
    }
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Succeed);
    app.send(Event::recorded("contact").bearer(person.token())).await.expect(201);
    owns(app, &person).await;
    Used { person, messages, webhooks }
}

/// Stores a payment, an object of a dead collector, a delete marker and an open upload.
pub async fn owns(app: &App, person: &Person) {
    let table = app.world().clients().dynamodb().table(CREDITS_TABLE);
    let payment = json!({ "granted": 500 });
    table.put(&person.account().to_string(), "payment#stripe#pi_1", &payment).apply().await.unwrap();
    let s3 = app.world().clients().s3();
    let key = |n: u32| format!("generations/{}/stray/{n}.png", person.account());
    for n in [0, 0, 1] {
        s3.put_object().bucket(MEDIA_BUCKET).key(key(n)).body(b"x".to_vec().into()).send().await.unwrap();
    }
    s3.delete_object().bucket(MEDIA_BUCKET).key(key(1)).send().await.unwrap();
    s3.create_multipart_upload().bucket(MEDIA_BUCKET).key(key(2)).send().await.unwrap();
}

fn person_name(name: &str) -> Option<String> {
    Some(format!("{name} of the canaries"))
}

/// The stored data of an account, read without the code under test: items by table, and objects.
pub fn stored(app: &App, account: AccountId) -> Value {
    let id = account.to_string();
    let items = |table: &str, of: fn(&str) -> bool| {
        let items = app.world().items(table);
        let ours = items.iter().filter(|item| item.to_string().contains(&id));
        ours.filter(|item| of(item["sk"].as_str().unwrap())).count()
    };
    let part = format!("/{id}/");
    let objects = app.objects().iter().filter(|object| object.key.contains(&part)).count();
    let uploads = app.world().open_uploads(MEDIA_BUCKET).iter().filter(|upload| upload.key.contains(&part)).count();
    let slice = |items: usize, objects: usize| json!({ "items": items, "objects": objects });
    let counts = json!({
        "media": slice(0, objects + uploads),
        "generations": slice(items(GENERATIONS_TABLE, |_| true), 0),
        "cases": slice(items(CASES_TABLE, |_| true), 0),
        "payments": slice(items(CREDITS_TABLE, |sk| sk.starts_with("payment#")), 0),
        "credits": slice(items(CREDITS_TABLE, |sk| !sk.starts_with("payment#")), 0),
        "request_counts": slice(items(TRANSIENT_TABLE, |_| true), 0),
        "deletion": slice(items(ACCOUNTS_TABLE, |sk| sk == "deletion"), 0),
        "mails": slice(items(ACCOUNTS_TABLE, |sk| sk.starts_with("mail#")), 0),
        "accounts": slice(items(ACCOUNTS_TABLE, |sk| sk != "deletion" && !sk.starts_with("mail#")), 0),
    });
    // The receipt has no line for a slice without data.
    let Value::Object(mut counts) = counts else { unreachable!("it is an object") };
    counts.retain(|_, count| *count != slice(0, 0));
    Value::Object(counts)
}

/// Fails when a store, an index or a queue holds data about the person.
pub fn assert_gone(app: &App, person: &Person, name: &str) {
    let everything = app.world().snapshot().to_string();
    for trace in [person.account().to_string(), person.session().to_string(), name.to_owned()] {
        let found: Vec<_> = everything.lines().filter(|line| line.contains(&trace)).collect();
        assert!(found.is_empty(), "{trace} must not be stored any more: {found:#?}");
    }
}

pub fn code(deletion: &Value) -> &str {
    deletion["code"].as_str().expect("a deletion has a code")
}

/// The stored data of all other accounts, without deletions.
fn of_others(app: &App, account: AccountId) -> Vec<String> {
    let everything = app.world().snapshot().to_string();
    let others = everything.lines().filter(|line| !line.contains(&account.to_string()));
    others.filter(|line| !line.starts_with(DELETION_RECEIPTS_TABLE)).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn a_purge_erases_the_whole_account_and_nothing_of_another() {
    let app = App::new(1).await;
    let bob = used(&app, "bob").await.person;
    let alice = used(&app, "alice").await.person;
    let others = of_others(&app, alice.account());
    let deletion = alice.delete_account().await.expect(202).json();
    let there = stored(&app, alice.account());
    for slice in ["media", "generations", "cases", "payments", "credits", "request_counts", "deletion", "accounts"] {
        assert_ne!(there[slice], json!({ "items": 0, "objects": 0 }), "the test must use {slice}");
    }
    let done = app.purge(code(&deletion)).await;
    assert_gone(&app, &alice, "alice");
    assert_eq!(of_others(&app, alice.account()), others, "the data of others must not change");
    assert_eq!(done["receipt"]["erased"], there, "the receipt must count the stored data");
    assert_eq!(done["receipt"]["rounds"], 1);
    let days = app.world().now().duration_since(deletion["requested_at"].as_str().unwrap().parse().unwrap());
    assert!(days.as_hours() < 9 * 24, "it must end on day 8, not after {} hours", days.as_hours());
    app.browser().sign_in(&GoogleProfile::new("bob")).await.get("/v1/generations").await.expect(200);
    // Only the receipt, a tombstone and a marker are left.
    let left = app.world().items(DELETION_RECEIPTS_TABLE);
    let mut kinds: Vec<_> = left.iter().map(|item| item["sk"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["deletion", "tombstone", "welcome"]);
    assert!(left.iter().all(|item| item.get("due").is_none() && item.get("account").is_none()), "{left:#?}");
    assert_ne!(bob.account(), alice.account());
}

#[tokio::test(start_paused = true)]
async fn a_receipt_verifies_and_fails_when_altered() {
    let app = App::new(1).await;
    let alice = used(&app, "alice").await.person;
    let deletion = alice.delete_account().await.expect(202).json();
    let done = app.purge(code(&deletion)).await;
    let key = ReceiptSigner::from_seed(&app.world().secret("receipt-signing-key")).unwrap().public_key();
    let (receipt, signature) = (&done["receipt"], done["signature"]["value"].as_str().unwrap());
    assert!(privacy::verify(receipt, signature, &key), "{done}");
    let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{key}"}}"#);
    let id = BASE64_URL_SAFE_NO_PAD.decode(done["signature"]["key_id"].as_str().unwrap()).unwrap();
    let id = hex::encode(id);
    assert_eq!(id, sha256_hex(thumbprint.as_bytes()), "the key's id is its JWK thumbprint");
    for field in ["purged_at", "erased", "kept", "partners", "rounds"] {
        let mut altered = receipt.clone();
        altered[field] = json!(0);
        assert!(!privacy::verify(&altered, signature, &key), "a change of {field} must be detected");
    }
    assert_eq!(receipt["code"], done["code"]);
    assert_eq!((&receipt["requested_at"], &receipt["due_at"]), (&done["requested_at"], &done["due_at"]));
    let days = receipt["days_until_due"].as_i64().unwrap();
    assert!((21..=22).contains(&days), "{days} days are left on day 8");
    let steps: Vec<_> = done["steps"].as_array().unwrap().iter().filter(|step| !step["done_at"].is_null()).collect();
    assert_eq!(steps.len(), 3, "{done}");
    for personal in [alice.account().to_string(), "alice".into(), "canaries".into()] {
        assert!(!done.to_string().contains(&personal), "{personal} must not be on a receipt: {done}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_purged_before_its_time() {
    let app = App::new(1).await;
    let alice = used(&app, "alice").await.person;
    let deletion = alice.delete_account().await.expect(202).json();
    let wake = || Event::recorded("purge-account").fill("code", code(&deletion));
    let before = app.world().snapshot();
    for _ in 0..2 {
        assert!(app.work(&wake()).await.is_empty());
        assert!(app.tick("schedule-purges").await);
        app.world().assert_unchanged(&before);
        app.world().advance(DELETION_GRACE - Duration::from_secs(20 * 60));
    }
    let done = app.until(code(&deletion), "settling").await;
    assert_ne!(done["steps"][1]["done_at"], Value::Null);
    let before = app.world().snapshot();
    assert!(app.work(&wake()).await.is_empty());
    app.hour().await;
    app.world().assert_unchanged(&before);
    app.world().advance(ERASURE_SETTLES);
    app.until(code(&deletion), "erased").await;
    let before = app.world().snapshot();
    assert!(app.work(&wake()).await.is_empty());
    app.hour().await;
    app.world().assert_unchanged(&before);
    let nobody = privacy::DeletionCode::fresh(&app.world().ids()).to_string();
    assert!(app.work(&Event::recorded("purge-account").fill("code", &nobody)).await.is_empty());
    app.world().assert_unchanged(&before);
}

/// A service in which alice's deletion is due for its first or second phase, and the counts that
/// its receipt must have. The message of the purge is in its queue. Every slice has some data that is
/// quick to make.
pub async fn due(seed: u64, phase: &str) -> (App, Person, String, Value) {
    let app = App::new(seed).await;
    let alice = app.sign_in("alice").await;
    alice.ask_for("a boat for alice").await;
    owns(&app, &alice).await;
    app.world().advance(Duration::from_secs(1));
    let deletion = alice.delete_account().await.expect(202).json();
    app.world().take_messages("generation");
    let there = stored(&app, alice.account());
    app.world().advance(DELETION_GRACE);
    if phase == "verification" {
        app.until(code(&deletion), "settling").await;
        app.world().advance(ERASURE_SETTLES);
    }
    assert!(app.tick("schedule-purges").await);
    (app, alice, code(&deletion).to_owned(), there)
}
