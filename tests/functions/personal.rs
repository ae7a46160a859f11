//! Export, erasure and proof for each slice, with an account that has used every route.

use crate::partners::{identity, link};
use kernel::{AccountId, Erased, Key, PersonalData};
use local::fakes::replicate::JobOutcome;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use testkit::{ACCOUNTS_TABLE, CASES_TABLE, CREDITS_TABLE, GENERATIONS_TABLE, MEDIA_BUCKET, TRANSIENT_TABLE};
use tests::{App, Person, webhook_event};

/// Every slice that stores personal data.
fn slices(app: &App) -> Vec<(&'static str, Box<dyn PersonalData>)> {
    let clients = app.world().clients();
    let table = |name: &str| clients.dynamodb().table(name);
    vec![
        ("accounts", Box::new(accounts::AccountStore::new(table(ACCOUNTS_TABLE)))),
        ("cases", Box::new(cases::CaseStore::new(table(CASES_TABLE)))),
        ("credits", Box::new(credits::CreditStore::new(table(CREDITS_TABLE)))),
        ("billing", Box::new(billing::PaymentStore::new(table(CREDITS_TABLE)))),
        ("generations", Box::new(generations::GenerationStore::new(table(GENERATIONS_TABLE)))),
        ("media", Box::new(media::MediaStore::new(&clients, MEDIA_BUCKET))),
        ("request_counts", Box::new(transient::AccountRates::new(table(TRANSIENT_TABLE)))),
        ("mails", Box::new(mail::AccountMails::new(table(ACCOUNTS_TABLE)))),
    ]
}

/// Erases an account in every slice.
pub async fn erase(app: &App, account: AccountId) -> Erased {
    let mut erased = Erased::default();
    for (_, slice) in slices(app) {
        erased = erased.and(slice.erase(account).await.unwrap());
    }
    erased
}

/// The whole export of an account, as text.
pub async fn exported(app: &App, account: AccountId) -> String {
    let mut text = String::new();
    for (_, slice) in slices(app) {
        text.extend(slice.export(account).await.unwrap().into_iter().map(|record| record.json + "\n"));
    }
    text
}

async fn found(app: &App, account: AccountId) -> Vec<Key> {
    let mut found = Vec::new();
    for (_, slice) in slices(app) {
        found.extend(slice.find(account).await.unwrap());
    }
    found
}

/// An account with two browsers, three identities, a picture, delivered, failed and open generations, and used keys.
async fn lived(app: &App, name: &str) -> Person {
    app.sign_in(name).await;
    let mut second = app.sign_in(name).await;
    app.world().advance(Duration::from_secs(5));
    second.renew().await;
    for provider in ["apple", "facebook"] {
        link(app, &second, provider, name).await.expect(303);
    }
    assert_eq!(app.work_on("picture").await, 1, "Facebook has a picture");
    second.ask_for(&format!("delivered to {name}")).await;
    app.settle().await;
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Moderated);
    second.ask_for(&format!("refused to {name}")).await;
    app.settle().await;
    app.replicate().knobs(|knobs| *knobs = local::fakes::replicate::Knobs::default());
    second.ask_for(&format!("under way for {name}")).await;
    app.send(tests::Event::recorded("contact").bearer(second.token())).await.expect(201);
    for record in ["record-consent", "record-consent.notice"] {
        app.send(tests::Event::recorded(record).bearer(second.token())).await.expect(204);
    }
    app.work_on("generation").await;
    second
}

#[tokio::test(start_paused = true)]
async fn an_export_has_everything_and_no_secret() {
    let app = App::new(1).await;
    // Bob comes first, because his generations under way end during alice's part.
    lived(&app, "bob").await;
    let person = lived(&app, "alice").await;
    let mut sections: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (_, slice) in slices(&app) {
        for record in slice.export(person.account()).await.unwrap() {
            sections.entry(record.section).or_default().push(serde_json::from_str(&record.json).unwrap());
        }
    }
    let counts: BTreeMap<_, _> = sections.iter().map(|(section, records)| (*section, records.len())).collect();
    let wanted = [
        ("cases", 1),
        ("consents", 1),
        ("credits", 7),     // the balance; a grant, three holds, a settlement and a release
        ("generations", 6), // three, and the stored request of each
        ("identities", 3),
        ("media", 3), // what was delivered, its thumbnail, and the picture of the person
        ("notices", 1),
        ("profile", 1),
        ("request_counts", 4), // a message to support, choices and notices, sign-ins and refreshes
        ("sessions", 2),
        ("sign_ins", 2),
    ];
    assert_eq!(counts, BTreeMap::from(wanted));
    let text = format!("{sections:?}");
    for there in ["alice@example.com", "delivered to alice", "refused to alice", "under way for alice", "203.0.113."] {
        assert!(text.contains(there), "the export must have {there}");
    }
    let sealed = identity(&app, &person, "apple").unwrap()["token"].as_str().unwrap().to_owned();
    for secret in ["current_hash", "salt", &sealed, person.refresh_token().rsplit('.').next().unwrap(), "bob"] {
        assert!(!text.contains(secret), "the export must not have {secret}");
    }
}

/// All stored items except the daily spend on providers, which is not personal data and stays.
fn of_people(app: &App) -> Vec<String> {
    let stored = app.world().snapshot().to_string();
    let of_nobody = ["spend#", "network#", "attempt#"].map(|prefix| format!("\"pk\":\"{prefix}"));
    stored.lines().filter(|line| !of_nobody.iter().any(|key| line.contains(key))).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn an_erasure_removes_the_whole_account_and_nothing_of_others() {
    let app = App::new(1).await;
    let bob = lived(&app, "bob").await;
    app.rest().await;
    let others = found(&app, bob.account()).await;
    let before = of_people(&app);
    let alice = lived(&app, "alice").await;
    let there = found(&app, alice.account()).await;
    let kept: Vec<_> = slices(&app).into_iter().map(|(name, _)| name).collect();
    assert!(there.len() > 15, "there must be something to erase in {kept:?}: {there:?}");

    let erased = erase(&app, alice.account()).await;
    assert_eq!((erased.items + erased.objects) as usize, there.len(), "everything that was found must be erased");
    assert_eq!(found(&app, alice.account()).await, []);
    assert_eq!(erase(&app, alice.account()).await, Erased::default(), "the second erasure must find nothing");
    assert_eq!(found(&app, bob.account()).await, others, "the data of others must stay");
    assert_eq!(of_people(&app), before, "nothing else may have changed");
    for trace in [alice.account().to_string(), "alice".to_owned()] {
        assert!(!app.world().snapshot().to_string().contains(&trace), "{trace} must not be stored");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_brings_an_erased_account_back() {
    let app = App::new(1).await;
    let person = lived(&app, "alice").await;
    app.world().advance(Duration::from_secs(2));
    let webhooks = app.replicate().take_webhooks(app.world().now());
    assert_eq!(webhooks.len(), 1, "one generation was under way");
    erase(&app, person.account()).await;
    let before = app.world().snapshot();
    app.send(webhook_event(&webhooks[0])).await.expect(204);
    app.settle().await;
    for _ in 0..15 {
        app.minute().await;
    }
    app.world().assert_unchanged(&before);
    let refresh = person.renewal();
    assert_eq!(app.send(refresh).await.status(), 401);
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_erased_while_it_is_delivered_stays_erased() {
    for call in 1..=6 {
        let app = App::new(call).await;
        let person = app.sign_in("alice").await;
        person.ask_for("a boat").await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(2));
        app.deliver_webhooks().await;
        let message = app.world().take_messages("media").remove(0);
        // Every call waits a second, so that the erasure runs between two of them.
        let slowly = testkit::Fault::Delay(Duration::from_secs(1));
        app.world().inject(testkit::Faults::with(move |it, _| (it.number == call).then_some(slowly)));
        let collect = app.hand_over("collect-media", &message);
        let erasing = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            erase(&app, person.account()).await
        };
        let (done, _) = futures_util::future::join(collect, erasing).await;
        assert!(done, "call {call}: the message must be done");
        app.world().inject(testkit::Faults::none());
        app.rest().await;
        let left = found(&app, person.account()).await;
        assert_eq!(left, [], "call {call}: writes after the erasure must be undone");
    }
}
