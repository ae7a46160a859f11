//! Copies that go: with their identity, with the picture at the partner, and with the account.

use super::{FETCH, RED, REDELIVERY, alice, colour, copies, drawn, hand_over, host, message, shown};
use crate::{
    notices::messages::facebook_deletion,
    partners::{link, sign_in, subject},
    personal,
};
use std::time::Duration;
use testkit::{Fault, Faults, GoogleProfile};
use tests::{App, Person};

/// Longer than a message waits that is sent before its transaction.
const LATER: Duration = Duration::from_secs(31);

/// A person with a picture of Google, which is copied, and an identity of another partner.
async fn copied_and_linked(app: &App, provider: &str) -> Person {
    host(app, drawn);
    let person = app.browser().sign_in(&alice("red")).await;
    link(app, &person, provider, "alice").await.expect(303);
    app.work_on("picture").await;
    assert_eq!((colour(app, &person).await, copies(app).len()), (Some(RED), 1), "{provider}");
    person
}

async fn unlink(person: &Person, provider: &str) {
    person.ask("DELETE", &format!("/v1/account/identities/{provider}")).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn the_picture_goes_with_the_identity_that_it_came_from() {
    let app = App::new(1).await;
    let person = copied_and_linked(&app, "apple").await;
    unlink(&person, "google").await;
    assert_eq!(shown(&person).await, None, "it is shown no more from that moment on");
    assert_eq!(app.work_on("picture").await, 1);
    assert_eq!(copies(&app).len(), 0, "every version is deleted");
    assert_eq!(shown(&person).await, None, "Apple has no pictures");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn the_picture_of_the_next_identity_takes_its_place() {
    let app = App::new(1).await;
    let person = copied_and_linked(&app, "facebook").await;
    let old = copies(&app).remove(0);
    unlink(&person, "google").await;
    assert_eq!(shown(&person).await, None, "the copy of Google's is shown for no other identity");
    // Facebook does not answer for a while. The copy of Google's does not wait for that.
    app.world().inject(Faults::every("http.GET graph.facebook.test", Fault::ServerError));
    assert_eq!(app.work_on("picture").await, 1);
    app.world().inject(Faults::none());
    assert_eq!((shown(&person).await, copies(&app).len()), (None, 0));
    app.world().advance(REDELIVERY);
    assert_eq!(app.work_on("picture").await, 1);
    assert!(shown(&person).await.is_some(), "Facebook's is copied");
    assert!(copies(&app).len() == 1 && copies(&app)[0].key != old.key, "{:?}", copies(&app));
}

#[tokio::test(start_paused = true)]
async fn a_removal_whose_message_is_lost_is_made_good_by_the_next_sign_in() {
    let app = App::new(1).await;
    let person = copied_and_linked(&app, "apple").await;
    app.world().inject(Faults::every("sqs.", Fault::ServerError));
    unlink(&person, "google").await;
    app.world().inject(Faults::none());
    assert_eq!((shown(&person).await, app.world().messages("picture").len(), copies(&app).len()), (None, 0, 1));
    let again = sign_in(&app, "apple", "alice").await;
    assert_eq!(again.account(), person.account());
    assert_eq!(app.work_on("picture").await, 1);
    assert_eq!(copies(&app).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_dies_at_any_call_is_made_good_by_the_next() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let app = App::new(call).await;
            let person = copied_and_linked(&app, "apple").await;
            unlink(&person, "google").await;
            let message = message(&app);
            app.world().inject(Faults::at(call, fault));
            let done = hand_over(&app, &message).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            app.world().advance(REDELIVERY);
            if !done {
                assert!(hand_over(&app, &message).await, "{fault:?} at {call}");
            }
            assert_eq!((shown(&person).await, copies(&app).len()), (None, 0), "{fault:?} at {call}");
            if !hit {
                assert_eq!(call, 6, "the profile, the record, the deletion, the profile, the list");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_removes_the_identity_removes_the_picture() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    link(&app, &person, "facebook", "alice").await.expect(303);
    assert_eq!(app.work_on("picture").await, 1);
    assert!(shown(&person).await.is_some() && copies(&app).len() == 1);
    app.world().advance(Duration::from_secs(5));
    let deletion = facebook_deletion(&app, &subject(&app, "facebook", "alice"));
    // The notice ends the sessions of then.
    app.world().advance(Duration::from_secs(5));
    app.send(deletion.clone()).await.expect(200);
    let back = app.sign_in("alice").await;
    assert_eq!((shown(&back).await, app.world().messages("picture").len()), (None, 2));
    app.world().advance(LATER);
    assert_eq!(app.work_on("picture").await, 2);
    assert_eq!(copies(&app).len(), 0);
    app.send(deletion).await.expect(200);
    assert!(app.world().messages("picture").is_empty(), "the same again changes nothing");
}

/// Nobody signs in again, and Facebook was told that it is done.
#[tokio::test(start_paused = true)]
async fn a_notice_that_dies_at_any_call_leaves_no_picture() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let app = App::new(call).await;
            let person = app.sign_in("alice").await;
            link(&app, &person, "facebook", "alice").await.expect(303);
            assert_eq!((app.work_on("picture").await, copies(&app).len()), (1, 1));
            app.world().advance(Duration::from_secs(5));
            let deletion = facebook_deletion(&app, &subject(&app, "facebook", "alice"));
            app.world().inject(Faults::at(call, fault));
            let _ = app.world().run(app.send(deletion.clone())).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            app.restarted().await.send(deletion).await.expect(200);
            app.world().advance(LATER);
            app.work_on("picture").await;
            assert!(copies(&app).is_empty(), "{fault:?} at {call}: {:?}", copies(&app));
            if !hit {
                assert!(call > 6, "the code, the reverse key, what decides, the account, the message, the transaction");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_whose_message_is_lost_removes_nothing_and_comes_again() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    link(&app, &person, "facebook", "alice").await.expect(303);
    app.work_on("picture").await;
    app.world().advance(Duration::from_secs(5));
    let deletion = facebook_deletion(&app, &subject(&app, "facebook", "alice"));
    let before = app.world().snapshot();
    app.world().inject(Faults::every("sqs.", Fault::ServerError));
    assert_eq!(app.send(deletion).await.outcome(), (503, "unavailable".to_owned()));
    app.world().inject(Faults::none());
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn the_copy_goes_when_the_partner_sends_no_picture_any_more() {
    let app = App::new(1).await;
    host(&app, drawn);
    let person = app.browser().sign_in(&alice("red")).await;
    app.work_on("picture").await;
    app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert_eq!((shown(&person).await, copies(&app).len()), (None, 1));
    assert_eq!(app.work_on("picture").await, 1);
    assert_eq!(copies(&app).len(), 0);
    app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert!(app.world().messages("picture").is_empty());
}

/// Whether a call is one of the run's: the fetch, the object, the record, the deletion of the object. The erasure makes
/// others.
fn is_of_run(name: &str) -> bool {
    name.starts_with(FETCH) || ["s3.PutObject", "dynamodb.UpdateItem", "s3.DeleteObject"].contains(&name)
}

/// Erases the account while a run is slow at one of its calls. The run may also die at one.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_erased_meanwhile_leaves_nothing() {
    let deaths = [None, Some((2, Fault::DieAfter)), Some((3, Fault::DieBefore)), Some((4, Fault::DieBefore))];
    for (slow, death) in (1..=3).flat_map(|slow| deaths.map(|death| (slow, death))) {
        let app = App::new(slow).await;
        host(&app, drawn);
        let person = app.browser().sign_in(&alice("red")).await;
        let message = message(&app);
        let mut seen = 0;
        app.world().inject(Faults::with(move |call, _| {
            let is_of_run = is_of_run(&call.name);
            seen += u64::from(is_of_run);
            let dies = death.filter(|(at, _)| is_of_run && seen == *at).map(|(_, fault)| fault);
            dies.or_else(|| (is_of_run && seen == slow).then_some(Fault::Delay(Duration::from_secs(2))))
        }));
        let erasing = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            personal::erase(&app, person.account()).await
        };
        let (done, erased) = tokio::join!(hand_over(&app, &message), erasing);
        app.world().inject(Faults::none());
        assert!(erased.items > 0);
        app.world().advance(REDELIVERY);
        if !done {
            assert!(hand_over(&app, &message).await, "slow at {slow}, {death:?}");
        }
        assert!(copies(&app).is_empty(), "slow at {slow}, {death:?}: {:?}", copies(&app));
        let trace = person.account().to_string();
        assert!(!app.world().snapshot().to_string().contains(&trace), "slow at {slow}, {death:?}");
    }
}
