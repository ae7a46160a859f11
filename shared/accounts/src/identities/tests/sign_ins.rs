//! Sign-ins: what the partner may set, and what the identity keeps.

use crate::{
    identities::{
        notice::{NoticeOutcome, PartnerNotice},
        signing_in::SignedIn,
        tests::{
            SECOND, alive, apple, assert_whole, at, facebook, identity, leads_to, link, linked, notice, partners,
            profile, unlink,
        },
    },
    items::PERSON,
    keys,
    sign_in::Person,
    store::tests::{ada, proven, sign_in, sign_in_while, store},
};
use aws::{Condition, transact};
use kernel::{AccountId, Error, Result};
use testkit::World;

/// Sets the name as the person does.
async fn set_name(world: &World, account: AccountId, name: &str) {
    let profile = store(world).table().update(&account.to_string(), keys::PROFILE);
    profile.set("name", name).set("name_from", PERSON).when(Condition::Exists).apply().await.unwrap();
}

/// Gives the items of an account the form that they had before identities had more than a subject.
async fn make_old(world: &World, account: AccountId) {
    let (pk, store) = (account.to_string(), store(world));
    let mut identity = store.table().update(&pk, &keys::identity("google"));
    for attribute in ["email", "email_verified", "is_private_email", "name", "picture_url"] {
        identity = identity.remove(attribute);
    }
    identity.when(Condition::Exists).apply().await.unwrap();
    let mut profile = store.table().update(&pk, keys::PROFILE);
    for attribute in ["name_from", "email_from", "picture_from", "preferences"] {
        profile = profile.remove(attribute);
    }
    profile.when(Condition::Exists).apply().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_account_of_before_the_sources_signs_in_and_gets_them() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let new = profile(&world, account).await;
    make_old(&world, account).await;
    assert_eq!(profile(&world, account).await.name_from, None);
    assert_eq!(partners(&world, account).await, ["google"]);
    let bare = Person { email: None, name: None, ..ada() };
    let (again, second) = sign_in(&world, &bare).await;
    assert_eq!(again, account);
    let after = profile(&world, account).await;
    assert_eq!(
        (after.name_from, after.email_from, after.picture_from),
        (new.name_from, new.email_from, new.picture_from)
    );
    assert_eq!((after.name, after.email, after.email_verified), (new.name, new.email, true));
    assert_eq!(identity(&world, account, "google").await.unwrap().email, None, "Google sent none");
    sign_in(&world, &ada()).await;
    assert_eq!(identity(&world, account, "google").await.unwrap().email, ada().email);
    make_old(&world, account).await;
    link(&world, account, &second, &apple()).await.unwrap();
    let after = profile(&world, account).await;
    assert_eq!((after.name.as_deref(), after.name_from.as_deref()), (Some("Ada"), Some("google")), "it came first");
}

#[tokio::test(start_paused = true)]
async fn a_name_and_a_token_that_apple_sends_once_are_kept() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &apple()).await;
    world.advance(SECOND);
    sign_in(&world, &Person { name: None, sealed_token: None, ..apple() }).await;
    assert_eq!(profile(&world, account).await.name.as_deref(), Some("Ada A."));
    let kept = identity(&world, account, "apple").await.unwrap();
    assert_eq!(
        (kept.name.as_deref(), kept.token.as_deref(), kept.token_at),
        (Some("Ada A."), Some("sealed-1"), Some(at(0)))
    );
    assert!(kept.is_private_email);
    let renewed = Person { name: None, email: None, sealed_token: Some("sealed-2".into()), ..apple() };
    sign_in(&world, &renewed).await;
    let kept = identity(&world, account, "apple").await.unwrap();
    assert_eq!((kept.token.as_deref(), kept.token_at), (Some("sealed-2"), Some(at(1))));
    assert_eq!((kept.email, kept.is_private_email), (apple().email, true), "an address that is left out stays");
    let tokens = store(&world).revocable_tokens(account).await.unwrap();
    assert_eq!((tokens.len(), tokens[0].sealed.as_str()), (1, "sealed-2"));
    assert_eq!((tokens[0].provider.as_str(), tokens[0].subject.as_str()), ("apple", "001.5f"));
    let stored = identity(&world, account, "apple").await;
    let printed = format!("{tokens:?} {renewed:?} {stored:?}");
    assert!(!printed.contains("sealed-") && !printed.contains("Ada"), "{printed}");
}

/// A later sign-in takes three requests as before: the account of the identity, its items, the transaction.
#[tokio::test(start_paused = true)]
async fn each_partner_sets_its_own_fields_in_three_requests() {
    let world = World::new(1);
    let (account, _) = linked(&world).await;
    let renamed = Person { name: Some("Ada B.".into()), email: Some("b@icloud.example".into()), ..apple() };
    let ((again, _), counts) = world.counted(sign_in(&world, &renamed)).await;
    assert_eq!((again, counts.aws_total()), (account, 3), "{counts}");
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.name_from.as_deref()), (Some("Ada"), Some("google")));
    assert_eq!(identity(&world, account, "apple").await.unwrap().name.as_deref(), Some("Ada B."));
    sign_in(&world, &Person { name: Some("Ada G.".into()), ..ada() }).await;
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.email), (Some("Ada G."), ada().email));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_the_person_set_is_never_overwritten() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    set_name(&world, account, "Countess").await;
    let google = Person { name: Some("Ada G.".into()), email: Some("g@example.com".into()), ..ada() };
    sign_in(&world, &google).await;
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.email.as_deref()), (Some("Countess"), Some("g@example.com")));
    unlink(&world, account, &begun, "google").await.unwrap();
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.name_from.as_deref()), (Some("Countess"), Some(PERSON)));
    assert_eq!((seen.email, seen.email_from.as_deref()), (apple().email, Some("apple")));
}

/// Decides about a later sign-in and commits it. `meanwhile` runs in the first round, after the decision.
async fn decide_while(
    world: &World,
    account: AccountId,
    person: &Person,
    meanwhile: impl AsyncFn(),
) -> Result<SignedIn> {
    let (store, sign_in, mut first) = (store(world), proven(world), true);
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let Some(found) = store.find_by_identity(person.provider, &person.subject).await? else {
            return Err(Error::NotFound);
        };
        assert_eq!(found, account, "the identity must lead nowhere else");
        let decided = store.decide_sign_in(found, person, &sign_in).await;
        if std::mem::take(&mut first) {
            meanwhile().await;
        }
        decided
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_name_that_the_person_sets_during_a_sign_in_is_kept() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let renamed = Person { name: Some("Ada G.".into()), ..ada() };
    let rename = async || set_name(&world, account, "Countess").await;
    decide_while(&world, account, &renamed, rename).await.unwrap();
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.name_from.as_deref()), (Some("Countess"), Some(PERSON)));
    assert_eq!(identity(&world, account, "google").await.unwrap().name, renamed.name, "the identity has Google's");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_with_an_identity_that_is_unlinked_meanwhile_makes_an_account_of_its_own() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let unlinking = async || drop(unlink(&world, account, &begun, "apple").await.unwrap());
    let own = sign_in_while(&world, &apple(), &proven(&world), unlinking).await.unwrap();
    assert_ne!(own, account);
    assert_eq!((leads_to(&world, &apple()).await, leads_to(&world, &ada()).await), (Some(own), Some(account)));
    assert_eq!(partners(&world, account).await, ["google"]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_was_decided_before_its_identity_is_unlinked_commits_nothing() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let unlinking = async || drop(unlink(&world, account, &begun, "apple").await.unwrap());
    let lost = decide_while(&world, account, &apple(), unlinking).await;
    assert_eq!(lost.unwrap_err().code(), "not_found");
    assert_eq!((partners(&world, account).await.len(), leads_to(&world, &apple()).await), (1, None));
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_meets_the_link_of_another_identity_keeps_it() {
    let world = World::new(1);
    let bare = Person { name: None, ..ada() };
    let (account, begun) = sign_in(&world, &bare).await;
    let linking = async || link(&world, account, &begun, &apple()).await.unwrap();
    decide_while(&world, account, &ada(), linking).await.unwrap();
    let seen = profile(&world, account).await;
    assert_eq!((seen.name.as_deref(), seen.name_from.as_deref()), (Some("Ada A."), Some("apple")), "it came first");
    assert_eq!(partners(&world, account).await, ["apple", "google"]);
    assert_whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_of_before_the_end_of_sessions_is_refused_after_it() {
    let world = World::new(1);
    let (account, begun) = linked(&world).await;
    let late = proven(&world);
    world.advance(SECOND);
    let ended = PartnerNotice::EndSessions { at: at(1) };
    notice(&world, account, &apple(), ended).await;
    let before = world.snapshot();
    for person in [ada(), apple()] {
        let refused = sign_in_while(&world, &person, &late, async || {}).await;
        assert_eq!(refused.unwrap_err().code(), "sign_in_failed");
    }
    world.assert_unchanged(&before);
    let (_, again) = sign_in(&world, &apple()).await;
    assert_eq!(alive(&world, account, &[&begun, &late, &again]).await, [false, false, true]);
    assert_eq!(notice(&world, account, &apple(), ended).await, NoticeOutcome::Unchanged);
    assert_eq!(alive(&world, account, &[&again]).await, [true], "the notice is older");
}

#[tokio::test(start_paused = true)]
async fn a_person_of_facebook_without_an_address_has_an_account_too() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &facebook()).await;
    let seen = profile(&world, account).await;
    assert_eq!((seen.email, seen.email_from, seen.name_from.as_deref()), (None, None, Some("facebook")));
    assert_eq!(sign_in(&world, &facebook()).await.0, account);
    let listed = store(&world).list_identities(account).await.unwrap().remove(0);
    assert_eq!((listed.provider.as_str(), listed.email, listed.linked_at), ("facebook", None, at(0)));
    assert!(!listed.is_private_email && !listed.mail_disabled);
}
