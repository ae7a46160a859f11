//! Removals of an identity from an account.

use crate::{
    identities::{
        linked::SealedToken,
        notice::PartnerNotice,
        tests::{
            SECOND, alive, apple, assert_whole, at, facebook, gone, identity, leads_to, link, link_while, linked,
            notice, partners, profile, recent, removed, sealed_at_apple, unlink, unlink_by, unlink_while,
        },
        unlinking::Removal,
    },
    items::Session,
    keys,
    sign_in::Person,
    store::tests::{ada, proven, sign_in, store},
};
use kernel::{PersonalData, limits::RECENT_SIGN_IN};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, World};

/// A removal takes two requests: the account, and the transaction.
#[tokio::test(start_paused = true)]
async fn a_removal_takes_what_came_from_the_identity_in_two_requests() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    let (unlinked, counts) = world.counted(unlink_by(&world, &caller, "google")).await;
    assert_eq!((unlinked.unwrap().identity.subject.as_str(), counts.aws_total()), ("1172", 2), "{counts}");
    let left = profile(&world, account).await;
    assert_eq!((left.name.as_deref(), left.name_from.as_deref()), (Some("Ada A."), Some("apple")));
    assert_eq!((left.email, left.email_from.as_deref(), left.email_verified), (apple().email, Some("apple"), true));
    assert_eq!((left.picture_url, left.picture_from), (None, None), "Apple has no pictures");
    assert_eq!((leads_to(&world, &ada()).await, partners(&world, account).await.len()), (None, 1));
    assert_eq!(alive(&world, account, &[&begun]).await, [true], "the caller's session continues");
    assert_whole(&world);
    let (own, _) = sign_in(&world, &ada()).await;
    assert_ne!(own, account, "the identity is free for an account of its own");
}

#[tokio::test(start_paused = true)]
async fn a_removal_ends_every_session_but_the_callers_in_its_transaction() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let (_, by_apple) = sign_in(&world, &apple()).await;
    let (_, by_google) = sign_in(&world, &ada()).await;
    let (_, other) = sign_in(&world, &facebook()).await;
    let (unlinked, counts) = world.counted(unlink(&world, account, &begun, "apple")).await;
    assert!(unlinked.is_ok());
    assert_eq!(counts.aws_total(), 3, "the session, the account, the transaction: {counts}");
    assert_eq!(alive(&world, account, &[&begun, &by_apple, &by_google]).await, [true, false, false]);
    let theirs = leads_to(&world, &facebook()).await.unwrap();
    assert_eq!(alive(&world, theirs, &[&other]).await, [true], "another account's session is no business of it");
}

/// The sign-in with the identity decides before the removal, and commits before it.
#[tokio::test(start_paused = true)]
async fn a_removal_ends_the_session_of_a_sign_in_that_commits_meanwhile() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    unlink_while(&world, &caller, "apple", async || drop(sign_in(&world, &apple()).await)).await.unwrap();
    let sessions = store(&world).count_sessions(account, world.now()).await.unwrap();
    assert_eq!((sessions, alive(&world, account, &[&begun]).await), (1, vec![true]));
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_another_removal_has_ended_removes_nothing() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    link(&world, account, &begun, &facebook()).await.unwrap();
    let (_, intruder) = sign_in(&world, &apple()).await;
    let caller = recent(&world, account, &intruder).await.unwrap();
    let first = async || drop(unlink(&world, account, &begun, "apple").await.unwrap());
    let refused = unlink_while(&world, &caller, "google", first).await;
    assert_eq!(refused.unwrap_err().code(), "unauthenticated");
    assert_eq!(partners(&world, account).await, ["facebook", "google"]);
    assert_eq!(alive(&world, account, &[&begun, &intruder]).await, [true, false]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn more_sessions_than_one_transaction_holds_end_with_a_removal() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    for _ in 0..120 {
        let session = Session::of(&proven(&world));
        let table = store(&world).table().clone();
        table.put(&account.to_string(), &keys::session(session.session), &session).apply().await.unwrap();
    }
    unlink(&world, account, &begun, "apple").await.unwrap();
    assert_eq!(store(&world).count_sessions(account, world.now()).await.unwrap(), 1);
    assert_eq!(alive(&world, account, &[&begun]).await, [true]);
}

#[tokio::test(start_paused = true)]
async fn an_old_session_removes_nothing() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    world.advance(RECENT_SIGN_IN);
    let before = world.snapshot();
    assert_eq!(unlink(&world, account, &begun, "apple").await.unwrap_err().code(), "sign_in_again");
    world.assert_unchanged(&before);
    let (_, again) = sign_in(&world, &ada()).await;
    unlink(&world, account, &again, "apple").await.unwrap();
}

/// The removal takes the only copy. So it waits until the partner was asked about this very token.
#[tokio::test(start_paused = true)]
async fn an_identity_stays_until_the_partner_was_asked_about_its_token() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    sign_in(&world, &Person { sealed_token: Some("sealed-2".into()), ..apple() }).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    let (accounts, ids, before) = (store(&world), world.ids(), world.snapshot());
    let newer = SealedToken { sealed: "sealed-2".into(), ..sealed_at_apple() };
    for asked in [None, Some(&sealed_at_apple())] {
        let removal = accounts.unlink(&caller, "apple", asked, &ids, world.now(), |_| Ok(Vec::new()));
        let (removal, counts) = world.counted(removal).await;
        assert_eq!((removal.unwrap(), counts.aws_total()), (Removal::HasToken(newer.clone()), 1), "{counts}");
    }
    world.assert_unchanged(&before);
    let removal = accounts.unlink(&caller, "apple", Some(&newer), &ids, world.now(), |_| Ok(Vec::new())).await;
    let unlinked = gone(removal.unwrap());
    assert_eq!(unlinked.identity.subject, "001.5f");
    assert_eq!(format!("{unlinked:?}"), "Unlinked");
    assert_eq!(store(&world).revocable_tokens(account).await.unwrap(), []);
    let text = world.items(ACCOUNTS_TABLE).iter().map(ToString::to_string).collect::<String>();
    for left in ["001.5f", "sealed-2", "privaterelay", "Ada A."] {
        assert!(!text.contains(left), "{left} came from Apple: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_identity_and_one_that_is_not_there_stay_as_they_are() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let before = world.snapshot();
    for (provider, code) in [("google", "last_identity"), ("apple", "not_found"), ("", "not_found")] {
        assert_eq!(unlink(&world, account, &begun, provider).await.unwrap_err().code(), code);
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_identity_can_be_linked_again_after_its_removal() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    unlink(&world, account, &begun, "apple").await.unwrap();
    world.advance(SECOND);
    link(&world, account, &begun, &Person { name: None, ..apple() }).await.unwrap();
    let again = identity(&world, account, "apple").await.unwrap();
    assert_eq!((again.linked_at, again.name), (at(2), None));
    assert_whole(&world);
}

/// The first removal decides, and then the second is made before the first commits.
#[tokio::test(start_paused = true)]
async fn two_removals_of_both_identities_leave_one() {
    for (first, second) in [("apple", "google"), ("google", "apple")] {
        let world = World::new(1);
        let (account, begun) = linked(&world).await;
        let caller = recent(&world, account, &begun).await.unwrap();
        let other = async || drop(unlink(&world, account, &begun, second).await.unwrap());
        let refused = unlink_while(&world, &caller, first, other).await;
        assert_eq!(refused.unwrap_err().code(), "last_identity");
        assert_eq!(partners(&world, account).await, [first]);
        assert_whole(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn removals_of_all_identities_at_once_leave_one() {
    for seed in 0..30 {
        let world = World::new(seed);
        let (account, begun) = linked(&world).await;
        link(&world, account, &begun, &facebook()).await.unwrap();
        let slowly = |_: &testkit::OutsideCall, random: &mut testkit::Random| {
            Some(Fault::Delay(Duration::from_millis(random.below(20) as u64)))
        };
        world.inject(Faults::with(slowly));
        let of = |provider: &'static str| unlink(&world, account, &begun, provider);
        let (one, two, three) = tokio::join!(of("apple"), of("google"), of("facebook"));
        world.inject(Faults::none());
        let refused: Vec<_> = [one, two, three].into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.iter().map(kernel::Error::code).collect::<Vec<_>>(), ["last_identity"], "seed {seed}");
        assert_eq!(partners(&world, account).await.len(), 1, "seed {seed}");
        assert_whole(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_whose_answer_was_lost_still_answers_the_identity() {
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict] {
        let world = World::new(1);
        let (account, begun) = linked(&world).await;
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let unlinked = unlink(&world, account, &begun, "apple").await.unwrap();
        assert_eq!(unlinked.identity.subject, "001.5f", "{fault:?}");
        assert_eq!(partners(&world, account).await, ["google"], "{fault:?}");
        assert_whole(&world);
    }
}

/// The notice is older than the sessions of now, and leaves them. The removal was about to end them.
#[tokio::test(start_paused = true)]
async fn a_removal_that_a_notice_overtakes_still_ends_the_other_sessions() {
    let world = World::new(1);
    let (account, _) = linked(&world).await;
    world.advance(100 * SECOND);
    let ((_, own), (_, intruder)) = (sign_in(&world, &ada()).await, sign_in(&world, &apple()).await);
    let caller = recent(&world, account, &own).await.unwrap();
    world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::Delay(2 * SECOND)));
    let overtaking = async {
        tokio::time::sleep(SECOND).await;
        let outcome = notice(&world, account, &apple(), PartnerNotice::IdentityDeleted { at: at(1) }).await;
        assert_eq!(outcome, removed(&apple()));
        assert_eq!(alive(&world, account, &[&own, &intruder]).await, [true, true]);
    };
    let (unlinked, ()) = tokio::join!(unlink_by(&world, &caller, "apple"), overtaking);
    assert_eq!(unlinked.unwrap().identity.subject, "001.5f");
    assert_eq!(alive(&world, account, &[&own, &intruder]).await, [true, false]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_died_is_done_or_finished_by_its_repetition() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for call in 1.. {
            let world = World::new(1);
            let (account, begun) = linked(&world).await;
            world.inject(Faults::at(call, fault));
            let run = world.run(unlink(&world, account, &begun, "apple")).await;
            world.inject(Faults::none());
            assert_whole(&world);
            let again = unlink(&world, account, &begun, "apple").await;
            assert!(again.is_ok() || again.unwrap_err().code() == "not_found", "{fault:?} at call {call}");
            assert_eq!(partners(&world, account).await, ["google"]);
            assert_whole(&world);
            if run.is_ok() {
                assert_eq!(call, 4, "the session, the account, the transaction");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_meets_a_link_takes_what_the_new_identity_has() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    let pictured = Person { picture_url: Some("https://p.example/f".into()), ..facebook() };
    let linking = async || link(&world, account, &begun, &pictured).await.unwrap();
    unlink_while(&world, &caller, "google", linking).await.unwrap();
    let left = profile(&world, account).await;
    assert_eq!((left.name.as_deref(), left.picture_from.as_deref()), (Some("Ada A."), Some("facebook")));
    assert_eq!(partners(&world, account).await, ["apple", "facebook"]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_meets_a_sign_in_takes_what_the_partner_sent_last() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    let renamed = Person { name: Some("Ada B.".into()), ..apple() };
    let signing_in = async || drop(sign_in(&world, &renamed).await);
    unlink_while(&world, &caller, "google", signing_in).await.unwrap();
    assert_eq!(profile(&world, account).await.name.as_deref(), Some("Ada B."));
    assert_whole(&world);
}

/// A link of the same identity decides while it is linked, and commits after its removal.
#[tokio::test(start_paused = true)]
async fn a_repeated_link_that_meets_the_removal_links_again() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let renewed = Person { sealed_token: Some("sealed-2".into()), ..apple() };
    let unlinking = async || drop(unlink(&world, account, &begun, "apple").await.unwrap());
    link_while(&world, (account, begun.session), &renewed, unlinking).await.unwrap();
    assert_eq!(leads_to(&world, &apple()).await, Some(account));
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_removal_does_not_bring_an_erased_account_back() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let caller = recent(&world, account, &begun).await.unwrap();
    let erase = async || {
        store(&world).erase(account).await.unwrap();
    };
    for _ in 0..2 {
        let refused = unlink_while(&world, &caller, "apple", &erase).await;
        assert_eq!(refused.unwrap_err().code(), "unauthenticated");
        assert_eq!(world.items(ACCOUNTS_TABLE).len(), 0);
    }
}
