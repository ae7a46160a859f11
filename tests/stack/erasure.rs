//! The erasure of an account. The test searches everything that the platform stores for traces of the
//! person, and replays old events, which must restore nothing.

use crate::{
    canaries::{Canary, sightings, stores},
    journey::asks_for_deletion,
    life::{Life, tries_everything},
    person::{Person, unique},
    scanner::{ScannedStore, Scanner, Thing, last_part},
    stack::{Stack, eventually, no_log_holds_a_sent_text, run},
    tables::root,
};
use local::PlatformOptions;
use privacy::ReceiptSigner;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
    time::Duration,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Longer than the grace period.
const EIGHT_DAYS: Duration = Duration::from_secs(8 * 24 * 60 * 60);

/// Longer than the time until the second search.
const A_DAY_AND_AN_HOUR: Duration = Duration::from_secs(25 * 60 * 60);

/// The beginning of the key of a counter of a network, as the scanner reads items.
const NETWORK_KEY: &str = r#""pk":{"S":"network#"#;

/// The beginning of the key of an attempt to sign in.
const ATTEMPT_KEY: &str = r#""pk":{"S":"attempt#"#;

/// The kinds of stores that hold each canary while the account exists. No other store holds it.
const KEPT: [(&str, &[ScannedStore]); 34] = [
    ("address", &[ScannedStore::Table]),
    ("name", &[ScannedStore::Table]),
    ("own name", &[ScannedStore::Table]),
    ("e-mail", &[ScannedStore::Table]),
    // The address at the partner.
    ("picture", &[ScannedStore::Table]),
    ("copy of the picture", &[ScannedStore::Table, ScannedStore::Object]),
    ("subject", &[ScannedStore::Table]),
    // Only the family of the device is stored.
    ("user agent", &[]),
    ("device", &[ScannedStore::Table]),
    ("key", &[ScannedStore::Table]),
    ("prompt of a picture", &[ScannedStore::Table]),
    ("prompt of a film", &[ScannedStore::Table]),
    ("prompt of a failure", &[ScannedStore::Table]),
    ("prompt of an open job", &[ScannedStore::Table, ScannedStore::Index]),
    ("title", &[ScannedStore::Table]),
    // The uploaded file has both. The generated file and the file for the provider have neither.
    ("pixels of a picture", &[ScannedStore::Object]),
    ("description of a picture", &[ScannedStore::Object]),
    ("prompt of a variation", &[ScannedStore::Table]),
    ("payment", &[ScannedStore::Table]),
    // Of the text that asks for consent.
    ("hash of a text", &[ScannedStore::Table]),
    // The index of open cases has no texts.
    ("message", &[ScannedStore::Table]),
    ("report", &[ScannedStore::Table]),
    // The person hides it: we get the relay address alone.
    ("address at Apple", &[]),
    ("relay address", &[ScannedStore::Table]),
    ("subject at Apple", &[ScannedStore::Table]),
    ("name at Apple", &[ScannedStore::Table]),
    // It is stored only sealed.
    ("token of Apple", &[]),
    ("sealed token of Apple", &[ScannedStore::Table]),
    ("address at Facebook", &[ScannedStore::Table]),
    ("subject at Facebook", &[ScannedStore::Table]),
    ("name at Facebook", &[ScannedStore::Table]),
    // Nothing of a removed identity is kept.
    ("removed address", &[]),
    ("removed subject", &[]),
    ("removed name", &[]),
];

#[test]
fn an_account_is_erased_and_nothing_restores_it() {
    run(async {
        let stack = Stack::start(PlatformOptions::default()).await;
        let scanner = Scanner::of(&stack.platform);
        let life = Life::lived(&stack).await;
        everything_is_found(&stack, &scanner, &life).await;

        let code = asks_for_deletion(&life.person).await.unwrap();
        // Within the hour all generations under way have ended.
        stack.platform.advance(HOUR).await.unwrap();
        let counted = count(&at_rest(&scanner).await, &life.person.account);
        an_old_token_writes_nothing(&stack, &scanner, &life).await;
        stack.platform.advance(EIGHT_DAYS).await.unwrap();
        until(&stack, &code, "settling").await;
        // The work item still has the data for the second search.
        nothing_is_found(&scanner, &life, Some(&code)).await;
        an_old_token_writes_nothing(&stack, &scanner, &life).await;
        stack.platform.advance(A_DAY_AND_AN_HOUR).await.unwrap();
        let deletion = until(&stack, &code, "erased").await;
        assert!(!stack.platform.apple().is_authorized(&life.linked.at_apple), "Apple has revoked the token");
        the_receipt_holds(&stack, &deletion, counted);
        nothing_is_found(&scanner, &life, None).await;

        an_old_token_writes_nothing(&stack, &scanner, &life).await;
        nothing_comes_back(&stack, &scanner, &life, &code).await;
        nothing_is_found(&scanner, &life, None).await;
        every_route_and_job_was_used(&stack).await;
        who_comes_back_is_new(&stack, &life).await;
        no_log_holds_a_sent_text(&stack.platform).await;
        stack.platform.stop().await;
    });
}

/// Checks that before the deletion every canary is in its stores, and in no other.
async fn everything_is_found(stack: &Stack, scanner: &Scanner, life: &Life) {
    let things = scanner.everything().await;
    let kept = KEPT.map(|(what, stores)| (what, BTreeSet::from_iter(stores.iter().copied())));
    assert_eq!(stores(&things, &life.canaries), BTreeMap::from(kept), "the scanner must find every canary");
    let ids = stores(&things, &life.ids);
    for store in [ScannedStore::Table, ScannedStore::Index, ScannedStore::Object, ScannedStore::Upload] {
        assert!(ids["account"].contains(&store), "the account has something in every kind of store: {ids:?}");
    }
    assert!(ids.values().all(|stores| stores.contains(&ScannedStore::Table)), "{ids:?}");
    for what in ["account", "number of the message", "number of the report"] {
        assert!(!ids[what].contains(&ScannedStore::Log), "no log may name the {what}: {ids:?}");
    }
    the_pseudonym_is_in_logs_alone(&things, life);
    hashes_of_networks_are_counters_alone(&things);
    assert!(stack.tables.kept(&life.person.account).await.len() > life.jobs.len());
}

/// Checks that only logs name the account by its pseudonym. Beside an account id anywhere else, it would
/// lead from a log to the account without the key.
fn the_pseudonym_is_in_logs_alone(things: &[Thing], life: &Life) {
    let seen = stores(things, slice::from_ref(&life.pseudonym));
    assert_eq!(seen["pseudonym"], BTreeSet::from([ScannedStore::Log]), "lines name who asked, and nothing else does");
}

/// Checks that the hash of a network is the key of its counters, and in no other place. Beside a person's
/// data it would tell that two people share a network.
fn hashes_of_networks_are_counters_alone(things: &[Thing]) {
    let hash = |thing: &Thing| Some(thing.text().split_once(NETWORK_KEY)?.1.split_once('"')?.0.to_owned());
    let hashes = BTreeSet::from_iter(things.iter().filter_map(hash));
    assert!(!hashes.is_empty(), "the sign-ins of networks are counted");
    for hash in &hashes {
        let canary = Canary::new("network", hash);
        for thing in &sightings(things, slice::from_ref(&canary))["network"] {
            assert!(thing.text().contains(NETWORK_KEY), "only the key of a counter may hold it: {thing:?}");
        }
    }
}

/// Checks that after the erasure no canary is stored outside `work_item`, while that exists. Logs may
/// name generations and jobs for their retention of a week, and never the account: they have its
/// pseudonym. The template has the sum of all retentions.
async fn nothing_is_found(scanner: &Scanner, life: &Life, work_item: Option<&str>) {
    let mut things = scanner.everything().await;
    things
        .retain(|thing| work_item.is_none_or(|code| !thing.text().contains(code) || thing.store == ScannedStore::Log));
    for (what, seen) in sightings(&things, &life.canaries) {
        assert!(seen.is_empty(), "{what} must not be stored any more: {seen:#?}");
    }
    the_pseudonym_is_in_logs_alone(&things, life);
    for (what, mut seen) in sightings(&things, &life.ids) {
        let may_be_logged = what != "account" && !what.starts_with("number");
        seen.retain(|thing| thing.store != ScannedStore::Log || !may_be_logged);
        assert!(seen.is_empty(), "no store may name the {what} any more: {seen:#?}");
    }
}

/// Items, and objects with delete markers and uploads, that name an account.
fn count(things: &[Thing], account: &str) -> (u64, u64) {
    let of = |kinds: &[ScannedStore]| {
        let things = things.iter().filter(|thing| kinds.contains(&thing.store));
        // The work item of the deletion is not part of the erasure.
        let ours = things.filter(|thing| thing.text().contains(account) && !thing.place.contains("DeletionReceipts"));
        ours.count() as u64
    };
    (of(&[ScannedStore::Table]), of(&[ScannedStore::Object, ScannedStore::Upload]))
}

fn the_receipt_holds(stack: &Stack, deletion: &Value, counted: (u64, u64)) {
    let seed = stack.platform.secret("receipt-signing-key").expect("the platform has this secret");
    let key = ReceiptSigner::from_seed(seed).unwrap().public_key();
    let (receipt, signature) = (&deletion["receipt"], deletion["signature"]["value"].as_str().unwrap());
    assert!(privacy::verify(receipt, signature, &key), "{deletion}");
    let sum =
        |what: &str| receipt["erased"].as_object().unwrap().values().map(|slice| slice[what].as_u64().unwrap()).sum();
    assert_eq!((sum("items"), sum("objects")), counted, "the receipt must count the stored data: {receipt}");
    assert_eq!(receipt["rounds"], 1, "{receipt}");
    let days = receipt["days_until_due"].as_i64().unwrap();
    assert!((20..=22).contains(&days), "{receipt}");
}

async fn an_old_token_writes_nothing(stack: &Stack, scanner: &Scanner, life: &Life) {
    let before = scanner.at_rest().await;
    for (generation, _) in &life.jobs {
        let refresh_token = life.person.cookie("__Host-refresh");
        let tried = tries_everything(stack, &life.undead(stack), refresh_token, generation).await;
        assert!(tried.len() >= 9, "{tried:?}");
        for (route, status) in tried {
            // A quote changes nothing.
            let is_quote = route == "POST /v1/quotes" && status == 200;
            assert!(is_quote || matches!(status, 204 | 401 | 403), "{route} answers {status}");
        }
    }
    assert_same(&before, &at_rest(scanner).await);
}

/// Replays every message, webhook and schedule of the account. The partners of sign-in speak about it again.
async fn nothing_comes_back(stack: &Stack, scanner: &Scanner, life: &Life, code: &str) {
    let before = scanner.at_rest().await;
    let account = &life.person.account;
    let mut messages = vec![("PurgeQueue", json!({ "code": code })), ("PictureQueue", json!({ "account": account }))];
    for (generation, job) in &life.jobs {
        messages.push(("GenerationQueue", json!({ "account": account, "generation": generation })));
        messages.push(("MediaQueue", json!({ "account": account, "generation": generation, "job": job })));
        messages.push(("ThumbnailQueue", json!({ "account": account, "generation": generation })));
    }
    for (queue, message) in messages {
        let url = &stack.platform.resource(queue).expect("the template has this queue").id;
        let message = json!({ "QueueUrl": url, "MessageBody": message.to_string() });
        scanner.ask("AmazonSQS.SendMessage", message).await;
    }
    at_rest(scanner).await;
    let (provider, stripe) = (stack.told("ProviderWebhook").await, stack.told("StripeWebhook").await);
    let again = stack.platform.replicate().resend(stack.platform.now());
    let of_stripe = stack.platform.stripe().resend(stack.platform.now());
    assert!(again >= life.jobs.len() - 1 && of_stripe >= 1, "there must be webhooks: {again} and {of_stripe}");
    eventually("the old webhooks", async || {
        let told = (stack.told("ProviderWebhook").await, stack.told("StripeWebhook").await);
        (told.0 >= provider + again && told.1 >= stripe + of_stripe).then_some(())
    })
    .await;
    life.linked.partners_speak_again(stack, &life.subject).await;
    stack.platform.advance(HOUR).await.unwrap();
    assert_same(&before, &at_rest(scanner).await);
}

/// Checks that every function has logged. One function is one route or one job.
async fn every_route_and_job_was_used(stack: &Stack) {
    let functions = stack.platform.resources().iter().filter(|(_, resource)| resource.kind == "AWS::Lambda::Function");
    for (function, _) in functions {
        assert!(!stack.logged(function).await.is_empty(), "{function} must have been used");
    }
}

/// Checks that the person gets a new, empty account without welcome credits.
async fn who_comes_back_is_new(stack: &Stack, life: &Life) {
    let back = Person::sign_in(stack.base(), &life.subject).await.unwrap();
    assert_ne!(back.account, life.person.account);
    let credits = back.get("/v1/credits").await.ok(200);
    assert_eq!((&credits["available"], &credits["held"], &credits["lots"]), (&json!(0), &json!(0), &json!([])));
    assert_eq!(back.get("/v1/generations").await.ok(200)["items"], json!([]));
}

/// Waits until a deletion has a status.
async fn until(stack: &Stack, code: &str, status: &str) -> Value {
    let stranger = Person::stranger(stack.base());
    eventually(status, async || {
        let deletion = stranger.get(&format!("/v1/deletions/{code}")).await.ok(200);
        (deletion["status"] == status).then_some(deletion)
    })
    .await
}

/// The stored data once no message is under way.
async fn at_rest(scanner: &Scanner) -> Vec<Thing> {
    eventually("the end of all work", async || scanner.messages().await.is_empty().then_some(())).await;
    scanner.at_rest().await
}

/// Whether it belongs to no account: the counter of a network, or an attempt to sign in. Each request
/// that is counted writes one, also a refused one.
fn is_of_a_network(thing: &Thing) -> bool {
    [NETWORK_KEY, ATTEMPT_KEY].iter().any(|key| thing.text().contains(key))
}

fn assert_same(before: &[Thing], after: &[Thing]) {
    let changed = |these: &[Thing], those: &[Thing]| -> Vec<Thing> {
        let new = these.iter().filter(|thing| !those.contains(thing) && !is_of_a_network(thing));
        new.cloned().collect()
    };
    let (gained, lost) = (changed(after, before), changed(before, after));
    assert!(gained.is_empty() && lost.is_empty(), "nothing may change: gained {gained:#?}, lost {lost:#?}");
}

/// The test of the erasure proves nothing unless the scanner reads every store.
#[test]
fn the_scanner_sees_into_every_kind_of_store() {
    run(async {
        let stack = Stack::start(PlatformOptions::default()).await;
        let scanner = Scanner::of(&stack.platform);
        let known = scanner.stores().await;
        for resource in stack.platform.resources().values() {
            let name = match resource.kind.as_str() {
                "AWS::DynamoDB::Table" | "AWS::S3::Bucket" | "AWS::Logs::LogGroup" => &resource.id,
                "AWS::SQS::Queue" => last_part(&resource.id),
                _ => continue,
            };
            assert!(known.contains(name), "the scanner does not know {name}: {known:#?}");
        }
        let plants = plants(&stack, &scanner).await;
        let canaries: Vec<_> = plants.iter().map(|(canary, _)| canary.clone()).collect();
        let seen = stores(&scanner.everything().await, &canaries);
        let planted = plants.iter().map(|(canary, stores)| (canary.what, stores.iter().copied().collect()));
        assert_eq!(seen, planted.collect());
        stack.platform.stop().await;
    });
}

/// Puts a canary into each kind of store, at every place where one can hide.
async fn plants(stack: &Stack, scanner: &Scanner) -> Vec<(Canary, &'static [ScannedStore])> {
    let clients = root(&stack.platform);
    let name = |resource: &str| stack.platform.resource(resource).expect("the template has it").id.clone();
    let mut planted = Vec::new();
    let mut plant = |what: &'static str, stores: &'static [ScannedStore]| {
        let text = format!("canary-plant-{}-", unique());
        planted.push((Canary::new(what, &text), stores));
        text
    };

    let accounts = clients.dynamodb().table(name("Accounts"));
    accounts.put(&plant("key of an item", &[ScannedStore::Table]), "planted", &json!({})).apply().await.unwrap();
    let item = json!({ "deep": [{ "in": plant("item", &[ScannedStore::Table]) }] });
    accounts.put("planted", "planted", &item).apply().await.unwrap();
    let generations = clients.dynamodb().table(name("Generations"));
    let far = 32_503_680_000_000_u64;
    let item = json!({ "open": "0", "next_check": far, "text": plant("item of an index", &[ScannedStore::Table, ScannedStore::Index]) });
    generations.put("planted", "planted", &item).apply().await.unwrap();

    let (s3, bucket) = (clients.s3(), name("Media"));
    let put = |key: &str, body: &str| s3.put_object().bucket(&bucket).key(key).body(body.as_bytes().to_vec().into());
    put("planted/1", &plant("version that is not current", &[ScannedStore::Object])).send().await.unwrap();
    put("planted/1", "something else").send().await.unwrap();
    let header = format!("inline; filename={}", plant("header of an object", &[ScannedStore::Object]));
    put("planted/2", "x").content_disposition(header).send().await.unwrap();
    let marked = plant("key of a delete marker", &[ScannedStore::Object]);
    s3.delete_object().bucket(&bucket).key(format!("planted/{marked}")).send().await.unwrap();
    let begun = plant("key of an upload", &[ScannedStore::Upload]);
    s3.create_multipart_upload().bucket(&bucket).key(format!("planted/{begun}")).send().await.unwrap();

    let message = plant("message", &[ScannedStore::Message]);
    let message = json!({ "QueueUrl": name("GenerationDeadLetters"), "MessageBody": message });
    scanner.ask("AmazonSQS.SendMessage", message).await;
    let stream = json!({ "logGroupName": name("ApiLogs"), "logStreamName": "planted" });
    scanner.ask("Logs_20140328.CreateLogStream", stream.clone()).await;
    let now = stack.platform.now().as_millisecond();
    let mut line = stream;
    line["logEvents"] = json!([{ "timestamp": now, "message": plant("line of a log", &[ScannedStore::Log]) }]);
    scanner.ask("Logs_20140328.PutLogEvents", line).await;
    scanner.send_mail(&plant("mail", &[ScannedStore::Mail])).await;
    planted
}
