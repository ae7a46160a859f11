//! Notices that meet a sign-in, a link, a removal, another notice or an erasure, and notices whose answer is
//! lost.

use crate::{
    identities::{
        notice::{NoticeOutcome, PartnerNotice},
        signing_in::SignedIn,
        tests::{
            SECOND, alive, apple, assert_whole, at, facebook, identity, leads_to, link, link_while, linked, notice,
            notice_while, partners, recent, removed, unlink, unlink_while,
        },
    },
    sign_in::SignIn,
    store::tests::{ada, proven, sign_in, store},
};
use aws::transact;
use kernel::{AccountId, PersonalData, Result};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, World};

/// Apple ends the sessions of the time at which it was linked, and before.
fn end() -> PartnerNotice {
    PartnerNotice::EndSessions { at: at(1) }
}

/// Apple says that the identity was deleted, at the time at which it was linked.
fn deleted() -> PartnerNotice {
    PartnerNotice::IdentityDeleted { at: at(1) }
}

/// Signs Ada in at Google. `meanwhile` runs in the first round, after the decision.
async fn signs_in_while(
    world: &World,
    account: AccountId,
    sign_in: &SignIn,
    meanwhile: impl AsyncFn(),
) -> Result<SignedIn> {
    let (store, mut first) = (store(world), true);
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let decided = store.decide_sign_in(account, &ada(), sign_in).await;
        if std::mem::take(&mut first) {
            meanwhile().await;
        }
        decided
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_commits_during_the_end_of_sessions_is_ended_too() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let late = proven(&world);
    let signing_in = async || {
        signs_in_while(&world, account, &late, async || {}).await.unwrap();
    };
    let outcome = notice_while(&world, account, &apple(), end(), signing_in).await.unwrap();
    assert_eq!(outcome, NoticeOutcome::Done);
    assert_eq!(alive(&world, account, &[&begun, &late]).await, [false, false]);
}

#[tokio::test(start_paused = true)]
async fn an_end_of_sessions_that_commits_during_a_sign_in_refuses_it_if_it_is_older() {
    for (waits, code) in [(Duration::ZERO, Some("sign_in_failed")), (SECOND, None)] {
        let world = World::new(1);
        let (account, begun) = linked(&world).await;
        world.advance(waits);
        let late = proven(&world);
        let ending = async || {
            notice(&world, account, &apple(), end()).await;
        };
        let signed_in = signs_in_while(&world, account, &late, ending).await;
        assert_eq!(signed_in.err().map(|error| error.code()), code);
        assert_eq!(alive(&world, account, &[&begun, &late]).await, [false, code.is_none()]);
        assert_whole(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_of_sessions_that_meets_a_link_ends_its_session_and_links_nothing() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let ending = async || {
        notice(&world, account, &apple(), end()).await;
    };
    let refused = link_while(&world, (account, begun.session), &facebook(), ending).await;
    assert_eq!(refused.unwrap_err().code(), "unauthenticated");
    assert_eq!(partners(&world, account).await, ["apple", "google"]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_notice_and_a_link_at_once_are_both_applied() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let linking = async || link(&world, account, &begun, &facebook()).await.unwrap();
    assert_eq!(notice_while(&world, account, &apple(), deleted(), linking).await.unwrap(), removed(&apple()));
    assert_eq!(partners(&world, account).await, ["facebook", "google"]);
    assert_whole(&world);
}

/// Without the link, the identity would be the last.
#[tokio::test(start_paused = true)]
async fn a_link_before_the_deletion_of_the_last_identity_lets_it_go() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let told = async || {
        let outcome = notice(&world, account, &ada(), deleted()).await;
        assert_eq!(outcome, NoticeOutcome::LastIdentity);
    };
    link_while(&world, (account, begun.session), &apple(), told).await.unwrap();
    assert_eq!(notice(&world, account, &ada(), deleted()).await, removed(&ada()));
    assert_eq!((partners(&world, account).await, leads_to(&world, &ada()).await), (vec!["apple".to_owned()], None));
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_removal_and_a_deletion_of_both_identities_leave_one() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    let told = async || {
        notice(&world, account, &apple(), deleted()).await;
    };
    let refused = unlink_while(&world, &caller, "google", told).await;
    assert_eq!(refused.unwrap_err().code(), "last_identity");
    assert_eq!(partners(&world, account).await, ["google"]);
    assert_whole(&world);

    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let removing = async || drop(unlink(&world, account, &begun, "google").await.unwrap());
    let outcome = notice_while(&world, account, &apple(), deleted(), removing).await.unwrap();
    assert_eq!(outcome, NoticeOutcome::LastIdentity);
    assert_eq!(partners(&world, account).await, ["apple"]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_notice_about_an_identity_that_is_removed_meanwhile_changes_nothing_more() {
    for told in [end(), deleted(), PartnerNotice::MailDisabled { at: at(1) }] {
        let world = World::new(1);
        let (account, begun) = linked(&world).await;
        let removing = async || drop(unlink(&world, account, &begun, "apple").await.unwrap());
        let outcome = notice_while(&world, account, &apple(), told, removing).await.unwrap();
        assert_eq!(outcome, NoticeOutcome::NotThere, "{told:?}");
        assert_eq!(alive(&world, account, &[&begun]).await, [true]);
        assert_eq!(identity(&world, account, "apple").await, None);
        assert_whole(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_during_an_erasure_brings_nothing_back() {
    for told in [end(), deleted(), PartnerNotice::MailDisabled { at: at(1) }] {
        let world = World::new(1);
        let (account, _) = linked(&world).await;
        let erase = async || {
            store(&world).erase(account).await.unwrap();
        };
        let outcome = notice_while(&world, account, &apple(), told, erase).await.unwrap();
        assert_eq!(outcome, NoticeOutcome::NotThere, "{told:?}");
        assert_eq!(world.items(ACCOUNTS_TABLE).len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn everything_at_once_leaves_a_whole_account() {
    for seed in 0..40 {
        let world = World::new(seed);
        let (account, begun) = linked(&world).await;
        // The sign-in is newer than the end of sessions.
        world.advance(SECOND);
        let slowly = |_: &testkit::OutsideCall, random: &mut testkit::Random| {
            Some(Fault::Delay(Duration::from_millis(random.below(30) as u64)))
        };
        world.inject(Faults::with(slowly));
        let (person, other) = (apple(), facebook());
        let disabled = PartnerNotice::MailDisabled { at: at(1) };
        let (ended, _, removed, linked, signed_in) = tokio::join!(
            notice_while(&world, account, &person, end(), async || {}),
            notice_while(&world, account, &person, disabled, async || {}),
            unlink(&world, account, &begun, "google"),
            link(&world, account, &begun, &other),
            sign_in(&world, &person),
        );
        world.inject(Faults::none());
        assert_eq!(ended.unwrap(), NoticeOutcome::Done, "seed {seed}");
        assert_whole(&world);
        let left = partners(&world, account).await;
        assert_eq!(left.contains(&"google".to_owned()), removed.is_err(), "seed {seed}: {left:?}");
        assert_eq!(left.contains(&"facebook".to_owned()), linked.is_ok(), "seed {seed}: {left:?}");
        assert_eq!(signed_in.0, account, "seed {seed}");
        let told = identity(&world, account, "apple").await.unwrap();
        assert_eq!((told.sessions_ended_until, told.mail_disabled_at), (Some(at(1)), Some(at(1))), "seed {seed}");
        assert_eq!(alive(&world, account, &[&begun]).await, [false], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_whose_answer_was_lost_or_that_died_is_finished_by_its_repetition() {
    for told in [end(), deleted()] {
        let expected = {
            let world = World::new(1);
            let (account, _) = linked(&world).await;
            notice(&world, account, &apple(), told).await;
            world.snapshot()
        };
        for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict] {
            let world = World::new(1);
            let (account, _) = linked(&world).await;
            world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
            notice(&world, account, &apple(), told).await;
            assert!(world.snapshot() == expected, "{told:?} {fault:?}");
        }
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            for call in 1.. {
                let world = World::new(1);
                let (account, _) = linked(&world).await;
                world.inject(Faults::at(call, fault));
                let run = world.run(notice(&world, account, &apple(), told)).await;
                world.inject(Faults::none());
                assert_whole(&world);
                notice(&world, account, &apple(), told).await;
                assert!(world.snapshot() == expected, "{told:?} {fault:?} at call {call}");
                if run.is_ok() {
                    assert_eq!(call, 3, "a notice makes two calls");
                    break;
                }
            }
        }
    }
}
