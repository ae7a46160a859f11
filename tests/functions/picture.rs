//! The picture of a person: copied once, shown as our copy, and never fetched from where it must not be.

mod going;
mod refused;

use bytes::Bytes;
use image::ImageFormat;
use local::fakes::AppleProfile;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use testkit::{Fault, Faults, GOOGLE_PICTURES, GoogleProfile, QueueMessage, StoredObject};
use tests::{App, Event, Person, pictures};

/// The host of the pictures of people at Google.
const HOST: &str = "pictures.google.test";

/// The name of each request to it.
const FETCH: &str = "http.GET pictures.google.test";

/// Longer than the visibility timeout of the queue: then SQS delivers the message of a dead run again.
const REDELIVERY: Duration = Duration::from_secs(91);

const RED: [u8; 3] = [200, 20, 20];
const BLUE: [u8; 3] = [20, 20, 200];

/// Alice at Google, with the picture of this name.
fn alice(picture: &str) -> GoogleProfile {
    GoogleProfile { picture: Some(format!("{GOOGLE_PICTURES}/{picture}")), ..GoogleProfile::new("alice") }
}

/// An answer of the host. Its `Content-Type` always says that it is a PNG.
fn answer(status: u16, body: impl Into<Bytes>) -> http::Response<Bytes> {
    http::Response::builder().status(status).header("content-type", "image/png").body(body.into()).unwrap()
}

/// A picture of one colour. That of the name `blue` is blue, and every other one red.
fn drawn(path: &str) -> http::Response<Bytes> {
    let colour = if path == "/blue" { BLUE } else { RED };
    answer(200, pictures::picture(ImageFormat::Png, 400, 300, colour))
}

/// Lets the host answer so, by path. Returns the number of its requests.
fn host(app: &App, answer: impl Fn(&str) -> http::Response<Bytes> + Send + Sync + 'static) -> Arc<AtomicUsize> {
    let asked = Arc::<AtomicUsize>::default();
    let counted = asked.clone();
    app.world().register(HOST, move |request: net::Request| {
        counted.fetch_add(1, Ordering::Relaxed);
        answer(request.uri().path())
    });
    asked
}

fn times(asked: &AtomicUsize) -> usize {
    asked.load(Ordering::Relaxed)
}

/// The link to the picture that the person gets.
async fn shown(person: &Person) -> Option<String> {
    let account = person.get("/v1/account").await.expect(200).json();
    account["picture_url"].as_str().map(str::to_owned)
}

/// The colour of the picture that the person sees.
async fn colour(app: &App, person: &Person) -> Option<[u8; 3]> {
    let link = shown(person).await?;
    let [red, _, blue] = pictures::corner(app.world().fetch(&link).body());
    Some(if red > blue { RED } else { BLUE })
}

/// Every version of every copy.
fn copies(app: &App) -> Vec<StoredObject> {
    app.objects().into_iter().filter(|object| object.key.starts_with("pictures/")).collect()
}

/// The one message that waits.
fn message(app: &App) -> QueueMessage {
    let mut messages = app.world().take_messages("picture");
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}

async fn hand_over(app: &App, message: &QueueMessage) -> bool {
    app.hand_over("copy-picture", message).await
}

#[tokio::test(start_paused = true)]
async fn a_new_person_sees_the_picture_of_the_partner_as_our_copy() {
    let app = App::new(1).await;
    let asked = host(&app, |_| answer(200, pictures::photograph(400, 300, RED, "canary of a camera")));
    let person = app.browser().sign_in(&alice("red")).await;
    assert_eq!((shown(&person).await, times(&asked)), (None, 0), "a sign-in does not wait for it");
    let waits = app.world().messages("picture")[0].json();
    assert_eq!(waits, json!({ "account": person.account() }), "a message has no address");
    app.work_on("picture").await;
    let link = shown(&person).await.expect("it is copied");
    assert!(link.contains(&format!("/pictures/{}/", person.account())) && !link.contains(HOST), "{link}");
    let small = app.world().fetch(&link);
    assert_eq!((small.status().as_u16(), &small.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(small.headers()["cache-control"], "private");
    let size = imagesize::blob_size(small.body()).unwrap();
    assert_eq!((size.width, size.height), (192, 192));
    for text in [b"canary".as_slice(), b"Exif"] {
        assert!(!small.body().windows(text.len()).any(|part| part == text), "the copy has pixels alone");
    }
    assert_eq!(colour(&app, &person).await, Some(RED));
    let renamed = person.event("PATCH", "/v1/account").json_body(&json!({ "name": "Alice" }));
    let renamed = app.send(renamed.header("content-type", "application/merge-patch+json")).await.expect(200).json();
    assert_eq!(renamed["picture_url"].as_str(), Some(link.as_str()), "a patch answers it too");
    app.world().advance(Duration::from_secs(301));
    assert_eq!(app.world().fetch(&link).status().as_u16(), 403, "a link lasts for minutes");
    assert_eq!((times(&asked), copies(&app).len()), (1, 1));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_fetches_once() {
    let app = App::new(1).await;
    let asked = host(&app, drawn);
    let person = app.browser().sign_in(&alice("red")).await;
    let message = message(&app);
    assert!(hand_over(&app, &message).await);
    for _ in 0..3 {
        assert!(hand_over(&app, &message).await);
        app.browser().sign_in(&alice("red")).await;
        assert!(app.world().messages("picture").is_empty(), "the copy is that of the address");
    }
    assert_eq!((times(&asked), copies(&app).len(), colour(&app, &person).await), (1, 1, Some(RED)));
}

#[tokio::test(start_paused = true)]
async fn runs_beside_each_other_leave_one_copy() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        host(&app, drawn);
        let person = app.browser().sign_in(&alice("red")).await;
        let message = message(&app);
        app.world()
            .inject(Faults::with(|_, random| Some(Fault::Delay(Duration::from_millis(1 + random.below(50) as u64)))));
        let (one, two, three) =
            tokio::join!(hand_over(&app, &message), hand_over(&app, &message), hand_over(&app, &message));
        app.world().inject(Faults::none());
        assert!(one && two && three, "seed {seed}: a repetition is no failure");
        assert_eq!((copies(&app).len(), colour(&app, &person).await), (1, Some(RED)), "seed {seed}");
        app.check_invariants().none();
    }
}

/// Lets a run die, or lose a call, at each of its calls. Then SQS delivers its message again.
async fn dies_at_any_call(calls: u64, prepared: impl AsyncFn(&App) -> Person) {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let app = App::new(call).await;
            host(&app, drawn);
            let person = prepared(&app).await;
            let message = message(&app);
            app.world().inject(Faults::at(call, fault));
            let done = hand_over(&app, &message).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            app.world().advance(REDELIVERY);
            if !done {
                assert!(hand_over(&app, &message).await, "{fault:?} at {call}");
            }
            let seen = (copies(&app).len(), colour(&app, &person).await);
            assert_eq!(seen, (1, Some(BLUE)), "{fault:?} at {call}: {:?}", copies(&app));
            app.check_invariants().none();
            if !hit {
                assert_eq!(call, calls + 1, "{fault:?}");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_at_any_call_is_made_good_by_the_next() {
    // The profile, the host, the object, the record, the profile, the list.
    dies_at_any_call(6, async |app: &App| app.browser().sign_in(&alice("blue")).await).await;
    // And the deletion of the copy that was replaced.
    let replaced = async |app: &App| {
        app.browser().sign_in(&alice("red")).await;
        assert_eq!(app.work_on("picture").await, 1);
        app.browser().sign_in(&alice("blue")).await
    };
    dies_at_any_call(7, replaced).await;
}

/// As at Facebook, whose addresses change each time.
#[tokio::test(start_paused = true)]
async fn the_copy_of_an_address_is_replaced_by_that_of_the_next() {
    let app = App::new(1).await;
    let asked = host(&app, drawn);
    let person = app.browser().sign_in(&alice("red")).await;
    app.work_on("picture").await;
    let old = copies(&app).remove(0);
    app.browser().sign_in(&alice("blue")).await;
    assert_eq!(colour(&app, &person).await, Some(RED), "the old one of the same partner, until the new one is there");
    assert_eq!(app.work_on("picture").await, 1);
    assert_eq!((times(&asked), colour(&app, &person).await), (2, Some(BLUE)));
    let left = copies(&app);
    assert!(left.len() == 1 && left[0].key != old.key, "the old one is deleted in every version: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn an_address_that_changes_during_the_fetch_wins() {
    for call in 2..=4 {
        let app = App::new(call).await;
        host(&app, drawn);
        let person = app.browser().sign_in(&alice("red")).await;
        let message = message(&app);
        app.world().inject(Faults::at(call, Fault::Delay(Duration::from_secs(2))));
        let changing = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            app.browser().sign_in(&alice("blue")).await;
        };
        let (done, ()) = tokio::join!(hand_over(&app, &message), changing);
        app.world().inject(Faults::none());
        assert!(done, "slow at call {call}");
        app.work_on("picture").await;
        assert_eq!((copies(&app).len(), colour(&app, &person).await), (1, Some(BLUE)), "slow at call {call}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_lost_is_sent_by_the_next_sign_in() {
    let app = App::new(1).await;
    host(&app, drawn);
    app.world().inject(Faults::every("sqs.", Fault::ServerError));
    let person = app.browser().sign_in(&alice("red")).await;
    app.world().inject(Faults::none());
    assert!(app.world().messages("picture").is_empty(), "the sign-in works without it");
    app.browser().sign_in(&alice("red")).await;
    assert_eq!(app.work_on("picture").await, 1);
    assert_eq!(colour(&app, &person).await, Some(RED));
}

#[tokio::test(start_paused = true)]
async fn a_person_without_a_picture_sends_no_message() {
    let app = App::new(1).await;
    app.sign_in("alice").await;
    let mut browser = app.browser();
    let page = crate::partners::begin(&app, &mut browser, "apple").await;
    let back = crate::partners::apple(&app, &page, &AppleProfile::new("bob"));
    app.send(back.event(&browser)).await.expect(303);
    assert!(app.world().messages("picture").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_about_nobody_changes_nothing_and_a_wrong_one_is_returned() {
    let app = App::new(1).await;
    app.sign_in("alice").await;
    let before = app.world().snapshot();
    let event = |account: &str| Event::recorded("copy-picture").fill("account", account);
    let (given_back, counts) = app.world().counted(app.work(&event("0198c0de-0000-7000-8000-000000000000"))).await;
    assert!(given_back.is_empty(), "there is nothing to try again");
    assert_eq!((counts.aws_total(), counts.vendors_total()), (2, 0), "the profile, and what may be left: {counts}");
    for wrong in ["", "..", "alice"] {
        assert_eq!(app.work(&event(wrong)).await.len(), 1, "{wrong:?} is no account");
    }
    app.world().assert_unchanged(&before);
}

/// The attribute of the profile.
fn recorded(app: &App, person: &Person) -> Value {
    let profile = app.world().item(testkit::ACCOUNTS_TABLE, &person.account().to_string(), "profile");
    profile.expect("the account exists")["picture"].clone()
}
