//! Notices of partners: what they do, and that their order and number do not matter.

use crate::{
    identities::{
        notice::{NoticeOutcome, PartnerNotice},
        tests::{
            SECOND, alive, apple, assert_whole, at, identity, leads_to, linked, notice, partners, profile, removed,
        },
    },
    items::Session,
    keys,
    sign_in::{Person, SignIn},
    store::tests::{ada, proven, sign_in, store},
};
use kernel::{AccountId, PersonalData, limits::CLOCK_LEEWAY};
use testkit::{Random, Snapshot, World};

fn end_sessions(seconds: u32) -> PartnerNotice {
    PartnerNotice::EndSessions { at: at(seconds) }
}

fn mail_disabled(seconds: u32) -> PartnerNotice {
    PartnerNotice::MailDisabled { at: at(seconds) }
}

fn mail_enabled(seconds: u32) -> PartnerNotice {
    PartnerNotice::MailEnabled { at: at(seconds) }
}

fn identity_deleted(seconds: u32) -> PartnerNotice {
    PartnerNotice::IdentityDeleted { at: at(seconds) }
}

/// A deletion of so long before everything that no difference of clocks explains it.
fn deleted_long_before() -> PartnerNotice {
    PartnerNotice::IdentityDeleted { at: at(0) - CLOCK_LEEWAY }
}

/// The account after sign-ins with Google at 0 s, Apple at 3 s and Google at 20 s. Apple was linked at 1 s.
async fn lived(world: &World) -> (AccountId, [SignIn; 3]) {
    let (account, first) = linked(world).await;
    world.advance(2 * SECOND);
    let (_, second) = sign_in(world, &apple()).await;
    world.advance(17 * SECOND);
    let (_, third) = sign_in(world, &ada()).await;
    (account, [first, second, third])
}

/// Two requests: the account, and the transaction. Its repetition takes one.
#[tokio::test(start_paused = true)]
async fn the_end_of_sessions_drops_the_token_and_deletes_nothing_else() {
    let world = World::new(1);
    let (account, [first, second, third]) = lived(&world).await;
    let seen = profile(&world, account).await;
    let (outcome, counts) = world.counted(notice(&world, account, &apple(), end_sessions(10))).await;
    assert_eq!((outcome, counts.aws_total()), (NoticeOutcome::Done, 2), "{counts}");
    assert_eq!(alive(&world, account, &[&first, &second, &third]).await, [false, false, true]);
    let told = identity(&world, account, "apple").await.unwrap();
    assert_eq!((&told.token, told.token_at, told.sessions_ended_until), (&None, None, Some(at(10))));
    assert_eq!((told.email, told.name), (apple().email, apple().name));
    let after = profile(&world, account).await;
    assert_eq!((after.name, after.email), (seen.name, seen.email));
    assert_eq!(partners(&world, account).await, ["apple", "google"]);
    assert_whole(&world);
    let before = world.snapshot();
    for repeated in [end_sessions(10), end_sessions(5)] {
        let (outcome, counts) = world.counted(notice(&world, account, &apple(), repeated)).await;
        assert_eq!((outcome, counts.aws_total()), (NoticeOutcome::Unchanged, 1), "{counts}");
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_newer_than_the_notice_stays() {
    let world = World::new(1);
    let (account, [.., third]) = lived(&world).await;
    sign_in(&world, &Person { sealed_token: Some("sealed-2".into()), ..apple() }).await;
    notice(&world, account, &apple(), end_sessions(10)).await;
    assert_eq!(identity(&world, account, "apple").await.unwrap().token.as_deref(), Some("sealed-2"));
    assert_eq!(alive(&world, account, &[&third]).await, [true]);
}

#[tokio::test(start_paused = true)]
async fn the_address_of_an_identity_takes_mail_or_not() {
    let world = World::new(1);
    let (account, sign_ins) = lived(&world).await;
    let disabled = async || store(&world).list_identities(account).await.unwrap()[0].mail_disabled;
    for (told, outcome, is_disabled) in [
        (mail_enabled(4), NoticeOutcome::Done, false),
        (mail_disabled(6), NoticeOutcome::Done, true),
        (mail_enabled(5), NoticeOutcome::Done, true),
        (mail_disabled(6), NoticeOutcome::Unchanged, true),
        (mail_enabled(7), NoticeOutcome::Done, false),
        (mail_disabled(0), NoticeOutcome::Unchanged, false),
    ] {
        assert_eq!(notice(&world, account, &apple(), told).await, outcome, "{told:?}");
        assert_eq!(disabled().await, is_disabled, "{told:?}");
    }
    let [first, second, third] = &sign_ins;
    assert_eq!(alive(&world, account, &[first, second, third]).await, [true; 3]);
    assert!(identity(&world, account, "apple").await.unwrap().token.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_identity_is_unlinked_and_the_last_one_stays() {
    let world = World::new(1);
    let (account, [first, second, third]) = lived(&world).await;
    world.advance(CLOCK_LEEWAY - 9 * SECOND);
    let (_, fourth) = sign_in(&world, &ada()).await;
    assert_eq!(notice(&world, account, &apple(), identity_deleted(10)).await, removed(&apple()));
    assert_eq!((leads_to(&world, &apple()).await, partners(&world, account).await.len()), (None, 1));
    let seen = alive(&world, account, &[&first, &second, &third, &fourth]).await;
    assert_eq!(seen, [false, false, false, true], "the third began within the difference of clocks, at 20 s");
    assert_whole(&world);
    let before = world.snapshot();
    assert_eq!(notice(&world, account, &apple(), identity_deleted(10)).await, NoticeOutcome::NotThere);
    for _ in 0..2 {
        assert_eq!(notice(&world, account, &ada(), identity_deleted(30)).await, NoticeOutcome::LastIdentity);
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_notice_of_before_the_link_or_about_another_subject_changes_nothing() {
    let world = World::new(1);
    let (account, _) = lived(&world).await;
    let (other, _) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
    let before = world.snapshot();
    let stranger = Person { subject: "001.60".into(), ..apple() };
    for told in [end_sessions(0), mail_disabled(0), mail_enabled(0), deleted_long_before()] {
        assert_eq!(notice(&world, account, &apple(), told).await, NoticeOutcome::Unchanged);
    }
    for told in [end_sessions, mail_disabled, mail_enabled, identity_deleted] {
        for (of, person) in [(account, stranger.clone()), (other, apple())] {
            assert_eq!(notice(&world, of, &person, told(30)).await, NoticeOutcome::NotThere);
        }
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn no_notice_brings_an_erased_account_back() {
    let world = World::new(1);
    let (account, _) = lived(&world).await;
    store(&world).erase(account).await.unwrap();
    let before = world.snapshot();
    for told in [end_sessions, mail_disabled, mail_enabled, identity_deleted] {
        assert_eq!(notice(&world, account, &apple(), told(30)).await, NoticeOutcome::NotThere);
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn more_sessions_than_one_transaction_holds_are_ended_too() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    for _ in 0..120 {
        let session = Session::of(&proven(&world));
        let table = store(&world).table().clone();
        table.put(&account.to_string(), &keys::session(session.session), &session).apply().await.unwrap();
    }
    world.advance(10 * SECOND);
    let (_, kept) = sign_in(&world, &apple()).await;
    assert_eq!(notice(&world, account, &apple(), end_sessions(5)).await, NoticeOutcome::Done);
    assert_eq!(alive(&world, account, &[&begun, &kept]).await, [false, true]);
    assert_eq!(store(&world).count_sessions(account, world.now()).await.unwrap(), 1);
}

/// The final state after these notices, in this order.
async fn after(notices: &[PartnerNotice]) -> Snapshot {
    let world = World::new(1);
    let (account, _) = lived(&world).await;
    for told in notices {
        notice(&world, account, &apple(), *told).await;
    }
    assert_whole(&world);
    world.snapshot()
}

/// Every sequence of `length` of these notices that has each of them at least once.
fn sequences(notices: &[PartnerNotice], length: usize) -> Vec<Vec<PartnerNotice>> {
    let mut found: Vec<Vec<PartnerNotice>> = vec![Vec::new()];
    for _ in 0..length {
        let longer = found.into_iter().flat_map(|begun| {
            notices.iter().map(move |next| [begun.as_slice(), &[*next]].concat()).collect::<Vec<_>>()
        });
        found = longer.collect();
    }
    found.retain(|sequence| notices.iter().all(|notice| sequence.contains(notice)));
    found
}

#[tokio::test(start_paused = true)]
async fn every_order_and_repetition_of_notices_leaves_one_state() {
    for notices in [
        [end_sessions(5), end_sessions(10), mail_disabled(6)],
        [mail_disabled(6), mail_enabled(7), mail_disabled(4)],
        [mail_disabled(6), mail_enabled(6), end_sessions(2)],
        [end_sessions(5), mail_disabled(9), identity_deleted(8)],
        [mail_enabled(9), identity_deleted(8), deleted_long_before()],
    ] {
        let expected = after(&notices).await;
        for sequence in sequences(&notices, 3).into_iter().chain(sequences(&notices, 4)) {
            assert!(after(&sequence).await == expected, "another state after {sequence:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn notices_that_come_one_to_five_times_in_any_order_leave_one_state() {
    let all = [end_sessions(5), end_sessions(2), mail_disabled(6), mail_enabled(7), mail_disabled(8)];
    for last in [end_sessions(8), identity_deleted(8)] {
        let notices = [all.as_slice(), &[last]].concat();
        let expected = after(&notices).await;
        for seed in 0..30 {
            let mut random = Random::new(seed);
            let mut often: Vec<_> = notices.iter().flat_map(|notice| vec![*notice; 1 + random.below(5)]).collect();
            for index in (1..often.len()).rev() {
                often.swap(index, random.below(index + 1));
            }
            assert!(after(&often).await == expected, "another state after {often:?}");
        }
    }
}
