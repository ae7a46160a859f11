use super::*;
use crate::{
    preferences::Preferences,
    sign_in::{Person, SignIn},
};
use aws::{Decision, transact};
use kernel::{
    PersonalData,
    limits::{REFRESH_GRACE, SESSION_IDLE_LIFETIME, SESSIONS_MAX},
};
use serde_json::json;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, World};

pub(crate) fn store(world: &World) -> AccountStore {
    AccountStore::new(world.clients().dynamodb().table(ACCOUNTS_TABLE))
}

pub(crate) fn ada() -> Person {
    Person {
        provider: "google",
        issuer: "https://accounts.google.com".into(),
        subject: "1172".into(),
        email: Some("ada@example.com".into()),
        email_verified: true,
        is_private_email: false,
        name: Some("Ada".into()),
        picture_url: Some("https://pictures.example/ada".into()),
        sealed_token: None,
    }
}

pub(crate) fn proven(world: &World) -> SignIn {
    SignIn::new("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", &world.ids(), world.now())
}

/// Signs in as `login-callback` does. `meanwhile` runs in the first round, after the account was
/// looked up.
pub(crate) async fn sign_in_while(
    world: &World,
    person: &Person,
    sign_in: &SignIn,
    meanwhile: impl AsyncFn(),
) -> Result<AccountId> {
    let store = store(world);
    let newborn = AccountId::new(world.ids().uuid_v7(world.now()));
    let mut first = true;
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let found = store.find_by_identity(person.provider, &person.subject).await?;
        if std::mem::take(&mut first) {
            meanwhile().await;
        }
        match found {
            Some(account) => Ok(match store.decide_sign_in(account, person, sign_in).await? {
                Decision::Commit(changes, signed_in) => Decision::Commit(changes, signed_in.account),
                Decision::Answer(signed_in) => Decision::Answer(signed_in.account),
                Decision::Again => Decision::Again,
            }),
            None => Ok(Decision::Commit(store.birth_changes(newborn, person, sign_in)?, newborn)),
        }
    })
    .await
}

pub(crate) async fn sign_in(world: &World, person: &Person) -> (AccountId, SignIn) {
    let sign_in = proven(world);
    (sign_in_while(world, person, &sign_in, async || {}).await.unwrap(), sign_in)
}

async fn refresh(world: &World, account: AccountId, sign_in: &SignIn, presented: &RefreshSecret) -> Result<Refreshed> {
    store(world).refresh(account, sign_in.session, presented, &world.ids(), world.now(), async || Ok(())).await
}

async fn continued(world: &World, account: AccountId, sign_in: &SignIn, presented: &RefreshSecret) -> RefreshSecret {
    match refresh(world, account, sign_in, presented).await.unwrap() {
        Refreshed::Continued { secret, .. } => secret,
        other => panic!("the session must continue, not {other:?}"),
    }
}

fn partitions(world: &World) -> usize {
    let mut keys: Vec<_> = world.items(ACCOUNTS_TABLE).iter().map(|item| item["pk"].to_string()).collect();
    keys.dedup();
    keys.len()
}

#[tokio::test(start_paused = true)]
async fn a_first_sign_in_makes_the_whole_account() {
    let world = World::new(1);
    let ((account, sign_in), counts) = world.counted(sign_in(&world, &ada())).await;
    assert_eq!(counts.aws_total(), 2, "one read and one transaction: {counts}");
    let now = world.now();
    let item = |sk: &str| world.item(ACCOUNTS_TABLE, &account.to_string(), sk).unwrap();
    assert_eq!(
        item("profile"),
        json!({
            "pk": account, "sk": "profile", "account": account, "name": "Ada", "email": "ada@example.com",
            "email_verified": true, "picture_url": "https://pictures.example/ada", "name_from": "google",
            "email_from": "google", "picture_from": "google", "preferences": Preferences::default(),
            "created_at": now.as_millisecond(), "signed_in_at": now.as_millisecond(),
            "last_session": sign_in.session,
        })
    );
    assert_eq!(
        item("identity#google"),
        json!({
            "pk": account, "sk": "identity#google", "provider": "google", "subject": "1172",
            "issuer": "https://accounts.google.com", "linked_at": now.as_millisecond(), "name": "Ada",
            "email": "ada@example.com", "email_verified": true, "is_private_email": false,
            "picture_url": "https://pictures.example/ada",
        })
    );
    assert_eq!(
        world.item(ACCOUNTS_TABLE, "google#1172", "account").unwrap(),
        json!({"pk": "google#1172", "sk": "account", "account": account})
    );
    let session = item(&keys::session(sign_in.session));
    assert_eq!(session["device"], "Firefox on Linux");
    assert_eq!(session["expires_at"], now.as_second() + 30 * 24 * 60 * 60);
    assert_eq!(session.get("ip"), None, "the address belongs to the sign-in log alone");
    let logged = item(&format!("signin#2027-01-15T08:00:00.000Z-{}", sign_in.mark));
    assert_eq!(logged["ip"], "203.0.113.7");
    assert_eq!(logged["expires_at"], now.as_second() + 90 * 24 * 60 * 60);
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_returning_person_finds_the_account_and_brings_the_profile_up_to_date() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let born = world.now();
    world.advance(Duration::from_secs(3_600));
    let changed = Person { email: Some("ada@new.example".into()), email_verified: false, name: None, ..ada() };
    let (again, second) = sign_in(&world, &changed).await;
    assert_eq!(again, account);
    let caller = Caller { account, session: second.session, issued_at: world.now() };
    let (profile, counts) = world.counted(store(&world).read_profile(&caller)).await;
    let profile = profile.unwrap().unwrap();
    assert_eq!(counts.aws_total(), 1);
    assert_eq!(profile.email.as_deref(), Some("ada@new.example"));
    assert!(!profile.email_verified);
    assert_eq!(profile.name.as_deref(), Some("Ada"), "a field that the partner leaves out must stay");
    assert_eq!((profile.created_at, profile.signed_in_at), (born, world.now()));
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 7, "another session and another entry of the log");
}

#[tokio::test(start_paused = true)]
async fn a_person_without_name_and_address_has_an_account_too() {
    let world = World::new(1);
    let bare = Person { email: None, email_verified: false, name: None, picture_url: None, ..ada() };
    let (account, _) = sign_in(&world, &bare).await;
    assert_eq!(sign_in(&world, &bare).await.0, account);
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_creation_lost_its_answer_is_not_created_twice() {
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict] {
        let world = World::new(1);
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let (account, first) = sign_in(&world, &ada()).await;
        assert_eq!(partitions(&world), 2, "{fault:?} made a second account");
        assert_eq!(world.items(ACCOUNTS_TABLE).len(), 5, "{fault:?} left something twice");
        continued(&world, account, &first, &first.secret).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_first_sign_ins_at_once_make_one_account() {
    let world = World::new(1);
    let loser = proven(&world);
    let account = sign_in_while(&world, &ada(), &loser, async || drop(sign_in(&world, &ada()).await)).await.unwrap();
    assert_eq!(partitions(&world), 2, "one account and the key that leads to it");
    assert!(world.item(ACCOUNTS_TABLE, &account.to_string(), &keys::session(loser.session)).is_some());
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_during_an_erasure_does_not_bring_the_account_back() {
    let world = World::new(1);
    let (erased, _) = sign_in(&world, &ada()).await;
    let late = proven(&world);
    let erase = async || {
        store(&world).erase(erased).await.unwrap();
    };
    let account = sign_in_while(&world, &ada(), &late, erase).await.unwrap();
    assert_ne!(account, erased, "the person must get a new account");
    assert_eq!(store(&world).find(erased).await.unwrap(), []);
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn no_operation_of_a_session_brings_an_erased_account_back() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    store(&world).erase(account).await.unwrap();
    let before = world.snapshot();
    assert_eq!(refresh(&world, account, &begun, &begun.secret).await.unwrap(), Refreshed::Ended);
    let caller = Caller { account, session: begun.session, issued_at: world.now() };
    store(&world).end_session(&caller).await.unwrap();
    assert_eq!(store(&world).read_profile(&caller).await.unwrap(), None);
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_session_continues_from_token_to_token() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let mut secret = begun.secret.clone();
    for _ in 0..5 {
        world.advance(SESSION_IDLE_LIFETIME - Duration::from_secs(1));
        let (next, counts) = world.counted(continued(&world, account, &begun, &secret)).await;
        assert_ne!(next, secret);
        assert_eq!(counts.aws_total(), 2, "one read and one write: {counts}");
        secret = next;
    }
    world.advance(SESSION_IDLE_LIFETIME);
    assert_eq!(refresh(&world, account, &begun, &secret).await.unwrap(), Refreshed::Ended);
}

#[tokio::test(start_paused = true)]
async fn two_tabs_that_refresh_at_once_stay_signed_in() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let tab = || continued(&world, account, &begun, &begun.secret);
    let ((one, two), counts) = world.counted(async { tokio::join!(tab(), tab()) }).await;
    assert_eq!(one, two);
    assert_eq!(counts.of("dynamodb.UpdateItem"), 2, "the tabs must really race: {counts}");
    let ((), counts) = world.counted(async { assert_eq!(tab().await, one) }).await;
    assert_eq!(counts.aws_total(), 1, "a repetition only reads: {counts}");
    continued(&world, account, &begun, &one).await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_answer_was_lost_can_be_repeated() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    world.inject(Faults::nth("dynamodb.UpdateItem", 1, Fault::AnswerLost));
    let lost = refresh(&world, account, &begun, &begun.secret).await;
    assert_eq!(lost.unwrap_err().code(), "unavailable");
    world.advance(REFRESH_GRACE);
    let next = continued(&world, account, &begun, &begun.secret).await;
    continued(&world, account, &begun, &next).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_reused_later_ends_the_session_for_all_tokens() {
    let world = World::new(1);
    let (account, begun) = sign_in(&world, &ada()).await;
    let next = continued(&world, account, &begun, &begun.secret).await;
    world.advance(REFRESH_GRACE + Duration::from_millis(1));
    assert_eq!(refresh(&world, account, &begun, &begun.secret).await.unwrap(), Refreshed::Reused);
    for token in [&next, &begun.secret] {
        assert_eq!(refresh(&world, account, &begun, token).await.unwrap(), Refreshed::Ended);
    }
}

#[tokio::test(start_paused = true)]
async fn ending_one_session_leaves_the_others() {
    let world = World::new(1);
    let (account, one) = sign_in(&world, &ada()).await;
    let (_, two) = sign_in(&world, &ada()).await;
    let caller = Caller { account, session: one.session, issued_at: world.now() };
    for _ in 0..2 {
        store(&world).end_session(&caller).await.unwrap();
    }
    assert_eq!(refresh(&world, account, &one, &one.secret).await.unwrap(), Refreshed::Ended);
    continued(&world, account, &two, &two.secret).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_is_found_in_its_own_account_alone() {
    let world = World::new(1);
    let (_, hers) = sign_in(&world, &ada()).await;
    let (other, _) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
    let before = world.snapshot();
    assert_eq!(refresh(&world, other, &hers, &hers.secret).await.unwrap(), Refreshed::Ended);
    world.assert_unchanged(&before);
}

#[test]
fn sign_ins_sort_by_time() {
    let key = |time: &str| keys::sign_in(time.parse().unwrap(), "00000000");
    let keys = [key("2026-11-24T10:00:00Z"), key("2026-11-24T10:00:00.09Z"), key("2026-11-24T10:00:00.1Z")];
    assert!(keys.is_sorted(), "{keys:?}");
    assert_eq!(keys[0], "signin#2026-11-24T10:00:00.000Z-00000000");
}

/// The sessions of an account that are alive.
fn alive(world: &World, account: AccountId) -> Vec<SessionId> {
    let items = world.items(ACCOUNTS_TABLE).into_iter();
    let ours = items.filter(|item| item["pk"] == account.to_string());
    let sessions = ours.filter(|item| item["sk"].as_str().unwrap().starts_with(keys::SESSION));
    let sessions = sessions.map(|item| serde_json::from_value::<Session>(item).unwrap());
    sessions.filter(|session| session.tokens.is_alive(world.now())).map(|session| session.session).collect()
}

#[tokio::test(start_paused = true)]
async fn one_sign_in_too_many_ends_the_session_that_was_used_longest_ago() {
    let world = World::new(1);
    let mut begun = Vec::new();
    for _ in 0..SESSIONS_MAX {
        begun.push(sign_in(&world, &ada()).await);
        world.advance(Duration::from_secs(60));
    }
    let account = begun[0].0;
    assert_eq!(alive(&world, account).len(), SESSIONS_MAX);
    continued(&world, account, &begun[0].1, &begun[0].1.secret).await;
    let ((_, last), counts) = world.counted(sign_in(&world, &ada())).await;
    assert_eq!(counts.aws_total(), 3, "the account, its sessions, the transaction: {counts}");
    let left = alive(&world, account);
    assert_eq!(left.len(), SESSIONS_MAX);
    assert!(left.contains(&begun[0].1.session) && left.contains(&last.session));
    assert!(!left.contains(&begun[1].1.session), "it was used longest ago");
    assert_eq!(refresh(&world, account, &begun[1].1, &begun[1].1.secret).await.unwrap(), Refreshed::Ended);
}

#[tokio::test(start_paused = true)]
async fn many_sign_ins_at_once_leave_the_limit_of_sessions() {
    for seed in 0..5 {
        let world = World::new(seed);
        for _ in 0..SESSIONS_MAX - 1 {
            sign_in(&world, &ada()).await;
        }
        let account = sign_in(&world, &ada()).await.0;
        world.advance(Duration::from_secs(1));
        let slowly = |_: &testkit::OutsideCall, random: &mut testkit::Random| {
            Some(Fault::Delay(Duration::from_millis(random.below(20) as u64)))
        };
        world.inject(Faults::with(slowly));
        let ada = ada();
        let at_once = (0..6).map(|_| sign_in(&world, &ada));
        let begun: Vec<_> = futures_util::future::join_all(at_once).await;
        world.inject(Faults::none());
        let left = alive(&world, account);
        assert_eq!(left.len(), SESSIONS_MAX, "seed {seed}");
        assert!(begun.iter().all(|(_, it)| left.contains(&it.session)), "seed {seed}: the new ones were used last");
    }
}

#[tokio::test(start_paused = true)]
async fn two_sign_ins_that_decide_on_the_same_sessions_do_not_both_commit() {
    let world = World::new(1);
    for _ in 0..SESSIONS_MAX {
        sign_in(&world, &ada()).await;
    }
    let (account, loser) = (sign_in(&world, &ada()).await.0, proven(&world));
    let store = store(&world);
    let mut first = true;
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let decided = store.decide_sign_in(account, &ada(), &loser).await;
        if std::mem::take(&mut first) {
            sign_in(&world, &ada()).await;
        }
        decided
    })
    .await
    .unwrap();
    assert_eq!(alive(&world, account).len(), SESSIONS_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_whose_answer_was_lost_is_recorded_once() {
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict] {
        let world = World::new(1);
        let (account, former) = sign_in(&world, &ada()).await;
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let again = proven(&world).replacing(account, former.session, former.secret.clone());
        sign_in_while(&world, &ada(), &again, async || {}).await.unwrap();
        assert_eq!(alive(&world, account), [again.session], "{fault:?}");
        let entries = world.items(ACCOUNTS_TABLE).into_iter();
        assert_eq!(entries.filter(|item| item["sk"].as_str().unwrap().starts_with(keys::SIGN_IN)).count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_from_before_the_limit_comes_down_to_it() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let table = store(&world).table().clone();
    for _ in 0..100 {
        let session = Session::of(&proven(&world));
        table.put(&account.to_string(), &keys::session(session.session), &session).apply().await.unwrap();
    }
    let profile = table.update(&account.to_string(), keys::PROFILE).remove("last_session");
    profile.when(Condition::Exists).apply().await.unwrap();
    for left in [52, SESSIONS_MAX, SESSIONS_MAX] {
        sign_in(&world, &ada()).await;
        assert_eq!(alive(&world, account).len(), left);
    }
}
