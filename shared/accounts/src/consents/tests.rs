//! The rule of the last choice, and the writes of choices and notices.

use crate::{
    consents::{
        choice::{Choice, Consent, Consents, TextHash},
        notice::{Notice, NoticeDocument},
        record::Record,
    },
    items::Profile,
    sign_in::SignIn,
    store::tests::{ada, proven, sign_in, store},
};
use aws::{Decision, transact};
use kernel::{Acceptance, AccountId, Caller, Error, PersonalData, Result, Timestamp, limits};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, World};

/// A choice at a time, on the text of 2026-12-01.
fn consent_at(choice: Choice, chosen_at: Timestamp, gpc: bool, now: Timestamp) -> Consent {
    let (version, hash) = ("2026-12-01".parse().unwrap(), "9F86D081".parse().unwrap());
    Consent::new(choice, version, hash, &chosen_at.to_string(), gpc, now).unwrap()
}

fn notice_of(version: &str, shown_at: Timestamp, now: Timestamp) -> Notice {
    Notice::new(NoticeDocument::Policy, version.parse().unwrap(), &shown_at.to_string(), now).unwrap()
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

async fn record(world: &World, account: AccountId, of: &SignIn, record: &Record) -> Result<()> {
    record_if(world, account, of, record, async || Ok(())).await
}

async fn record_if(
    world: &World,
    account: AccountId,
    of: &SignIn,
    record: &Record,
    allow: impl AsyncFnOnce() -> Result<()>,
) -> Result<()> {
    let caller = Caller { account, session: of.session, issued_at: world.now() };
    store(world).record(&caller, record, &world.ids(), world.now(), allow).await
}

async fn profile(world: &World, account: AccountId, of: &SignIn) -> Profile {
    let caller = Caller { account, session: of.session, issued_at: world.now() };
    store(world).read_profile(&caller).await.unwrap().unwrap()
}

/// Records a consent and a notice of a minute ago.
pub(crate) async fn choose_and_see(world: &World, account: AccountId, of: &SignIn) {
    let now = world.now();
    let consent = consent_at(Choice::Given, now - minutes(1), false, now);
    let notice = notice_of("2026-12-01", now - minutes(1), now);
    record(world, account, of, &Record::Consent(consent)).await.unwrap();
    record(world, account, of, &Record::Notice(notice)).await.unwrap();
}

/// A moment of the tests of the rules.
fn noon() -> Timestamp {
    "2027-01-15T12:00:00Z".parse().unwrap()
}

/// The choice that counts after these, which come in this order: minutes after noon by the device, and when recorded.
fn last_of(choices: &[(Choice, u64, u64, bool)]) -> (Choice, bool) {
    let consents = choices.iter().fold(Consents::default(), |known, (choice, chosen, recorded, gpc)| {
        let consent = consent_at(*choice, noon() + minutes(*chosen), *gpc, noon() + minutes(*recorded));
        known.after(&consent).unwrap_or(known)
    });
    let last = consents.advertising.unwrap();
    (last.choice, last.is_consent())
}

#[test]
fn the_choice_that_was_made_last_counts_whatever_the_order() {
    use Choice::{Given, Refused, Withdrawn};
    let cases: [(&[_], _); 6] = [
        (&[(Given, 0, 0, false)], (Given, true)),
        (&[(Given, 0, 0, false), (Withdrawn, 1, 1, false)], (Withdrawn, false)),
        (&[(Withdrawn, 1, 1, false), (Given, 0, 2, false)], (Withdrawn, false)),
        (&[(Refused, 1, 1, false), (Given, 3, 3, false), (Refused, 2, 4, false)], (Given, true)),
        // Of two at the same time the one that does not consent counts.
        (&[(Refused, 0, 0, false), (Given, 0, 1, false)], (Refused, false)),
        (&[(Given, 0, 0, false), (Withdrawn, 0, 1, false)], (Withdrawn, false)),
    ];
    for (choices, expected) in cases {
        assert_eq!(last_of(choices), expected, "{choices:?}");
    }
}

#[test]
fn a_consent_under_global_privacy_control_counts_as_refused() {
    assert_eq!(last_of(&[(Choice::Given, 0, 0, true)]), (Choice::Given, false));
    assert_eq!(last_of(&[(Choice::Given, 0, 0, false), (Choice::Given, 1, 1, true)]), (Choice::Given, false));
    assert_eq!(last_of(&[(Choice::Given, 0, 0, true), (Choice::Given, 1, 1, false)]), (Choice::Given, true));
}

#[test]
fn no_wrong_clock_holds_a_consent_against_its_withdrawal() {
    let hour_ahead = (Choice::Given, 60, 0, false);
    assert_eq!(last_of(&[hour_ahead, (Choice::Withdrawn, 1, 1, false)]), (Choice::Withdrawn, false));
    let (given, hour_behind) = ((Choice::Given, 60, 60, false), (Choice::Withdrawn, 2, 62, false));
    assert_eq!(last_of(&[given, hour_behind]), (Choice::Withdrawn, false));
    // An old refusal of somebody who was not signed in says nothing about a later consent.
    assert_eq!(last_of(&[given, (Choice::Refused, 2, 62, false)]), (Choice::Given, true));
}

#[test]
fn a_time_of_a_device_is_of_late_and_exact_to_the_millisecond() {
    let now = noon();
    let (version, hash): (_, TextHash) = ("2026-12-01".parse().unwrap(), "9f86d081".parse().unwrap());
    let at = |text: &str| Consent::new(Choice::Given, version, hash.clone(), text, false, now);
    let (oldest, newest) = (now - limits::CHOICE_LIFETIME, now + limits::DEVICE_CLOCK_AHEAD);
    for good in [oldest, now, newest] {
        assert_eq!(at(&good.to_string()).unwrap().chosen_at(), good);
    }
    assert_eq!(at("2027-01-15T11:59:59.123999Z").unwrap().chosen_at().to_string(), "2027-01-15T11:59:59.123Z");
    let millisecond = Duration::from_millis(1);
    for wrong in
        [(oldest - millisecond).to_string(), (newest + millisecond).to_string(), "yesterday".into(), String::new()]
    {
        let error = at(&wrong).unwrap_err();
        assert!(matches!(error, Error::Invalid { field: "chosen_at", .. }), "{wrong:?}: {error:?}");
        let notice = Notice::new(NoticeDocument::Terms, version, &wrong, now).unwrap_err();
        assert!(matches!(notice, Error::Invalid { field: "shown_at", .. }), "{wrong:?}: {notice:?}");
        assert!(wrong.is_empty() || !error.to_string().contains(&wrong), "the sentence repeats no text: {error}");
    }
}

#[test]
fn words_and_hashes_have_one_form() {
    for choice in [Choice::Given, Choice::Refused, Choice::Withdrawn] {
        assert_eq!(choice.as_str().parse::<Choice>().unwrap(), choice);
        assert_eq!(serde_json::to_value(choice).unwrap(), choice.as_str());
    }
    for document in [NoticeDocument::Policy, NoticeDocument::Terms] {
        assert_eq!(document.as_str().parse::<NoticeDocument>().unwrap(), document);
        assert_eq!(serde_json::to_value(document).unwrap(), document.as_str());
    }
    for wrong in ["", "Given", "given ", "yes"] {
        assert!(wrong.parse::<Choice>().is_err() && wrong.parse::<NoticeDocument>().is_err(), "{wrong:?}");
    }
    assert_eq!("9F86D081".parse::<TextHash>().unwrap(), "9f86d081".parse().unwrap());
    for wrong in ["", "9f86d08", "9f86d08g", "9f86d081 ", &"a".repeat(65)] {
        assert_eq!(
            wrong.parse::<TextHash>().unwrap_err().to_string(),
            "hash has 8 to 64 hexadecimal digits.",
            "{wrong:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_takes_two_requests_and_its_repetition_one() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let given = Record::Consent(consent_at(Choice::Given, world.now(), false, world.now()));
    let (written, counts) = world.counted(record(&world, account, &begun, &given)).await;
    assert_eq!((written.is_ok(), counts.aws_total(), counts.of("dynamodb.BatchGetItem")), (true, 2, 1), "{counts}");
    let latest = profile(&world, account, &begun).await.consents.advertising.unwrap();
    assert_eq!((latest.choice, latest.chosen_at), (Choice::Given, world.now()));
    let before = world.snapshot();
    world.advance(minutes(1));
    let again = Record::Consent(consent_at(Choice::Given, latest.chosen_at, true, world.now()));
    let asked = async || Err(Error::NotFound);
    let (repeated, counts) = world.counted(record_if(&world, account, &begun, &again, asked)).await;
    assert_eq!((repeated.is_ok(), counts.aws_total()), (true, 1), "a repetition is not counted: {counts}");
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_notice_is_written_once_and_an_older_version_does_not_replace_a_newer_one() {
    let world = World::new(2);
    let (account, begun) = sign_in(&world, &ada()).await;
    let first = world.now();
    let see = async |version: &str| {
        let notice = Record::Notice(notice_of(version, first, world.now()));
        record(&world, account, &begun, &notice).await.unwrap();
    };
    see("2027-01-01").await;
    let before = world.snapshot();
    world.advance(minutes(5));
    see("2027-01-01").await;
    world.assert_unchanged(&before);
    see("2026-12-01").await;
    let notices = profile(&world, account, &begun).await.notices;
    let known: Vec<_> = notices.iter().map(|notice| (notice.version.to_string(), notice.used_at)).collect();
    assert_eq!(known, [("2027-01-01".to_owned(), first)]);
    let rows = store(&world).export(account).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.section == "notices").count(), 2, "each version has its row");
}

#[tokio::test(start_paused = true)]
async fn a_limit_stops_everything_but_the_withdrawal_of_a_consent() {
    let world = World::new(3);
    let (account, begun) = sign_in(&world, &ada()).await;
    let refuse = async || Err(Error::NotFound);
    let send = async |choice, minute: u64, gpc, is_allowed: bool| {
        let chosen = consent_at(choice, world.now() + minutes(minute), gpc, world.now() + minutes(minute));
        let chosen = Record::Consent(chosen);
        match is_allowed {
            true => record(&world, account, &begun, &chosen).await.is_ok(),
            false => record_if(&world, account, &begun, &chosen, refuse).await.is_ok(),
        }
    };
    assert!(!send(Choice::Withdrawn, 0, false, false).await, "nothing was given");
    assert!(send(Choice::Given, 1, false, true).await);
    assert!(!send(Choice::Given, 2, false, false).await, "a second consent counts");
    assert!(!send(Choice::Withdrawn, 0, false, false).await, "an older withdrawal takes nothing back");
    assert!(send(Choice::Withdrawn, 3, false, false).await, "a consent that holds is taken back");
    assert!(!send(Choice::Withdrawn, 4, false, false).await, "only once");
    assert!(send(Choice::Given, 5, false, true).await);
    assert!(send(Choice::Given, 6, true, false).await, "under Global Privacy Control it takes back too");
    let notice = Record::Notice(notice_of("2026-12-01", world.now(), world.now()));
    assert!(record_if(&world, account, &begun, &notice, refuse).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_erased_account_and_an_ended_session_get_no_row() {
    let world = World::new(4);
    let (account, begun) = sign_in(&world, &ada()).await;
    let given = Record::Consent(consent_at(Choice::Given, world.now(), false, world.now()));
    let notice = Record::Notice(notice_of("2026-12-01", world.now(), world.now()));
    let caller = Caller { account, session: begun.session, issued_at: world.now() };
    let table = world.clients().dynamodb().table(ACCOUNTS_TABLE);
    // A session that outlived its account by a fault.
    table.delete(&account.to_string(), "profile").apply().await.unwrap();
    let before = world.snapshot();
    for what in [&given, &notice] {
        assert_eq!(record(&world, account, &begun, what).await.unwrap_err().code(), "unauthenticated");
    }
    world.assert_unchanged(&before);
    store(&world).end_session(&caller).await.unwrap();
    let before = world.snapshot();
    for what in [&given, &notice] {
        assert_eq!(record(&world, account, &begun, what).await.unwrap_err().code(), "unauthenticated");
    }
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn two_choices_at_once_leave_the_later_one_and_both_rows() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (account, begun) = sign_in(&world, &ada()).await;
        let now = world.now();
        let given = Record::Consent(consent_at(Choice::Given, now - minutes(2), false, now));
        let withdrawn = Record::Consent(consent_at(Choice::Withdrawn, now - minutes(1), false, now));
        world.inject(Faults::with(|_, random| Some(Fault::Delay(Duration::from_millis(1 + random.below(30) as u64)))));
        let (one, other) = futures_util::future::join(
            record(&world, account, &begun, &given),
            record(&world, account, &begun, &withdrawn),
        )
        .await;
        world.inject(Faults::none());
        assert!(one.is_ok() && other.is_ok(), "seed {seed}: {one:?} {other:?}");
        let latest = profile(&world, account, &begun).await.consents.advertising.unwrap();
        assert_eq!(latest.choice, Choice::Withdrawn, "seed {seed}");
        let rows = store(&world).export(account).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.section == "consents").count(), 2, "seed {seed}: each is a row");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_sign_in_that_creates_the_account_keeps_what_was_shown() {
    let world = World::new(5);
    let shown = |policy: &str| Acceptance {
        policy: Some(policy.parse().unwrap()),
        terms: Some("2026-11-01".parse().unwrap()),
        age: Some(18),
    };
    let born = proven(&world).accepting(shown("2026-12-01"));
    let account = AccountId::new(world.ids().uuid_v7(world.now()));
    let changes = || store(&world).birth_changes(account, &ada(), &born);
    let (db, ids) = (world.clients().dynamodb(), world.ids());
    transact(&db, &ids, async || Ok(Decision::Commit(changes()?, ()))).await.unwrap();
    let later = proven(&world).accepting(shown("2027-01-01"));
    transact(&db, &ids, async || store(&world).decide_sign_in(account, &ada(), &later).await).await.unwrap();
    let profile = profile(&world, account, &later).await;
    let versions = [profile.policy_version, profile.terms_version].map(|version| version.unwrap().to_string());
    assert_eq!((versions, profile.declared_age), (["2026-12-01".into(), "2026-11-01".into()], Some(18)));
}
