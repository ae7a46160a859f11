//! Links of another identity to an account.

use crate::{
    deletion::DeletionMark,
    identities::tests::{
        SECOND, alive, apple, assert_whole, at, facebook, leads_to, link, link_while, linked, partners, profile,
    },
    sign_in::Person,
    store::tests::{ada, proven, sign_in, sign_in_while, store},
};
use aws::{Decision, transact};
use kernel::{
    Caller, PersonalData,
    limits::{DELETION_GRACE, SESSION_IDLE_LIFETIME},
};
use std::time::Duration;
use testkit::{Fault, Faults, World};

/// A link takes two requests: the account, and the transaction. Its repetition with nothing new takes one.
#[tokio::test(start_paused = true)]
async fn a_link_leads_to_the_account_in_two_requests() {
    let world = World::new(1);
    let nameless = Person { name: None, picture_url: None, ..ada() };
    let (account, begun) = sign_in(&world, &nameless).await;
    world.advance(SECOND);
    let (done, counts) = world.counted(link(&world, account, &begun, &apple())).await;
    assert_eq!((done.is_ok(), counts.aws_total()), (true, 2), "{counts}");
    assert_eq!(leads_to(&world, &apple()).await, Some(account));
    assert_whole(&world);
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.name_from.as_deref()), (Some("Ada A."), Some("apple")), "it was missing");
    assert_eq!((seen.email, seen.email_from.as_deref()), (ada().email, Some("google")));
    let listed = store(&world).list_identities(account).await.unwrap();
    assert_eq!((listed[0].provider.as_str(), listed[1].provider.as_str()), ("apple", "google"));
    assert_eq!((listed[0].email.clone(), listed[0].linked_at), (apple().email, at(1)));
    assert!(listed[0].is_private_email && !listed[1].is_private_email && !listed[0].mail_disabled);
    assert!(!format!("{listed:?}").contains('@'), "a debug output must have no address");

    assert_eq!(alive(&world, account, &[&begun]).await, [true], "the session continues");
    let (again, _) = sign_in(&world, &Person { name: None, ..apple() }).await;
    assert_eq!(again, account, "a sign-in with the linked identity finds the account");
    let before = world.snapshot();
    let same = Person { name: None, sealed_token: None, ..apple() };
    let (done, counts) = world.counted(link(&world, account, &begun, &same)).await;
    assert_eq!((done.is_ok(), counts.aws_total()), (true, 1), "{counts}");
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_link_refreshes_what_the_partner_sent() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    world.advance(SECOND);
    let renewed = Person { name: None, sealed_token: Some("sealed-2".into()), ..apple() };
    link(&world, account, &begun, &renewed).await.unwrap();
    let kept = super::identity(&world, account, "apple").await.unwrap();
    assert_eq!((kept.token.as_deref(), kept.token_at, kept.linked_at), (Some("sealed-2"), Some(at(2)), at(1)));
    assert_eq!(kept.name, apple().name);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn an_identity_of_another_account_is_never_moved() {
    let world = World::new(1);
    let (hers, begun) = sign_in(&world, &ada()).await;
    // The same mail address, which plays no part.
    let (other, _) = sign_in(&world, &Person { email: ada().email, ..apple() }).await;
    assert_ne!(other, hers);
    let before = world.snapshot();
    assert_eq!(link(&world, hers, &begun, &apple()).await.unwrap_err().code(), "identity_taken");
    world.assert_unchanged(&before);
}

/// The keys have the partner's name. Under another issuer the same subject may be another person.
#[tokio::test(start_paused = true)]
async fn the_same_subject_of_another_issuer_neither_signs_in_nor_links() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let stranger = Person { issuer: "https://login.example".into(), ..apple() };
    let before = world.snapshot();
    let signed_in = sign_in_while(&world, &stranger, &proven(&world), async || {}).await;
    assert_eq!(signed_in.unwrap_err().code(), "internal");
    assert_eq!(link(&world, account, &begun, &stranger).await.unwrap_err().code(), "internal");
    world.assert_unchanged(&before);
}

/// The purge asks Apple once to revoke its tokens, when it begins. A later identity or sign-in would keep its token.
#[tokio::test(start_paused = true)]
async fn nothing_is_linked_when_the_purge_is_about_to_begin_and_nobody_comes_in_when_it_does() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let purge_at = world.now() + DELETION_GRACE;
    let mark = DeletionMark {
        code: "code".into(),
        requested_by: Some("google".into()),
        requested_at: world.now(),
        purge_at,
        due_at: purge_at,
        before: "active".into(),
    };
    let marked = async || Ok(Decision::Commit(vec![store(&world).mark_change(account, &mark)?], ()));
    transact(&world.clients().dynamodb(), &world.ids(), marked).await.unwrap();
    link(&world, account, &begun, &apple()).await.expect("a person who is surprised may still link another way");
    world.advance(DELETION_GRACE - Duration::from_secs(60));
    let before = world.snapshot();
    assert_eq!(link(&world, account, &begun, &facebook()).await.unwrap_err().code(), "unauthenticated");
    world.assert_unchanged(&before);
    let (still, _) = sign_in(&world, &apple()).await;
    assert_eq!(still, account, "until the last moment a person may come back and cancel");
    world.advance(Duration::from_secs(60));
    let before = world.snapshot();
    for person in [ada(), apple()] {
        let late = sign_in_while(&world, &person, &proven(&world), async || {}).await;
        assert_eq!(late.unwrap_err().code(), "unavailable", "{}", person.provider);
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_account_has_one_identity_of_a_partner() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let second = Person { subject: "2".into(), ..ada() };
    for signs_in_too in [false, true] {
        if signs_in_too {
            sign_in(&world, &second).await;
        }
        let before = world.snapshot();
        assert_eq!(link(&world, account, &begun, &second).await.unwrap_err().code(), "provider_linked");
        world.assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_asks_for_a_session_that_is_alive() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let (other, theirs) = sign_in(&world, &facebook()).await;
    assert_ne!(other, account);
    let (_, kept) = sign_in(&world, &ada()).await;
    let ended = Caller { account, session: begun.session, issued_at: world.now() };
    store(&world).end_session(&ended).await.unwrap();
    let before = world.snapshot();
    for of in [&begun, &theirs, &proven(&world)] {
        assert_eq!(link(&world, account, of, &apple()).await.unwrap_err().code(), "unauthenticated");
    }
    world.advance(SESSION_IDLE_LIFETIME);
    assert_eq!(link(&world, account, &kept, &apple()).await.unwrap_err().code(), "unauthenticated");
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_during_a_link_links_nothing() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let (_, phone) = sign_in(&world, &ada()).await;
    let by = super::fresh(&world, account, &phone).await.unwrap();
    for one in [true, false] {
        let (_, linking) = sign_in(&world, &ada()).await;
        let end = async || match one {
            true => store(&world).end_one_session(&by, linking.session, world.now()).await.unwrap(),
            false => store(&world).end_other_sessions(by.caller(), &world.ids(), world.now()).await.unwrap(),
        };
        let refused = link_while(&world, (account, linking.session), &apple(), end).await;
        assert_eq!(refused.unwrap_err().code(), "unauthenticated");
        assert_eq!((leads_to(&world, &apple()).await, partners(&world, account).await.len()), (None, 1));
    }
    assert_eq!(alive(&world, account, &[&begun, &phone]).await, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_link_does_not_bring_an_erased_account_back() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let erase = async || {
        store(&world).erase(account).await.unwrap();
    };
    for _ in 0..2 {
        let refused = link_while(&world, (account, begun.session), &apple(), &erase).await;
        assert_eq!(refused.unwrap_err().code(), "unauthenticated");
        assert_eq!(world.items(testkit::ACCOUNTS_TABLE).len(), 0, "nothing of the account may be left");
    }
}

/// A link may commit after the erasure has read the identities and before it removes the profile.
#[tokio::test(start_paused = true)]
async fn an_erasure_removes_the_reverse_key_of_an_identity_that_is_linked_meanwhile() {
    let mut late = 0;
    for seed in 0..60 {
        let world = World::new(seed);
        let (account, begun) = sign_in(&world, &ada()).await;
        let slowly = |_: &testkit::OutsideCall, random: &mut testkit::Random| {
            Some(Fault::Delay(Duration::from_millis(random.below(20) as u64)))
        };
        world.inject(Faults::with(slowly));
        let accounts = store(&world);
        let apple = apple();
        let (linked, erased) = tokio::join!(link(&world, account, &begun, &apple), accounts.erase(account));
        world.inject(Faults::none());
        erased.unwrap();
        late += u32::from(linked.is_ok());
        assert_eq!(world.items(testkit::ACCOUNTS_TABLE).len(), 0, "seed {seed}: something is left for ever");
    }
    assert!(late > 0, "some links must come first");
}

#[tokio::test(start_paused = true)]
async fn a_link_whose_answer_was_lost_is_done_once() {
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict] {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        link(&world, account, &begun, &apple()).await.unwrap();
        assert_eq!(partners(&world, account).await, ["apple", "google"], "{fault:?}");
        assert_whole(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_died_is_finished_by_its_repetition() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for call in 1.. {
            let world = World::new(1);
            let (account, begun) = sign_in(&world, &ada()).await;
            world.inject(Faults::at(call, fault));
            let run = world.run(link(&world, account, &begun, &apple())).await;
            world.inject(Faults::none());
            assert_whole(&world);
            link(&world, account, &begun, &apple()).await.unwrap();
            assert_eq!(partners(&world, account).await, ["apple", "google"], "{fault:?} at call {call}");
            assert_whole(&world);
            if run.is_ok() {
                assert_eq!(call, 3, "a link makes two calls");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_links_of_one_identity_to_two_accounts_make_one() {
    let world = World::new(1);
    let (hers, ada_session) = sign_in(&world, &ada()).await;
    let (his, bob_session) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
    let first = async || link(&world, his, &bob_session, &apple()).await.unwrap();
    let refused = link_while(&world, (hers, ada_session.session), &apple(), first).await;
    assert_eq!(refused.unwrap_err().code(), "identity_taken");
    assert_eq!(leads_to(&world, &apple()).await, Some(his));
    assert_eq!(partners(&world, hers).await, ["google"]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_first_sign_in_with_an_identity_that_is_linked_meanwhile_finds_the_account() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let linking = async || link(&world, account, &begun, &apple()).await.unwrap();
    let found = sign_in_while(&world, &apple(), &proven(&world), linking).await.unwrap();
    assert_eq!(found, account);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_link_of_an_identity_that_signs_in_first_meanwhile_is_refused() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let signing_in = async || drop(sign_in(&world, &apple()).await);
    let refused = link_while(&world, (account, begun.session), &apple(), signing_in).await;
    assert_eq!(refused.unwrap_err().code(), "identity_taken");
    assert_eq!(partners(&world, account).await, ["google"]);
    assert_ne!(leads_to(&world, &apple()).await, Some(account));
    assert_whole(&world);
}
