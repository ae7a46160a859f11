//! Exactly one slice claims each place that may hold data about a person, so that export and erasure
//! reach it.

use crate::partners::{PARTNERS, sign_in};
use aws::{Decision, transact};
use kernel::{AccountId, Claim, MailId, PersonalData};
use local::fakes::replicate::JobOutcome;
use mail::{Feedback, Mail, MailKeys, MailStore, MailTable, Mailbox, NewMail, SuppressionList};
use policy::{
    assert_found, assert_none,
    template::{BUCKET, FUNCTION, QUEUE, TABLE, Template, target},
    tree,
    yaml::Node,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{
    ACCOUNTS_TABLE, CASES_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, GENERATIONS_TABLE, MEDIA_BUCKET,
    TRANSIENT_TABLE, World,
};
use tests::{App, Event, Person};

/// The partition of all items under an account's own key.
const OWN: &str = "account_id";
/// The fields of a message: ids.
const MESSAGE_FIELDS: [&str; 3] = ["account", "generation", "job"];

/// Every slice that stores something, with its claims.
fn slices() -> Vec<(&'static str, &'static [Claim])> {
    let clients = World::new(0).clients();
    let table = |name: &str| clients.dynamodb().table(name);
    vec![
        ("accounts", accounts::AccountStore::new(table(ACCOUNTS_TABLE)).claims()),
        ("cases", cases::CaseStore::new(table(CASES_TABLE)).claims()),
        ("credits", credits::CreditStore::new(table(CREDITS_TABLE)).claims()),
        ("billing", billing::PaymentStore::new(table(CREDITS_TABLE)).claims()),
        ("generations", generations::GenerationStore::new(table(GENERATIONS_TABLE)).claims()),
        ("mail", mail::AccountMails::new(table(ACCOUNTS_TABLE)).claims()),
        ("media", media::MediaStore::new(&clients, MEDIA_BUCKET).claims()),
        ("transient", transient::AccountRates::new(table(TRANSIENT_TABLE)).claims()),
        ("privacy", privacy::DeletionMarks::new(accounts::AccountStore::new(table(ACCOUNTS_TABLE))).claims()),
    ]
}

fn claims() -> Vec<Claim> {
    slices().into_iter().flat_map(|(_, claims)| claims).copied().collect()
}

/// Whether two claims could cover the same item, object or message.
fn overlap(one: &Claim, other: &Claim) -> bool {
    let either_begins = |one: &str, other: &str| one.starts_with(other) || other.starts_with(one);
    match (one, other) {
        (
            Claim::Items { table, partition, prefix },
            Claim::Items { table: other_table, partition: other_partition, prefix: other_prefix },
        ) => {
            // The empty prefix stands for bare ids, which have no prefix.
            let sorts = match (prefix.is_empty(), other_prefix.is_empty()) {
                (false, false) => either_begins(prefix, other_prefix),
                (one_is_id, other_is_id) => one_is_id == other_is_id,
            };
            table == other_table && either_begins(partition, other_partition) && sorts
        }
        (Claim::Objects { bucket, prefix }, Claim::Objects { bucket: other_bucket, prefix: other_prefix }) => {
            bucket == other_bucket && either_begins(prefix, other_prefix)
        }
        (Claim::Messages { queue }, Claim::Messages { queue: other }) => queue == other,
        _ => false,
    }
}

fn resource(claim: &Claim) -> (&'static str, &'static str) {
    match *claim {
        Claim::Items { table, .. } => (TABLE, table),
        Claim::Objects { bucket, .. } => (BUCKET, bucket),
        Claim::Messages { queue } => (QUEUE, queue),
    }
}

/// Claims and template must list the same places, each once.
fn against_template(template: &Template, claims: &[Claim]) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let (r#type, name) = resource(claim);
        if template.find(r#type, name).is_none() {
            findings.push(format!("{claim:?}: infra/template.yaml has no such {type}"));
        }
        let twice = claims[..index].iter().filter(|other| overlap(claim, other));
        findings.extend(twice.map(|other| format!("{claim:?} and {other:?} claim the same")));
    }
    for r#type in [TABLE, BUCKET, QUEUE] {
        let unclaimed =
            template.all(r#type).filter(|it| !claims.iter().any(|claim| resource(claim) == (r#type, it.name)));
        findings
            .extend(unclaimed.map(|it| format!("{} is claimed by no slice: its data would never be erased", it.name)));
    }
    for (bucket, prefix) in object_prefixes(template) {
        let by = claims
            .iter()
            .filter(|claim| matches!(claim, Claim::Objects { bucket: b, prefix: p } if *b == bucket && *p == prefix));
        if by.count() != 1 {
            findings.push(format!("{bucket}/{prefix}, which a function may touch, must be claimed by one slice"));
        }
    }
    findings
}

/// The prefixes of buckets on which some function has a permission.
fn object_prefixes(template: &Template) -> BTreeSet<(&str, &str)> {
    let statements = template.all(FUNCTION).flat_map(|function| function.statements());
    let resources = statements.flat_map(|statement| statement.at(&["Resource"]).map_or(&[][..], Node::items));
    let objects = resources.filter_map(|resource| {
        let bucket = template.find(BUCKET, target(resource)?)?;
        let (_, prefix) = resource.behind("!Sub")?.split_once("}/")?;
        Some((bucket.name, prefix.trim_end_matches('*')))
    });
    objects.collect()
}

/// Whether the claim covers an item or object with this key.
fn covers(claim: &Claim, place: &str, partition: &str, sort: &str) -> bool {
    let is_id = |text: &str| text.parse::<AccountId>().is_ok();
    match *claim {
        Claim::Items { table, partition: claimed, prefix } => {
            let partition = if claimed == OWN { is_id(partition) } else { partition.starts_with(claimed) };
            let sort = match prefix {
                "" => is_id(sort),
                prefix if prefix.ends_with('#') => sort.starts_with(prefix),
                whole => sort == whole,
            };
            table == place && partition && sort
        }
        Claim::Objects { bucket, prefix } => bucket == place && sort.starts_with(prefix),
        Claim::Messages { .. } => false,
    }
}

#[test]
fn every_place_of_the_template_is_claimed_once() {
    assert_none(against_template(&Template::read(), &claims()));
}

#[test]
fn every_slice_that_stores_something_is_asked_for_its_claims() {
    let known: BTreeSet<_> = slices().into_iter().map(|(slice, _)| slice.to_owned()).collect();
    let sources = tree::files("rs").into_iter().filter(|path| path.starts_with("shared/"));
    let implementing = sources.filter(|path| tree::bare_code(&tree::read(path)).contains("impl PersonalData for"));
    let implementing: BTreeSet<_> = implementing.filter_map(|path| path.split('/').nth(1).map(str::to_owned)).collect();
    assert_eq!(known, implementing, "list in tests/functions/claims.rs every slice that implements PersonalData");
}

/// Key prefixes end in `#`. Nothing would erase items under a prefix that no slice claims.
#[test]
fn every_key_prefix_in_the_slices_is_claimed() {
    let claimed = claims().into_iter().flat_map(|claim| match claim {
        Claim::Items { partition, prefix, .. } => vec![partition, prefix],
        _ => Vec::new(),
    });
    let claimed: BTreeSet<_> = claimed.collect();
    let mut findings = Vec::new();
    for (slice, _) in slices() {
        let sources = tree::files("rs").into_iter().filter(|path| path.starts_with(&format!("shared/{slice}/src/")));
        for path in sources.filter(|path| !path.ends_with("tests.rs")) {
            let code = tree::code(&tree::read(&path));
            let prefixes = tree::literals(&code).into_iter().filter_map(|text| Some(&text[..=text.find('#')?]));
            let is_word = |text: &str| text.len() > 1 && text[..text.len() - 1].chars().all(|c| c.is_ascii_lowercase());
            let unclaimed = prefixes.filter(|prefix| is_word(prefix) && !claimed.contains(prefix));
            findings.extend(unclaimed.map(|prefix| format!("{path} writes keys that begin with {prefix}: claim them")));
        }
    }
    assert_none(findings);
}

/// Mails wait in each table that has some, and an address has bounced.
async fn waits_for_mails(app: &App) {
    let (world, clients) = (app.world(), app.world().clients());
    let (db, ids, now) = (clients.dynamodb(), world.ids(), world.now());
    let account = ids.uuid_v7(now).to_string();
    for (table, which, partition, address) in [
        (ACCOUNTS_TABLE, MailTable::Accounts, account.as_str(), None),
        (CASES_TABLE, MailTable::Cases, "C-ABCD-EFGH", None),
        (DELETION_RECEIPTS_TABLE, MailTable::DeletionReceipts, "a-code", Some("ada@example.com")),
    ] {
        let store = MailStore::new(db.table(table), which);
        let address = address.map(str::to_owned);
        let mail = Mail::Welcome { credits: 50 };
        let new = NewMail { partition: partition.to_owned(), id: MailId::new(ids.uuid_v7(now)), mail, address };
        let written = transact(&db, &ids, async || Ok(Decision::Commit(vec![store.mail_change(&new, now)?], ())));
        written.await.unwrap();
    }
    let keys = MailKeys::from_keys(["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]).unwrap();
    let list = SuppressionList::new(db.table(ACCOUNTS_TABLE), keys);
    list.record(&Mailbox::parse("ada@example.com").unwrap(), Feedback::Bounced, now).await.unwrap();
}

/// A person who has bought a pack and stays signed in.
async fn buys_and_stays(app: &App) {
    let buyer = app.sign_in("joan").await;
    let page =
        app.send(Event::recorded("checkout").fill("token", buyer.token()).fill("key", "k")).await.expect(201).json();
    let _ = app.stripe().pay(app.world().now(), page["id"].as_str().expect("a page has an id"));
    let webhook = app.stripe().take_webhooks(app.world().now()).pop().expect("Stripe sends a webhook for a payment");
    let signature = webhook.headers["stripe-signature"].to_str().expect("a signature is text");
    let body = std::str::from_utf8(&webhook.body).expect("an event is text");
    let told = Event::recorded("stripe-webhook").header("stripe-signature", signature).body(body);
    assert!(app.send(told).await.status() < 300, "the payment must be granted");
}

/// A stranger and a person who is signed in write to support, and the person gets credits.
async fn writes_and_gets_a_gift(app: &App) {
    let writer = app.sign_in("mary").await;
    let message = Event::recorded("contact");
    app.send(message.clone().bearer(writer.token())).await.expect(201);
    let body = json!({ "kind": "support", "text": "Hello?", "reply_to": "stranger@example.com" });
    app.send(message.json_body(&body)).await.expect(201);
    let note = ["--actor", "support", "--reason", "A test.", "--yes", "--key", "a-gift"];
    let given = crate::ops::ops(app, &[&["grant", &writer.account().to_string(), "5"][..], &note[..]].concat()).await;
    assert_eq!(given.code, 0, "{given:?}");
}

/// The person consents, and sees a notice.
async fn chooses(app: &App, person: &Person) {
    for record in ["record-consent", "record-consent.notice"] {
        app.send(Event::recorded(record).bearer(person.token())).await.expect(204);
    }
}

#[tokio::test(start_paused = true)]
async fn all_data_of_a_person_is_claimed_once() {
    let app = App::new(1).await;
    let person = app.sign_in("ada").await;
    // A failed job counts for its model.
    app.replicate().knobs(|knobs| (knobs.outcome, knobs.times) = (JobOutcome::Fail, Some(1)));
    person.ask_for("a ship in a storm").await;
    app.rest().await;
    person.ask_for("a lighthouse in a storm").await;
    let messages = app.world().messages("generation");
    app.rest().await;
    chooses(&app, &person).await;
    person.upload("image/png", &tests::pictures::png([1, 2, 3])).await;
    // One account is already erased, and this one has a deletion.
    let gone = app.sign_in("grace").await.delete_account().await.expect(202).json();
    app.purge(gone["code"].as_str().expect("a deletion has a code")).await;
    app.browser().sign_in(&testkit::GoogleProfile::new("ada")).await.delete_account().await.expect(202);

    buys_and_stays(&app).await;
    writes_and_gets_a_gift(&app).await;
    for provider in PARTNERS {
        sign_in(&app, provider, "emmy").await;
    }
    app.work_on("picture").await;
    waits_for_mails(&app).await;

    let mut kept: Vec<(&str, String, String)> = Vec::new();
    for (name, table) in [
        ("Accounts", ACCOUNTS_TABLE),
        ("Cases", CASES_TABLE),
        ("Credits", CREDITS_TABLE),
        ("DeletionReceipts", DELETION_RECEIPTS_TABLE),
        ("Generations", GENERATIONS_TABLE),
        ("Transient", TRANSIENT_TABLE),
    ] {
        let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        kept.extend(app.world().items(table).iter().map(|item| (name, text(item, "pk"), text(item, "sk"))));
    }
    kept.extend(app.objects().into_iter().map(|object| ("Media", String::new(), object.key)));
    let (claims, mut findings) = (claims(), Vec::new());
    for (place, partition, sort) in &kept {
        let by = claims.iter().filter(|claim| covers(claim, place, partition, sort)).count();
        if by != 1 {
            findings.push(format!("{place} {partition} {sort} is claimed {by} times instead of once"));
        }
    }
    // If a claim covers no stored data, the claim is wrong or this person has not used every route.
    let idle = claims.iter().filter(|claim| {
        !matches!(claim, Claim::Messages { .. }) && !kept.iter().any(|(place, pk, sk)| covers(claim, place, pk, sk))
    });
    findings.extend(idle.map(|claim| format!("{claim:?} covers nothing")));
    // Messages are in no partition of the account, so they may hold only ids.
    assert_eq!(messages.len(), 1, "the generation is queued");
    for message in messages {
        let body = message.json();
        let fields = body.as_object().into_iter().flat_map(|body| body.keys());
        let stray = fields.filter(|field| !MESSAGE_FIELDS.contains(&field.as_str()));
        findings.extend(stray.map(|field| format!("a message carries ids only, and not {field}")));
    }
    assert_none(findings);
}

#[test]
fn a_place_without_a_claim_is_found() {
    let claims = claims();
    let queue = Template::with(
        "  MediaDeadLetters:\n",
        "  OtherDeadLetters:\n    Type: AWS::SQS::Queue\n  MediaDeadLetters:\n",
    );
    assert_found(&against_template(&queue, &claims), "OtherDeadLetters is claimed by no slice");
    let prefix = Template::with("${Media.Arn}/generations/*", "${Media.Arn}/exports/*");
    assert_found(&against_template(&prefix, &claims), "Media/exports/, which a function may touch");
    let renamed = Template::with("  Credits:\n    Type: AWS::DynamoDB", "  Ledger:\n    Type: AWS::DynamoDB");
    assert_found(&against_template(&renamed, &claims), "infra/template.yaml has no such AWS::DynamoDB::Table");
    let twice: Vec<_> = claims.iter().chain(&claims[..1]).copied().collect();
    assert_found(&against_template(&Template::read(), &twice), "claim the same");
}
