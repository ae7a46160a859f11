//! The purge: everything of an account goes, nothing of another, whatever dies on the way.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    AccountId, Caller,
    limits::{DELETION_GRACE, ERASURE_SETTLES},
};
use local::fakes::replicate::{Outcome, Webhook};
use privacy::{PurgeMessage, Purged, ReceiptSigner};
use runtime::Ctx;
use serde_json::{Value, json};
use session::Signer;
use std::{sync::Arc, time::Duration};
use testkit::{
    ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, Fault, Faults, GENERATIONS_TABLE, MEDIA_BUCKET, PUBLIC_ORIGIN,
    Profile,
};
use tests::{App, Event, Person, hex_sha256, prompt, webhook_event};

/// A person who used everything: two sessions, a delivered and a failed generation, and
/// what [`owns`] names.
struct Used {
    person: Person,
    messages: Vec<Event>,
    webhooks: Vec<Webhook>,
}

async fn used(app: &App, name: &str) -> Used {
    app.sign_in(name).await;
    app.world().advance(Duration::from_secs(5));
    let person = app.browser().sign_in(&Profile { name: person_name(name), ..Profile::new(name) }).await;
    let mut webhooks = Vec::new();
    let mut messages = Vec::new();
    for outcome in [Outcome::Succeed, Outcome::Fail] {
        app.replicate().knobs(|knobs| knobs.outcome = outcome);
        let id = person.ask_for(&format!("a boat for {name}")).await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(20));
        webhooks.extend(app.replicate().take_webhooks(app.world().now()));
        for webhook in &webhooks {
            app.send(webhook_event(webhook)).await;
        }
        app.work_on("media").await;
        let job = app.generation(&id).provider_job.unwrap();
        let account = person.account().to_string();
        messages.push(Event::recorded("run-generation").fill("account", &account).fill("generation", &id));
        let collect = Event::recorded("collect-media").fill("account", &account).fill("generation", &id);
        messages.push(collect.fill("job", job.as_str()));
    }
    app.replicate().knobs(|knobs| knobs.outcome = Outcome::Succeed);
    owns(app, &person).await;
    Used { person, messages, webhooks }
}

/// A payment, an object of a collector that died, a delete marker, an open upload.
async fn owns(app: &App, person: &Person) {
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

/// What there is of an account, past the code under test: items by table, and objects.
fn stored(app: &App, account: AccountId) -> Value {
    let id = account.to_string();
    let items = |table: &str, of: fn(&str) -> bool| {
        let items = app.world().items(table);
        let ours = items.iter().filter(|item| item.to_string().contains(&id));
        ours.filter(|item| of(item["sk"].as_str().unwrap())).count()
    };
    let prefix = format!("generations/{id}/");
    let objects = app.objects().iter().filter(|object| object.key.starts_with(&prefix)).count();
    let uploads = app.world().open_uploads(MEDIA_BUCKET).iter().filter(|upload| upload.key.starts_with(&prefix)).count();
    let slice = |items: usize, objects: usize| json!({ "items": items, "objects": objects });
    json!({
        "media": slice(0, objects + uploads),
        "generations": slice(items(GENERATIONS_TABLE, |_| true), 0),
        "payments": slice(items(CREDITS_TABLE, |sk| sk.starts_with("payment#")), 0),
        "credits": slice(items(CREDITS_TABLE, |sk| !sk.starts_with("payment#")), 0),
        "deletion": slice(items(ACCOUNTS_TABLE, |sk| sk == "deletion"), 0),
        "accounts": slice(items(ACCOUNTS_TABLE, |sk| sk != "deletion"), 0),
    })
}

/// Fails when any store, index or queue holds anything that tells of the person.
fn assert_gone(app: &App, person: &Person, name: &str) {
    let everything = app.world().snapshot().to_string();
    for trace in [person.account().to_string(), person.session().to_string(), name.to_owned()] {
        let found: Vec<_> = everything.lines().filter(|line| line.contains(&trace)).collect();
        assert!(found.is_empty(), "{trace} must be gone: {found:#?}");
    }
}

fn code(deletion: &Value) -> &str {
    deletion["code"].as_str().expect("a deletion has a code")
}

/// What is stored of all accounts but this one, and of no deletion.
fn of_others(app: &App, account: AccountId) -> Vec<String> {
    let everything = app.world().snapshot().to_string();
    let others = everything.lines().filter(|line| !line.contains(&account.to_string()));
    others.filter(|line| !line.starts_with(DELETION_RECEIPTS_TABLE)).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn everything_of_an_account_goes_and_nothing_of_another() {
    let app = App::new(1).await;
    let bob = used(&app, "bob").await.person;
    let alice = used(&app, "alice").await.person;
    let others = of_others(&app, alice.account());
    let deletion = alice.delete_account().await.expect(202).json();
    let there = stored(&app, alice.account());
    for slice in ["media", "generations", "payments", "credits", "deletion", "accounts"] {
        assert_ne!(there[slice], json!({ "items": 0, "objects": 0 }), "the test must use {slice}");
    }
    let done = app.purge(code(&deletion)).await;
    assert_gone(&app, &alice, "alice");
    assert_eq!(of_others(&app, alice.account()), others, "nothing of others may change");
    assert_eq!(done["receipt"]["erased"], there, "what was there was counted");
    assert_eq!(done["receipt"]["rounds"], 1);
    let days = app.world().now().duration_since(deletion["requested_at"].as_str().unwrap().parse().unwrap());
    assert!(days.as_hours() < 9 * 24, "it must be over on day 8, not after {} hours", days.as_hours());
    app.browser().sign_in(&Profile::new("bob")).await.get("/v1/generations").await.expect(200);
    // What is left is the receipt, a tombstone and a marker.
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
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(id, hex_sha256(thumbprint.as_bytes()), "the key's id is its JWK thumbprint");
    for field in ["purged_at", "erased", "kept", "partners", "rounds"] {
        let mut altered = receipt.clone();
        altered[field] = json!(0);
        assert!(!privacy::verify(&altered, signature, &key), "{field} may not be altered");
    }
    assert_eq!(receipt["code"], done["code"]);
    assert_eq!((&receipt["requested_at"], &receipt["due_at"]), (&done["requested_at"], &done["due_at"]));
    let days = receipt["days_until_due"].as_i64().unwrap();
    assert!((21..=22).contains(&days), "{days} days are left on day 8");
    let steps: Vec<_> = done["steps"].as_array().unwrap().iter().filter(|step| !step["done_at"].is_null()).collect();
    assert_eq!(steps.len(), 3, "{done}");
    for personal in [alice.account().to_string(), "alice".into(), "canaries".into()] {
        assert!(!done.to_string().contains(&personal), "{personal} may not stand on a receipt: {done}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_purged_before_its_time_whoever_asks() {
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
    let nobody = privacy::Code::fresh(&app.world().ids()).to_string();
    assert!(app.work(&Event::recorded("purge-account").fill("code", &nobody)).await.is_empty());
    app.world().assert_unchanged(&before);
}

/// A service in which alice's deletion is due for its first or second phase, with what
/// must be counted. The purge's message waits. Something of every slice is there, but
/// nothing that takes long to make.
async fn due(seed: u64, phase: &str) -> (App, Person, String, Value) {
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

#[tokio::test(start_paused = true)]
async fn a_purge_that_dies_anywhere_is_finished_and_counts_right() {
    for (phase, calls) in [("erasure", 40), ("verification", 12)] {
        for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost] {
            for call in 1.. {
                let (app, alice, code, there) = due(call, phase).await;
                let message = app.world().take_messages("purge").pop().expect("the schedule woke the purge");
                app.world().inject(Faults::at(call, fault));
                let done = app.hand_over("purge-account", &message).await;
                let hit = app.world().calls() >= call;
                app.world().inject(Faults::none());
                if !done {
                    app.world().return_message(message);
                }
                // Whoever holds a token tries everything in the middle of it.
                try_everything(&app, &alice).await;
                app.until(&code, if phase == "erasure" { "settling" } else { "erased" }).await;
                app.world().advance(ERASURE_SETTLES);
                let deletion = app.until(&code, "erased").await;
                assert_gone(&app, &alice, "alice");
                let receipt = &deletion["receipt"];
                assert_eq!(receipt["erased"], there, "{phase}: {fault:?} at call {call}");
                assert_eq!(receipt["rounds"], 1, "{phase}: {fault:?} at call {call}");
                if !hit {
                    assert!(call > calls, "{phase}: the purge made only {call} calls");
                    break;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_dies_anywhere_is_made_up_for_by_the_next() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost] {
        for call in 1.. {
            let app = App::new(call).await;
            let alice = app.sign_in("alice").await;
            let deletion = alice.delete_account().await.expect(202).json();
            app.world().advance(DELETION_GRACE);
            app.world().inject(Faults::at(call, fault));
            app.tick("schedule-purges").await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            app.until(code(&deletion), "settling").await;
            if !hit {
                assert_eq!(call, 7, "four shards, a look, a message");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_purges_at_once_are_one() {
    let (app, alice, code, there) = due(1, "erasure").await;
    let message = app.world().take_messages("purge").pop().unwrap();
    let (one, other) =
        tokio::join!(app.hand_over("purge-account", &message), app.hand_over("purge-account", &message));
    assert!(one && other);
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_gone(&app, &alice, "alice");
    assert_eq!((&deletion["receipt"]["erased"], &deletion["receipt"]["rounds"]), (&there, &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_purge_stops_before_the_platform_ends_it_and_goes_on_later() {
    let (app, alice, code, there) = due(1, "erasure").await;
    app.world().take_messages("purge");
    let deps = Arc::new(purge_account::Deps::new(&app.world().init("purge-account")).await.unwrap());
    // Every call is slow, and the platform ends the process in five minutes.
    let ctx = app.world().ctx("purge-account");
    let ctx = Ctx { deadline: ctx.now + Duration::from_secs(5 * 60), ..ctx };
    app.world().inject(Faults::every("", Fault::Delay(Duration::from_secs(9))));
    let done = purge_account::handle(deps, ctx.clone(), PurgeMessage { code: code.parse().unwrap() }).await;
    app.world().inject(Faults::none());
    assert_eq!(done.unwrap(), Purged::OutOfTime);
    let left = ctx.deadline.duration_since(app.world().now()).as_secs();
    assert!((50..70).contains(&left), "it must stop a minute before its end, not {left} s");
    assert_ne!(stored(&app, alice.account()), there, "it got somewhere");
    app.until(&code, "settling").await;
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_gone(&app, &alice, "alice");
    assert_eq!(deletion["receipt"]["erased"], there);
}

#[tokio::test(start_paused = true)]
async fn what_is_written_behind_the_erasure_is_found_a_day_later_and_erased() {
    let (app, alice, code, there) = due(1, "erasure").await;
    app.until(&code, "settling").await;
    // A collector whose copy took longer than anybody thought, and a key that leads back.
    let s3 = app.world().clients().s3();
    let key = format!("generations/{}/late/0.png", alice.account());
    s3.put_object().bucket(MEDIA_BUCKET).key(&key).body(b"late".to_vec().into()).send().await.unwrap();
    let accounts = app.world().clients().dynamodb().table(ACCOUNTS_TABLE);
    accounts.put("google#alice", "account", &json!({ "account": alice.account() })).apply().await.unwrap();
    app.world().advance(ERASURE_SETTLES);
    app.hour().await;
    assert_eq!(app.deletion(&code).await.json()["status"], "settling", "it settles anew for a day");
    app.hour().await;
    assert_eq!(app.deletion(&code).await.json()["status"], "settling");
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_gone(&app, &alice, "alice");
    let receipt = &deletion["receipt"];
    assert_eq!(receipt["rounds"], 2);
    for (slice, count) in [("media", "objects"), ("accounts", "items")] {
        let (counted, there) = (&receipt["erased"][slice][count], &there[slice][count]);
        assert_eq!(counted.as_u64().unwrap(), there.as_u64().unwrap() + 1, "{slice}: the late ones count too");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_leads_to_a_new_account_by_now_stays() {
    let (app, alice, code, _) = due(1, "erasure").await;
    app.until(&code, "settling").await;
    let back = app.browser().sign_in(&Profile::new("alice")).await;
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_eq!(deletion["receipt"]["rounds"], 1, "the new account is nothing of the old one");
    assert_ne!(back.account(), alice.account());
    let again = app.browser().sign_in(&Profile::new("alice")).await;
    assert_eq!(again.account(), back.account());
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_starts_anew_and_without_a_second_welcome() {
    let app = App::new(1).await;
    let alice = used(&app, "alice").await.person;
    let deletion = alice.delete_account().await.expect(202).json();
    app.purge(code(&deletion)).await;
    let (back, counts) = app.world().counted(app.browser().sign_in(&Profile::new("alice"))).await;
    assert_eq!(counts.aws_total(), 3, "the look by identity, the marker, the transaction: {counts}");
    assert_ne!(back.account(), alice.account());
    assert_eq!(back.get("/v1/generations").await.expect(200).json()["items"], json!([]));
    let credits = back.get("/v1/credits").await.expect(200).json();
    assert_eq!((&credits["available"], &credits["lots"]), (&json!(0), &json!([])));
    assert_eq!((&credits["items"][0]["kind"], &credits["items"][0]["version"]), (&json!("open"), &json!(1)));
    assert_eq!(back.generate(&prompt("a boat")).await.outcome(), (402, "insufficient_credits".to_owned()));
    app.check_invariants().none();
    // Who never was here is welcome, and so is who comes back after the marker's 90 days:
    // by its own time, because DynamoDB deletes late.
    let carol = app.sign_in("carol").await;
    assert_eq!(carol.get("/v1/credits").await.expect(200).json()["available"], 50);
    let second = back.delete_account().await.expect(202).json();
    app.purge(code(&second)).await;
    app.world().advance(Duration::from_secs(90 * 24 * 60 * 60));
    let later = app.sign_in("alice").await;
    assert_eq!(later.get("/v1/credits").await.expect(200).json()["available"], 50);
    app.world().sweep_expired();
    app.check_invariants().none();
}

/// A token of a session that the deletion ended, as if it had not expired since: stronger
/// than any that exists.
fn undead(app: &App, person: &Person) -> String {
    let seed = app.world().secret("session-signing-key");
    let caller = Caller { account: person.account(), session: person.session(), issued_at: app.world().now() };
    Signer::from_seed(&seed, PUBLIC_ORIGIN).unwrap().issue(&caller).unwrap().as_str().to_owned()
}

/// Tries every route that changes something, with a token of an ended session.
async fn try_everything(app: &App, person: &Person) {
    let token = undead(app, person);
    let before = app.world().snapshot();
    for (method, path, body) in [
        ("POST", "/v1/generations", Some(prompt("a last boat"))),
        ("POST", "/v1/account/deletion", Some(json!({ "confirm": "delete my account" }))),
        ("DELETE", "/v1/account/deletion", None),
        ("DELETE", "/v1/session", None),
        ("POST", "/v1/session/refresh", Some(json!({ "refresh_token": person.refresh_token() }))),
    ] {
        let event = person.event(method, path).bearer(&token).header("idempotency-key", "last");
        let event = body.map_or(event.clone(), |body| event.json_body(&body));
        let status = app.send(event).await.status();
        assert!(matches!(status, 204 | 401 | 403), "{method} {path} answered {status}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_token_writes_nothing_before_and_after_the_purge() {
    let app = App::new(1).await;
    let alice = used(&app, "alice").await.person;
    app.world().advance(Duration::from_secs(1));
    let deletion = alice.delete_account().await.expect(202).json();
    try_everything(&app, &alice).await;
    app.world().advance(DELETION_GRACE);
    app.until(code(&deletion), "settling").await;
    try_everything(&app, &alice).await;
    app.world().advance(ERASURE_SETTLES);
    app.until(code(&deletion), "erased").await;
    try_everything(&app, &alice).await;
}

#[tokio::test(start_paused = true)]
async fn everything_of_the_accounts_life_replayed_writes_nothing() {
    let app = App::new(1).await;
    let Used { person: alice, messages, webhooks } = used(&app, "alice").await;
    let open = alice.ask_for("a boat under way").await;
    app.work_on("generation").await;
    let job = app.generation(&open).provider_job.unwrap();
    let account = alice.account().to_string();
    let collect = Event::recorded("collect-media").fill("account", &account).fill("generation", &open);
    let deletion = alice.delete_account().await.expect(202).json();
    app.purge(code(&deletion)).await;
    assert_gone(&app, &alice, "alice");
    let before = app.world().snapshot();
    let purge = Event::recorded("purge-account").fill("code", code(&deletion));
    for message in messages.into_iter().chain([collect.fill("job", job.as_str()), purge]) {
        assert!(app.work(&message).await.is_empty(), "a late message is done, not given back: {}", message.to_text());
        app.world().assert_unchanged(&before);
    }
    // The provider's own late webhook, and old ones again.
    let late = app.replicate().take_webhooks(app.world().now());
    assert!(!late.is_empty(), "the provider has something to say of the job that was under way");
    for webhook in webhooks.iter().chain(&late) {
        app.send(webhook_event(webhook)).await;
    }
    app.settle().await;
    assert!(app.sweep().await);
    app.hour().await;
    app.world().assert_unchanged(&before);
}
